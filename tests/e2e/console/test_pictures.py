"""Pictures in a real browser: they come when they are asked for, as blurred and silent as somebody wants them."""

import io
import urllib.error
import urllib.request
from collections.abc import Callable
from functools import cache

import av
import pytest
from playwright.sync_api import Route, expect

from reelsift.domain.review_item import UNPLAYABLE_QUEUE
from support.console_items import peak
from support.console_pages import Window
from support.console_site import ConsoleSite, Person
from support.eventually import eventually
from support.noisy_clip import noisy_clip
from support.world import BUCKET

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("console_pages")]

Put = Callable[..., str]
Named = Callable[..., Person]

STATE = """
() => {
  const {currentTime, paused, ended, muted, src, seeking, readyState} = document.querySelector(".player video")
  return {at: currentTime, paused: paused && !ended, muted, src, shown: !seeking && readyState > 2}
}
"""
FILTER = "() => getComputedStyle(document.querySelector('.player video')).filter"
FRAME_FILTER = "() => getComputedStyle(document.querySelector('.strip canvas')).filter"
DRAWN = """
() => [...document.querySelectorAll(".strip .drawn canvas")].map(canvas => canvas.width > 0 && canvas.height > 0)
"""
LEAVE = "() => window.dispatchEvent(new Event('blur'))"
BLURRED_AND_GREY = "blur(14px) grayscale(1)"


def brightest(picture: bytes) -> int:
    """The brightest point of a picture, 0-255."""
    with av.open(io.BytesIO(picture), "r") as file:
        frame = next(file.decode(video=0)).reformat(format="gray")
        return max(bytes(frame.planes[0]))


def media_asked_for(window: Window) -> list[str]:
    """What the window has asked the bucket for, as it comes in."""
    asked: list[str] = []
    window.page.on("request", lambda request: asked.append(request.url) if f"/{BUCKET}/" in request.url else None)
    return asked


@cache
def large() -> bytes:
    """A video of a minute: chromium reads some ten seconds ahead, and no less than 2 MB."""
    return noisy_clip(60)


def playing(window: Window, beyond: float = 0) -> bool:
    """Whether pictures beyond a time (s) follow each other."""
    state = window.ask(STATE)
    return bool(state["shown"] and not state["paused"] and state["at"] > beyond)


def test_words_come_first_and_nothing_is_fetched_of_pictures_until_asked(window: Window, put: Put) -> None:
    put("first")
    put("second")
    asked = media_asked_for(window)
    window.begin()
    expect(window.words).to_contain_text("Weapons")
    expect(window.words).to_contain_text("91.5 %")
    expect(window.page.locator(".lane .label")).to_contain_text(["Weapons", "Smoking"])
    assert asked == []
    window.look()
    assert window.ask(DRAWN) == [True, True, True]
    assert window.ask(FRAME_FILTER) == BLURRED_AND_GREY
    expect(window.page.locator(".player")).to_be_hidden()
    assert len({url.partition("?")[0] for url in asked}) == 1
    window.press("b", "g")
    frames = window.page.locator(".strip canvas")
    assert all(brightest(frames.nth(place).screenshot()) > 100 for place in range(3))
    window.press("b", "g")
    asked.clear()
    key = window.key()
    window.press("a")
    window.wait_for_item(but=key)
    assert asked == []
    expect(window.page.locator(".strip")).to_be_hidden()


def test_a_peak_a_lane_and_a_reason_lead_to_their_moment_and_nothing_plays_by_itself(window: Window, put: Put) -> None:
    put()
    window.begin()

    def at(seconds: float) -> None:
        def there() -> bool:
            state = window.ask(STATE)
            return bool(state["shown"]) and abs(state["at"] - seconds) < 0.3

        eventually(there, f"at {seconds} s")
        assert window.ask(STATE)["paused"]

    window.press("ArrowRight")
    at(2)
    window.press("ArrowRight")
    at(5)
    window.press("ArrowLeft")
    at(2)
    window.words.get_by_role("button", name="Go to 0:08.0: Physical Violence").click()
    at(8)
    bars = window.page.locator(".lane:not(.ruler) .bars").first
    box = bars.bounding_box()
    assert box is not None
    # The lanes are as long as the result says, a minute.
    bars.click(position={"x": box["width"] * 4 / 60, "y": 5})
    at(4)
    before = window.ask(STATE)["at"]
    window.press(".")
    eventually(lambda: before < window.ask(STATE)["at"] < before + 0.1, "a frame further")


def test_a_frame_is_as_long_as_the_answers_say(window: Window, put: Put) -> None:
    put(frame_rate=4.0)
    window.begin()
    window.press("ArrowRight")
    eventually(lambda: abs(window.ask(STATE)["at"] - 2) < 0.05, "at the first peak")
    window.press(".")
    eventually(lambda: abs(window.ask(STATE)["at"] - 2.25) < 0.05, "a quarter of a second further")
    window.press(",")
    eventually(lambda: abs(window.ask(STATE)["at"] - 2) < 0.05, "back again")


def test_playing_takes_no_veil_away_and_leaving_the_window_draws_it_again(window: Window, put: Put) -> None:
    put()
    window.begin()
    window.press("ArrowRight", " ")
    eventually(lambda: playing(window), "it plays")
    assert window.ask(FILTER) == BLURRED_AND_GREY
    assert window.ask(STATE)["muted"]
    window.press("b")
    assert window.ask(FILTER) == "grayscale(1)"
    window.press("g", "m")
    assert window.ask(FILTER) == "none"
    assert not window.ask(STATE)["muted"]
    with window.page.expect_response("**/api/me/preferences"):
        window.press("g")
    window.ask(LEAVE)
    assert window.ask(FILTER) == BLURRED_AND_GREY
    assert window.ask(STATE)["paused"]
    # What was chosen stays chosen: leaving was no choice.
    preferences = window.person.get("/api/me").body["preferences"]
    assert (preferences["blur"], preferences["grey"], preferences["mute"]) == (False, True, False)
    window.open()
    window.begin()
    window.look()
    assert window.ask(FRAME_FILTER) == "grayscale(1)"


def refused(url: str) -> bool:
    """Whether the bucket gives nothing for a link any more."""
    try:
        urllib.request.urlopen(urllib.request.Request(url, headers={"Range": "bytes=0-0"})).close()  # noqa: S310
    except urllib.error.HTTPError as error:
        return error.code == 403
    return False


def test_links_expire_or_fail_under_an_open_page_and_play_goes_on(
    site: ConsoleSite, window: Window, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = site._gate.deployment.settings.__dict__
    put(body=large())
    monkeypatch.setitem(settings, "console_link_s", 5)
    window.begin()
    window.press("ArrowRight", " ")
    eventually(lambda: playing(window), "it plays")
    first = window.ask(STATE)["src"]
    eventually(lambda: refused(first), "the link is over")
    monkeypatch.setitem(settings, "console_link_s", 300)
    # Far from what has been read of it.
    window.page.locator(".scrub").fill("50000")
    eventually(lambda: playing(window, 50), "it plays on, there")
    second = window.ask(STATE)["src"]
    assert second != first
    assert window.ask(FILTER) == BLURRED_AND_GREY

    def fail(route: Route) -> None:
        if route.request.url == second:
            route.abort()
        else:
            route.continue_()

    # Now the link is good, and the bucket fails all the same.
    window.page.route(f"**/{BUCKET}/**", fail)
    window.page.locator(".scrub").fill("30000")
    eventually(lambda: playing(window, 30) and window.ask(STATE)["at"] < 50, "it plays on, there")
    assert window.ask(STATE)["src"] not in {first, second}


def test_what_the_browser_cannot_play_is_handed_to_those_who_may_download(
    window: Window, person: Named, put: Put
) -> None:
    key = put(body=b"no video at all")
    window.begin()
    window.press("v")
    expect(window.page.locator(".notice.media")).to_contain_text("cannot play")
    window.page.get_by_role("button", name="Hand it to those who may download it").click()
    expect(window.page.locator("h1")).to_contain_text("Nothing waits for you")
    given = person("bob").post("/api/next", {"queues": [UNPLAYABLE_QUEUE]}).body
    assert given["video"]["key"] == key


def test_content_that_changed_is_told_and_decided_only_by_who_was_told(
    site: ConsoleSite, window: Window, put: Put
) -> None:
    key = put("overwritten", peaks=(peak("Weapons", 91.5, "Violence"),), versioned=False)
    window.begin()
    site.world.client("s3").put_object(Bucket=BUCKET, Key=key, Body=b"another content")
    window.press("3", "x")
    told = window.page.locator(".meanwhile")
    expect(told).to_contain_text("Nothing was written")
    assert site.status(key) == "in_review"
    told.get_by_role("button", name="Decide what was analysed all the same").click()
    window.press("x")
    eventually(lambda: site.status(key) == "rejected", "rejected")
