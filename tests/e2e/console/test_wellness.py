"""What is kind to people, in a real browser: they leave, rest, and see no more than they must."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from support.console_pages import ConsolePages, Window
from support.console_site import SIGN_OUT_URL, ConsoleSite, Person
from support.eventually import eventually

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("console_pages")]

Put = Callable[..., str]
Named = Callable[..., Person]


def is_free(other: Person, queue: str) -> bool:
    """Whether somebody else is given a video of the queue, which then goes back."""
    given = other.post("/api/next", {"queues": [queue]}).body
    if "video_id" not in given:
        return False
    other.post("/api/break", {})
    return True


def test_a_window_that_is_closed_frees_its_videos_and_keeps_what_was_written(
    window: Window, person: Named, put: Put, queue: str
) -> None:
    put()
    window.begin()
    other = person("bob")
    assert not is_free(other, queue)
    window.press("3", "n")
    window.page.keyboard.type("half a thought")
    window.page.close(run_before_unload=True)
    eventually(lambda: is_free(other, queue), "the video is free")
    given = window.person.post("/api/next", {"queues": [queue]}).body
    assert given["draft"]["note"] == "half a thought"
    assert given["draft"]["reasons"] == ["graphic_violence"]


def test_three_minutes_without_input_blank_the_page_and_give_the_video_back(
    pages: ConsolePages, person: Named, put: Put, queue: str
) -> None:
    key = put()
    window = pages.reviewer(person("ann"), queue, alone=True)
    window.page.clock.install()
    window.open()
    window.begin()
    window.press("n")
    window.page.keyboard.type("was interrupted")
    window.page.clock.fast_forward(120_000)
    expect(window.words).to_be_visible()
    window.page.mouse.move(300, 300)
    window.page.clock.fast_forward(120_000)
    expect(window.words).to_be_visible()
    window.page.clock.fast_forward(70_000)
    expect(window.page.locator("h1")).to_contain_text("You were away")
    assert key not in window.page.content()
    assert "Weapons" not in window.page.content()
    other = person("bob")
    eventually(lambda: is_free(other, queue), "the video is free")
    window.press("Enter")
    window.wait_for_item()
    expect(window.page.locator("#note")).to_have_value("was interrupted")


def test_a_break_gives_everything_back_and_what_is_skipped_or_parked_stays_away(
    window: Window, person: Named, put: Put, queue: str
) -> None:
    for name in ("first", "second", "third"):
        put(name)
    other = person("bob")
    assert other.get("/api/me").status == 200
    window.begin()
    first = window.key()
    window.press("s")
    window.wait_for_item(but=first)
    second = window.key()
    window.press("p")
    window.page.get_by_role("button", name=f"For {other.name}").click()
    window.wait_for_item(but=second)
    third = window.key()
    window.press("t")
    expect(window.page.locator("h1")).to_contain_text("You are on a break")
    window.press("Enter")
    window.wait_for_item()
    assert window.key() == third
    window.press("e")
    expect(window.page.locator("h1")).to_contain_text("Nothing waits for you")
    given = other.post("/api/next", {"queues": [queue]}).body
    assert given["video"]["key"] == second


def test_one_key_makes_it_black_seals_the_video_and_asks_for_nothing_else(
    site: ConsoleSite, window: Window, put: Put
) -> None:
    key = put("first")
    put("second")
    window.begin()
    window.look()
    window.press("ArrowRight")
    key = window.key()
    window.press("F9")
    black = window.page.locator(".black-screen")
    expect(black).to_be_visible()
    assert (
        window.ask("() => getComputedStyle(document.querySelector('.black-screen')).backgroundColor") == "rgb(0, 0, 0)"
    )
    expect(black).to_contain_text("take a break")
    expect(black.locator("input, textarea, select")).to_have_count(0)
    assert key not in window.page.content()
    assert window.page.locator("video, canvas").count() == 0
    eventually(lambda: site.status(key) != "in_review", "sealed")
    # It does nothing to what comes next, however often it is pressed.
    window.press("F9", "Escape", "F9")
    expect(black).to_be_visible()
    black.get_by_role("button", name="Go on").click()
    window.wait_for_item()
    assert window.key() != key
    window.open("/decisions")
    expect(window.page.locator("h1")).to_contain_text("My decisions today")
    assert key not in window.page.content()


def test_signing_out_gives_everything_back_and_leads_to_the_provider(
    site: ConsoleSite, pages: ConsolePages, person: Named, queue: str, put: Put
) -> None:
    put()
    at_home = pages.reviewer(person("ann at home"), queue)
    at_home.page.locator(".panel .primary").wait_for()
    sign_out = at_home.page.get_by_role("button", name="Sign out")
    # On a machine of one's own there is nothing to sign out of.
    expect(sign_out).to_have_count(0)
    with site.with_sessions():
        window = pages.reviewer(person("ann"), queue)
        window.page.route(SIGN_OUT_URL, lambda route: route.fulfill(status=200, body="signed out"))
        window.begin()
        window.press("n")
        window.page.keyboard.type("not finished")
        window.page.get_by_role("button", name="Sign out").click()
        window.page.wait_for_url(SIGN_OUT_URL)
        # The next one has it, and whoever comes back what they had written.
        bob = person("bob")
        video_id = bob.post("/api/next", {"queues": [queue]}).body["video_id"]
        bob.post(f"/api/claims/{video_id}/release")
        again = window.person.post("/api/next", {"queues": [queue]}).body
    assert again["draft"]["note"] == "not finished"


def test_only_one_window_of_a_browser_holds_videos(window: Window, put: Put) -> None:
    put()
    window.begin()
    another = window.context.new_page()
    another.goto(window.person.address)
    expect(another.locator("h1")).to_contain_text("Ready when you are")
    expect(window.page.locator("h1")).to_contain_text("another window")
    expect(window.words).to_have_count(0)


def test_what_somebody_does_not_take_is_not_offered(window: Window, put: Put) -> None:
    put()
    window.open("/preferences")
    with window.page.expect_response("**/api/me/preferences"):
        window.page.get_by_label("Violence").check()
    window.open()
    expect(window.page.locator(".limits")).to_contain_text("Not offered: Violence")
    window.press("Enter")
    expect(window.page.locator(".panel")).to_contain_text("categories that you do not take")
