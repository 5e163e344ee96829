"""Deciding in a real browser: what counts as a decision, and what does not."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from support.console_items import peak
from support.console_pages import ConsolePages, Window
from support.console_site import ConsoleSite, Person
from support.eventually import eventually

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("console_pages")]

Put = Callable[..., str]
Named = Callable[..., Person]


def test_ten_videos_are_decided_by_keyboard_alone(site: ConsoleSite, window: Window, put: Put) -> None:
    for number in range(10):
        put(f"{number}")
    window.begin()
    made: dict[str, str] = {}

    def then(outcome: str) -> None:
        key = window.key()
        assert key not in made
        made[key] = outcome
        if len(made) < 10:
            window.wait_for_item(but=key)

    for _ in range(3):
        window.look()
        window.press("a")
        then("approved")
    for _ in range(3):
        # The third reason of the catalogue.
        window.press("3", "x")
        then("rejected")
    for _ in range(2):
        window.press("2", "r", "1", "8", "Enter")
        then("restricted")
    window.press("e")
    then("in_review")
    window.press("n")
    window.page.keyboard.type("a rash key: a")
    window.press("Escape", "s")
    then("in_review")
    expect(window.page.locator("h1")).to_contain_text("Nothing waits for you")
    assert {key: site.status(key) for key in made} == made


def test_two_browsers_never_hold_one_video(pages: ConsolePages, person: Named, queue: str, put: Put) -> None:
    for number in range(6):
        put(f"{number}")
    one, other = (pages.reviewer(person(name), queue) for name in ("ann", "bob"))
    seen: dict[str, str] = {}
    for window in (one, other):
        window.begin()
    for _ in range(3):
        for who, window in (("one", one), ("other", other)):
            window.wait_for_item()
            key = window.key()
            assert seen.setdefault(key, who) == who
            window.press("e")
            expect(window.page.locator(".words .file").filter(has_text=key)).to_have_count(0)
    assert len(seen) == 6


def test_a_double_press_approves_nothing_that_nobody_saw(site: ConsoleSite, window: Window, put: Put) -> None:
    put("first")
    put("second")
    window.begin()
    first = window.key()
    # Neither peak was opened: the second press of a double one is no answer.
    window.press("a", "a")
    expect(window.asks).to_contain_text("2 peaks were not opened")
    assert site.status(first) == "in_review"
    window.look()
    window.press("a", "a", "a")
    window.wait_for_item(but=first)
    second = window.key()
    assert site.status(first) == "approved"
    assert site.status(second) == "in_review"


def test_peaks_that_were_not_opened_need_a_press_of_its_own(site: ConsoleSite, window: Window, put: Put) -> None:
    key = put()
    window.begin()
    window.press("a")
    expect(window.asks).to_contain_text("Press A once more")
    # A key that is held says nothing more.
    window.page.keyboard.down("a")
    for _ in range(20):
        window.page.keyboard.down("a")
    window.page.keyboard.up("a")
    assert site.status(key) == "in_review"

    def approved() -> bool:
        window.press("a")
        return site.status(key) == "approved"

    eventually(approved, "approved by a second press")


def test_a_decision_counts_once_its_reasons_could_be_read(site: ConsoleSite, window: Window, put: Put) -> None:
    put("first")
    second = put("second", peaks=(peak("Gambling", 60.0),))
    draft = {"note": None, "reasons": ["graphic_violence"], "restriction": None}
    assert window.person.put(f"/api/drafts/{site.video_id(second)}", draft).status == 204
    sent: list[Any] = []
    window.page.on(
        "request", lambda asked: sent.append(asked.post_data_json) if "/api/decisions" in asked.url else None
    )
    window.begin()

    def rejected() -> bool:
        window.press("3", *["x"] * 20)
        return site.status(second) == "rejected"

    eventually(rejected, "both rejected by somebody who does nothing but press keys")
    # No press came too early to the console, as it would have been refused there.
    assert [one["seen"]["painted_ms"] >= 700 for one in sent] == [True, True]


@pytest.fixture
def long_undo(site: ConsoleSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """A decision can be taken back however slow the machine is."""
    monkeypatch.setitem(site._gate.deployment.settings.__dict__, "undo_s", 600)


@pytest.mark.usefixtures("long_undo")
def test_undo_gives_the_video_back_and_makes_no_event(site: ConsoleSite, window: Window, put: Put) -> None:
    put("first")
    put("second")
    put("third")
    # With all that moves, for once: the time that is left for it does.
    window.page.emulate_media(reduced_motion="no-preference")
    window.begin()
    first = window.key()
    window.press("3", "n")
    window.page.keyboard.type("seen at 0:02")
    window.press("Escape", "x")
    window.wait_for_item(but=first)
    assert site.status(first) == "rejected"
    window.press("u")
    expect(window.page.locator(".words .file")).to_contain_text(first)
    expect(window.page.locator("#note")).to_have_value("seen at 0:02")
    expect(window.page.locator('.reason[aria-pressed="true"]')).to_contain_text("violence")
    assert site.status(first) == "in_review"
    window.wait_for_item()
    window.look()
    window.press("a")
    window.wait_for_item(but=first)
    assert site.status(first) == "approved"


@pytest.mark.usefixtures("long_undo")
def test_what_was_begun_of_the_next_video_is_there_after_an_undo(site: ConsoleSite, window: Window, put: Put) -> None:
    put("first")
    put("second")
    window.begin()
    first = window.key()
    window.press("e")
    window.wait_for_item(but=first)
    window.press("2", "n")
    window.page.keyboard.type("begun of the second")
    window.press("Escape", "u")
    expect(window.page.locator(".words .file")).to_contain_text(first)
    window.wait_for_item()
    window.press("3", "x")
    window.wait_for_item(but=first)
    expect(window.page.locator("#note")).to_have_value("begun of the second")
    # What is written at last is kept when a video is put off, too.
    window.press("n")
    window.page.keyboard.type(" and more")
    second = site.video_id(window.key())
    window.press("Escape", "s")
    expect(window.page.locator("h1")).to_contain_text("Nothing waits for you")
    by = window.person.get("/api/me").body["by"]
    drafts = [row for row in site.world.rows("reviewers") if (row["principal"], row["part"]) == (by, f"draft#{second}")]
    assert "begun of the second and more" in str(drafts)


def test_a_key_that_is_held_on_a_button_presses_it_once(site: ConsoleSite, window: Window, put: Put) -> None:
    key = put()
    window.begin()
    window.page.locator(".decide.approve").focus()
    window.press("Enter")
    expect(window.asks).to_contain_text("2 peaks were not opened")
    until = window.ask("() => performance.now() + 900")
    window.page.keyboard.down("Enter")
    while window.ask("() => performance.now()") < until:
        window.page.keyboard.down("Enter")
    window.page.keyboard.up("Enter")
    expect(window.asks).to_contain_text("2 peaks were not opened")
    assert site.status(key) == "in_review"


def test_peaks_that_were_only_passed_by_were_not_opened(window: Window, put: Put) -> None:
    put()
    window.begin()
    window.page.evaluate(
        "() => { for (let times = 0; times < 5; times += 1)"
        " document.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowRight', bubbles: true})) }"
    )
    opened = window.page.locator(".pictures .bar .soft")
    expect(opened).to_contain_text("1 of 3")


def test_after_its_undo_a_decision_is_reopened_from_my_decisions(
    site: ConsoleSite, window: Window, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = put()
    # So long the toast can be seen.
    monkeypatch.setitem(site._gate.deployment.settings.__dict__, "undo_s", 4)
    window.open()
    window.begin()
    window.press("3", "x")
    expect(window.toast).to_contain_text("Rejected")
    expect(window.toast).to_be_hidden()
    window.press("u")
    assert site.status(key) == "rejected"
    reopen = window.page.get_by_role("button", name="Reopen")

    def offered() -> bool:
        window.open("/decisions")
        expect(window.page.locator("h1")).to_contain_text("My decisions today")
        expect(window.page.locator(".mine tbody tr")).to_have_count(1)
        return reopen.count() == 1

    eventually(offered, "it may be reopened")
    reopen.click()
    window.wait_for_item()
    assert window.key() == key
    expect(window.words).to_contain_text("Rejected by")
    window.look()
    window.press("a")
    eventually(lambda: site.status(key) == "approved", "approved")


def test_what_somebody_decided_meanwhile_is_told_and_nothing_is_written(
    site: ConsoleSite, window: Window, put: Put
) -> None:
    key = put()
    window.begin()
    video_id = site.video_id(key)
    assert site.world.reelsift("decide", video_id, "approve").returncode == 0
    window.press("3", "x")
    told = window.page.locator(".meanwhile")
    expect(told).to_contain_text("Nothing was written")
    expect(told).to_contain_text(re.compile(r"\d\d:\d\d"))
    expect(window.page.locator(".decisions")).to_be_hidden()
    assert site.status(key) == "approved"
    window.press("Enter")
    expect(window.page.locator("h1")).to_contain_text("Nothing waits for you")


def test_keys_mean_nothing_in_fields_nor_with_modifiers(site: ConsoleSite, window: Window, put: Put) -> None:
    key = put()
    window.begin()
    window.look()
    for chord in ("Control+x", "Alt+a", "Meta+a", "Shift+A", "Control+Shift+E"):
        window.press("3", chord, "3")
    window.press("n")
    window.page.keyboard.type("axes in a park? b.")
    expect(window.page.locator("#note")).to_have_value("axes in a park? b.")
    expect(window.page.locator("dialog[open]")).to_have_count(0)
    assert window.key() == key
    assert site.status(key) == "in_review"
    assert window.page.locator('.switch[data-which="blur"]').get_attribute("aria-checked") == "true"


def test_reasons_beyond_the_tenth_are_a_key_and_a_part_of_their_words_away(
    site: ConsoleSite, window: Window, put: Put
) -> None:
    key = put()
    window.begin()
    reasons = window.page.locator(".reason")
    assert reasons.count() > 10
    field, told = window.page.locator(".finder input"), window.page.locator(".catalogue > [role=status]")
    window.press("/")
    expect(field).to_be_focused()
    # Nothing was written yet, so nothing is taken; what is written chooses nothing by itself.
    window.press("Enter")
    window.page.keyboard.type("no such reason 3x")
    expect(told).to_contain_text("No reason has that")
    window.press("Enter", "Escape")
    expect(field).to_be_hidden()
    expect(window.page.locator('.reason[aria-pressed="true"]')).to_have_count(0)
    expect(reasons.last).to_be_visible()
    window.press("/")
    window.page.keyboard.type("CÓPY")
    expect(told).to_contain_text("1 reason. Enter: Copyright")
    expect(reasons.locator("visible=true")).to_have_count(1)
    window.press("Enter")
    expect(told).to_contain_text("Copyright: chosen")
    # From the field into the list and through it: the last of two is animals'.
    window.press("/")
    window.page.keyboard.type("cr")
    expect(reasons.locator("visible=true")).to_have_text([re.compile("Cruelty")])
    window.press("ArrowDown")
    expect(reasons.filter(has_text="Cruelty")).to_be_focused()
    window.press("ArrowUp")
    expect(field).to_be_focused()
    window.press("ArrowDown", "Enter")
    chosen = window.page.locator('.reason[aria-pressed="true"]')
    expect(chosen).to_have_text([re.compile("Cruelty"), re.compile("Copyright")])
    window.press("?")
    expect(window.page.locator(".help-sheet dt").filter(has_text="Find a reason")).to_be_visible()
    window.press("?")
    with window.page.expect_request("**/api/decisions") as sent:
        window.press("x")
    body: Any = sent.value.post_data_json
    assert body["reasons"] == ["animal_cruelty", "copyright"]
    eventually(lambda: site.status(key) == "rejected", "rejected")


def test_keys_can_be_changed_and_each_is_one_actions_own(site: ConsoleSite, window: Window, put: Put) -> None:
    key = put()
    window.open("/preferences")
    reject = window.page.locator('.keys [data-action="reject"]')
    reject.click()
    window.press("a")
    expect(window.page.locator(".trouble")).to_contain_text("A already belongs to “Approve”")
    reject.click()
    with window.page.expect_response("**/api/me/preferences"):
        window.press("j")
    expect(reject).to_contain_text("J")
    window.open()
    window.begin()
    window.press("3", "x")
    expect(window.page.locator(".decide.reject kbd")).to_have_text("J")
    assert site.status(key) == "in_review"
    window.press("j")
    eventually(lambda: site.status(key) == "rejected", "rejected")


def test_training_acts_on_nothing_and_says_what_is_right(site: ConsoleSite, window: Window) -> None:
    before = site.world.rows("reviews")
    window.open("/?training=1")
    window.begin()
    expect(window.page.locator("#notices")).to_contain_text("nothing here acts")
    window.look()
    window.press("a")
    expect(window.page.locator("h1")).to_contain_text("Just as the answer has it")
    window.press("Enter")
    window.wait_for_item()
    window.press("e")
    expect(window.page.locator("h1")).to_contain_text("The answer is")
    assert site.world.rows("reviews") == before
