"""Every page of reviewers in a real browser: for everybody, at every width, and whatever uploaders have written."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from support.accessibility import COLOURS, serious_faults
from support.console_items import peak, segment
from support.console_pages import ConsolePages, Window
from support.console_site import Person

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("console_pages")]

Put = Callable[..., str]
Named = Callable[..., Person]

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>\u202egnp.\u0007{{7*7}}"
"""What must stay text; and its turned and silent characters must be seen."""

AS_SHOWN = r"<img src=x onerror=alert(1)><script>alert(2)</script>\u202egnp.\u0007{{7*7}}"


def grave_faults(window: Window) -> list[str]:
    """By day, and what differs by night: that is the colours."""
    by_day = serious_faults(window.page)
    window.page.emulate_media(color_scheme="dark")
    by_night = [f"by night {fault}" for fault in serious_faults(window.page, COLOURS)]
    window.page.emulate_media(color_scheme="light")
    return by_day + by_night


def test_nothing_serious_keeps_anybody_out(pages: ConsolePages, person: Named, queue: str, put: Put) -> None:
    for name in ("first", "second"):
        put(name, context={"title": "A fight", "language": "en"})
    window = pages.reviewer(person("ann"), queue)
    window.page.locator(".panel .queues").wait_for()
    faults = {"start": grave_faults(window)}
    window.begin()
    window.look()
    window.press("ArrowRight", "3", "i", "r")
    faults["item"] = grave_faults(window)
    window.press("Escape", "/")
    window.page.keyboard.type("cruel")
    faults["finding"] = grave_faults(window)
    window.press("Escape", "?")
    faults["help"] = grave_faults(window)
    window.press("?", "p")
    # It asks first who the colleagues are.
    window.page.locator(".park-sheet[open]").wait_for()
    faults["park"] = grave_faults(window)
    window.press("Escape")
    expect(window.page.locator(".park-sheet[open]")).to_have_count(0)
    first = window.key()
    window.press("x")
    window.wait_for_item(but=first)
    faults["undo"] = grave_faults(window)
    window.press("F9")
    faults["black"] = grave_faults(window)
    window.page.get_by_role("button", name="Take a break").click()
    expect(window.page.locator("h1")).to_contain_text("You are on a break")
    faults["break"] = grave_faults(window)
    for path in ("/decisions", "/preferences"):
        window.open(path)
        window.page.locator(".page h1").wait_for()
        faults[path] = grave_faults(window)
    assert {place: found for place, found in faults.items() if found} == {}


def test_what_uploaders_and_reviewers_write_stays_text(
    pages: ConsolePages, person: Named, queue: str, put: Put
) -> None:
    put(
        "<b>bold</b>'\"&",
        peaks=(peak(HOSTILE, 91.5, "Violence", HOSTILE, at_ms=2000),),
        beside=[segment(HOSTILE, 55.0, HOSTILE, at_ms=5000), segment(HOSTILE, 99.0, at_ms=2000, analysis="text")],
        context={HOSTILE[:60]: HOSTILE, "url": "javascript:alert(3)"},
    )
    window = pages.reviewer(person(HOSTILE), queue)
    window.begin()
    window.look()
    window.press("n")
    window.page.keyboard.type(HOSTILE)
    window.press("Escape", "ArrowRight", "3")
    for place in (".words", ".reasons-of-verdict", ".context", ".strip", ".lanes"):
        expect(window.page.locator(place).first).to_contain_text(AS_SHOWN[:40])
    expect(window.page.locator(".context")).to_contain_text(AS_SHOWN)
    window.press("x")
    expect(window.page.locator("h1")).to_contain_text("Nothing waits for you")
    window.open("/decisions")
    expect(window.page.locator(".mine")).to_contain_text("<b>bold</b>")
    for path in ("/preferences", "/"):
        window.open(path)
        window.page.locator("h1").wait_for()
    assert window.page.locator("main img, main script, main b, main a[href^=javascript]").count() == 0


def test_nothing_is_cut_off(pages: ConsolePages, person: Named, queue: str, put: Put) -> None:
    put(context={"title": "x" * 300, "words": "word " * 200})
    window = pages.reviewer(person("ann"), queue)
    window.page.locator(".panel .queues").wait_for()

    def too_wide() -> dict[int, int]:
        """By how many pixels the page is wider than a window of each width that has to do."""
        found = {}
        for width in (800, 1100, 1920):
            window.page.set_viewport_size({"width": width, "height": 800})
            found[width] = window.ask(
                "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
        return {width: by for width, by in found.items() if by > 0}

    assert too_wide() == {}
    window.begin()
    window.look()
    window.press("ArrowRight", "i", "r")
    assert too_wide() == {}
    for path in ("/decisions", "/preferences"):
        window.open(path)
        window.page.locator(".page h1").wait_for()
        assert too_wide() == {}


def test_a_theme_that_was_chosen_holds_on_every_page_and_machine(
    pages: ConsolePages, person: Named, queue: str
) -> None:
    ann = person("ann")
    window = pages.reviewer(ann, queue)
    ground = "() => getComputedStyle(document.body).backgroundColor"
    light = window.ask(ground)
    window.open("/preferences")
    with window.page.expect_response("**/api/me/preferences"):
        window.page.get_by_label("Dark").check()
    dark = window.ask(ground)
    assert dark != light
    another = pages.reviewer(ann, queue)
    another.page.locator(".panel h1").wait_for()
    assert another.ask(ground) == dark


def test_whoever_has_no_token_is_told_so_and_sees_nothing(pages: ConsolePages, person: Named) -> None:
    window = pages.window(person("ann"))
    for path in ("/", "/decisions", "/preferences"):
        window.page.goto(f"{window.person.site.url}{path}")
        expect(window.page.locator("h1")).to_contain_text("You are signed out")
        expect(window.page.locator(".panel")).to_contain_text("reelsift console")


def test_the_token_leaves_the_address_at_once(window: Window) -> None:
    window.page.locator(".panel h1").wait_for()
    assert window.person.token not in window.page.url
    assert window.person.token not in window.page.content()
