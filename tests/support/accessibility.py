"""What keeps people out of a page, as axe finds it."""

from collections.abc import Iterable
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

COLOURS = ("color-contrast", "link-in-text-block")
"""The rules of axe that look at colours."""


def serious_faults(page: Page, rules: Iterable[str] = ()) -> list[str]:
    """What is serious or critical on a page, with where it stands: by these of axe's rules, or by all."""
    # For as long as a document lives: the script is half a megabyte.
    if page.evaluate("() => window.axe === undefined"):
        page.evaluate(AXE_SCRIPT)
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if only := [*rules]:
        options["runOnly"] = {"type": "rule", "values": only}
    found: list[dict[str, Any]] = page.evaluate("async options => (await axe.run(options)).violations", options)
    return [
        f"{fault['id']}: {[node['target'] for node in fault['nodes']]}"
        for fault in found
        if fault["impact"] in {"serious", "critical"}
    ]
