"""Makes the pictures of the review console that the docs show: `make pictures`.

They show the embedded cloud's own videos, which are drawn: nobody's video is in them.
"""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize

from support.browser import chromium

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
SIZE = ViewportSize(width=1280, height=820)
PHONE = ViewportSize(width=360, height=740)
SHOWN = {
    ("start", "light"),
    ("blurred", "light"),
    ("review", "light"),
    ("review", "dark"),
    ("lead", "light"),
    ("lead-phone", "dark"),
}
"""Those that a page of the docs has."""


@contextmanager
def console() -> Iterator[str]:
    """The console with the embedded cloud's videos; the address at which it is opened."""
    command = [sys.executable, "-u", "-m", "reelsift.cli", "local", "console", "--no-browser"]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder, start_new_session=True) as process,
    ):
        try:
            assert process.stdout is not None  # noqa: S101 -- it was asked for above
            yield process.stdout.readline().strip()
        finally:
            os.killpg(process.pid, signal.SIGINT)


@contextmanager
def opened(browser: Browser, address: str, path: str, scheme: str, size: ViewportSize = SIZE) -> Iterator[Page]:
    """A page of the console in a window of its own."""
    base, _, token = address.partition("/#")
    context = browser.new_context(viewport=size, color_scheme="dark" if scheme == "dark" else "light")
    try:
        page = context.new_page()
        page.goto(f"{base}{path}#{token}")
        page.locator("main h1").first.wait_for()
        yield page
        # Whatever it holds goes back before the next one asks.
        page.goto("about:blank")
    finally:
        context.close()


def keep(page: Page, name: str, scheme: str) -> None:
    if (name, scheme) not in SHOWN:
        return
    page.mouse.move(0, 0)
    path = PICTURES / f"console-{name}-{scheme}.png"
    page.screenshot(path=path, animations="disabled")
    print(f"{path.name}: {path.stat().st_size // 1000} kB")


def review(page: Page, scheme: str) -> None:
    page.locator(".queues li").first.wait_for()
    keep(page, "start", scheme)
    page.keyboard.press("Enter")
    page.locator(".decisions.ready").wait_for()
    page.keyboard.press("v")
    moments = page.locator(".strip li").count()
    page.locator(".strip .opened").nth(moments - 1).wait_for()
    keep(page, "blurred", scheme)
    for key in ("b", "g", "3"):
        page.keyboard.press(key)
    keep(page, "review", scheme)


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with console() as address, chromium() as browser:
        for scheme in ("light", "dark"):
            with opened(browser, address, "/", scheme) as page:
                review(page, scheme)
            with opened(browser, address, "/lead/search?status=in_review", scheme) as page:
                page.locator(".grid a").first.click()
                page.locator(".lead .lanes").wait_for()
                keep(page, "lead", scheme)
            with opened(browser, address, "/lead", scheme, PHONE) as page:
                keep(page, "lead-phone", scheme)


if __name__ == "__main__":
    main()
