"""A real browser, Debian's chromium, without a window."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Error, sync_playwright

from support import needs
from support.patience import PATIENCE_S

_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--process-per-site",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

_WIDTH = "document.body.innerHTML = '<span>text</span>', document.querySelector('span').getBoundingClientRect().width"


@contextmanager
def chromium() -> Iterator[Browser]:
    """Starts it, or ends the test where it does not start or has no font to write with."""
    path = needs.chromium()
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS, timeout=PATIENCE_S * 1000)
        except Error as error:
            needs.lack(f"chromium does not start: {_reason(error)}")
        try:
            page = browser.new_page()
            if not page.evaluate(_WIDTH):
                needs.lack("chromium has no font")
            page.close()
            yield browser
        finally:
            browser.close()


def _reason(error: Error) -> str:
    """What the browser said last, and playwright where it said nothing."""
    said = re.findall(r"^\[pid=\d+\]\[err\] (.+)$", error.message, re.MULTILINE)
    return str(said[-1]) if said else error.message.splitlines()[0]
