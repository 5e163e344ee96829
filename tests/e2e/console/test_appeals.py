"""An appeal in a real browser: from the lead who sees it to the person who answers it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from reelsift.console.viewer import Role
from support.console_pages import ConsolePages, Window
from support.console_site import ConsoleSite, Person

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("console_pages")]

Put = Callable[..., str]
Named = Callable[..., Person]

WORDS = "It is a stage play: <b>nobody</b> was hurt."


def look_for(window: Window, key: str) -> None:
    """Goes on to the video of a key, whatever else waits in the queue of appeals."""
    while (other := window.key()) != key:
        window.press("s")
        window.wait_for_item(but=other)


def open_appeals(window: Window, appeal: str) -> str:
    """What the page of leads says of an open appeal."""
    window.open("/lead/appeals")
    row = window.page.locator("main tr", has_text=appeal).first
    row.wait_for()
    return row.inner_text()


def test_a_lead_gives_an_appeal_to_somebody_who_answers_it(
    site: ConsoleSite, pages: ConsolePages, person: Named, queue: str, put: Put
) -> None:
    key, appeal = put(), f"A-{queue}"
    decider = person("dee")
    first = pages.reviewer(decider, queue)
    first.begin()
    first.press("3", "x")
    expect(first.page.locator("h1")).to_contain_text("Nothing waits for you")
    assert site.status(key) == "rejected"
    asked = site.world.reelsift("review", "add", site.video_id(key), "--appeal", appeal, "--text", WORDS)
    assert asked.returncode == 0, asked.stderr

    # The lead sees what it says, takes it up as a reviewer, and gives it to a colleague.
    lea, cora = person("lea", Role.LEAD, Role.REVIEWER), person("cora")
    assert cora.get("/api/me").status == 200
    lead = pages.reviewer(lea, "appeals")
    assert WORDS in open_appeals(lead, appeal)
    lead.open()
    lead.begin()
    look_for(lead, key)
    # Whoever else leads sees that somebody has taken it up.
    watching = pages.window(person("len", Role.LEAD))
    assert "somebody is at it" in open_appeals(watching, appeal)
    lead.press("p")
    lead.page.locator(".park-sheet[open]").get_by_role("button", name=cora.name).click()
    expect(lead.toast).to_contain_text("Parked")

    colleague = pages.reviewer(cora, "appeals")
    colleague.begin()
    assert colleague.key() == key
    expect(colleague.words).to_contain_text(WORDS)
    assert colleague.page.locator("main .words b").count() == 0
    # Whoever has decided the video is not given what is said against that.
    assert decider.post("/api/next", {"queues": ["appeals"]}).body.get("video_id") != site.video_id(key)
    decider.post("/api/break", {})
    colleague.press("h")
    expect(colleague.toast).to_contain_text("Upheld")
    assert site.status(key) == "rejected"

    watching.open("/lead/appeals")
    waits, decided = (watching.page.locator("main section").nth(place) for place in (0, 1))
    expect(decided.locator("tr", has_text=key)).to_contain_text("Uphe")
    expect(waits.locator("tr", has_text=appeal)).to_have_count(0)
