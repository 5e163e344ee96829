"""The pages of leads in a real browser: for everybody, from 360 px up, whatever uploaders and people have written."""

import csv
import io
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from reelsift.console.viewer import Role
from support.accessibility import serious_faults
from support.console_items import Waiting, peak, segment
from support.console_pages import ConsolePages, Window
from support.console_site import ConsoleSite, Person
from support.patience import PATIENCE_S
from support.world import ALERTING, eventually

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("console_pages")]

Named = Callable[..., Person]

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>\u202egnp.\u0007{{7*7}}"
"""What must stay text; and its turned and silent characters must be seen."""

AS_SHOWN = r"<img src=x onerror=alert(1)><script>alert(2)</script>\u202egnp.\u0007{{7*7}}"

LAXER = "content_moderation: {Violence: {review: 40}, Explicit: {review: off, reject: off}}"

TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass(frozen=True)
class Led:
    """What a lead looks at: a video that a worker has analysed, and one whose every word is hostile, decided and
    appealed against.
    """

    analysed: str
    hostile: str
    queue: str

    @property
    def pages(self) -> list[str]:
        return [
            *("/lead", "/lead/batches", f"/lead/batches/{self.queue}", "/lead/appeals", "/lead/audit", "/lead/policy"),
            *("/lead/policy/versions/1", "/lead/quality", "/lead/people", "/lead/sealed", "/lead/search"),
            f"/lead/search?{urlencode({'status': 'in_review'})}",
            *(f"/lead/videos/{video_id}" for video_id in (self.analysed, self.hostile)),
        ]


@pytest.fixture(scope="module")
def led(site: ConsoleSite, waiting: Waiting) -> Led:
    queue = f"q{uuid.uuid4().hex[:8]}"
    key = f"{queue}/analysed.mp4"
    site.world.put_video(key, seconds=6, answer=ALERTING)
    worker = site.world.worker()
    site.world.send_video(key, batch=queue)
    eventually(lambda: site.status(key) == "in_review", f"{key} waits")
    worker.terminate()
    worker.stop(PATIENCE_S)
    hostile = waiting.review(
        f"{queue}/{HOSTILE}.mp4",
        peak(HOSTILE, 91.5, "Violence", at_ms=2000),
        beside=[segment(HOSTILE, 55.0, HOSTILE, at_ms=5000)],
        context={"title": HOSTILE},
        queue=queue,
    )
    reviewer = site.person("rae", Role.REVIEWER)
    item = reviewer.post("/api/next", {"queues": [queue]}).body
    decision = {
        "video_id": hostile,
        "action": "reject",
        "reasons": ["graphic_violence"],
        "note": HOSTILE,
        "seen_decision": item["seen_decision"],
        "etag": item["video"]["etag"],
        "idempotency_key": uuid.uuid4().hex,
        "seen": {"painted_ms": 1000},
    }
    assert reviewer.post("/api/decisions", decision).status == 200
    asked = site.world.reelsift("review", "add", hostile, "--appeal", queue, "--text", HOSTILE)
    assert asked.returncode == 0, asked.stderr
    return Led(site.video_id(key), hostile, queue)


def shown(window: Window, path: str) -> None:
    """A page with what it asks for."""
    window.open(path)
    window.page.locator(".lead .content h1").wait_for()
    expect(window.page.locator(".lead [role=status]", has_text="Looking")).to_have_count(0)


def test_nothing_serious_keeps_anybody_out_and_nothing_is_cut_off(led: Led, pages: ConsolePages, person: Named) -> None:
    window = pages.window(person("lea", *Role))
    # The colours of dark pages are those of a few variables: some pages show all of them.
    by_night = set(led.pages[::3])
    for path in led.pages:
        window.page.emulate_media(color_scheme="light")
        window.page.set_viewport_size({"width": 1280, "height": 800})
        shown(window, path)
        if path == "/lead/people":
            window.page.get_by_role("button", name="Limits of").first.click()
            window.page.locator(".limits-form").wait_for()
        if "videos" in path:
            window.page.get_by_role("button", name="Open the player").click()
            window.page.locator(".player").wait_for()
        assert serious_faults(window.page) == [], path
        assert window.ask(TOO_WIDE) == 0, path
        # No script asks for the width or the scheme, so the page is not loaded anew.
        window.page.emulate_media(color_scheme="dark")
        window.page.set_viewport_size({"width": 360, "height": 800})
        assert path not in by_night or serious_faults(window.page) == [], path
        assert window.ask(TOO_WIDE) == 0, path


def test_what_uploaders_and_people_write_stays_text(led: Led, pages: ConsolePages, person: Named) -> None:
    window = pages.window(person(HOSTILE, Role.LEAD))
    for path, place in (
        (f"/lead/videos/{led.hostile}", ".heading"),
        (f"/lead/videos/{led.hostile}", ".facts"),
        (f"/lead/videos/{led.hostile}", ".lanes"),
        (f"/lead/videos/{led.hostile}", ".history blockquote"),
        (f"/lead/search?{urlencode({'status': 'rejected'})}", ".grid"),
        ("/lead/appeals", ".grid"),
        ("/lead/audit", ".grid"),
    ):
        if window.page.url.endswith("about:blank") or path not in window.page.url:
            shown(window, path)
        expect(window.page.locator(f"main {place}").first).to_contain_text(AS_SHOWN[:40])
        assert window.page.locator("main img, main script, main b, main a[href^=javascript]").count() == 0
    # What stands behind the last slash is what people are called.
    shown(window, "/lead/people")
    expect(window.page.locator("main .grid")).to_contain_text(AS_SHOWN.rpartition("/")[2])


def test_a_policy_is_tested_and_its_examples_lead_to_the_player(led: Led, pages: ConsolePages, person: Named) -> None:
    window = pages.window(person("lea", Role.LEAD))
    shown(window, "/lead/policy")
    page = window.page
    page.get_by_label("The policy, as YAML").fill("content_moderation: [1]")
    page.get_by_role("button", name="Test it").click()
    expect(page.locator(".problems")).to_contain_text("content_moderation")
    page.get_by_label("The policy, as YAML").fill(LAXER)
    page.get_by_label("Of a batch").fill(led.queue)
    page.get_by_role("button", name="Test it").click()
    expect(page.locator("h1")).to_contain_text("Test of policy.yaml")
    expect(page.locator(".figures")).to_contain_text("1")
    page.get_by_role("link", name="analysed.mp4").click()
    expect(page.locator("h1")).to_contain_text("analysed.mp4")
    assert page.locator("video[src]").count() == 0
    page.get_by_role("button", name="Open the player").click()
    eventually(
        lambda: window.ask("() => document.querySelector('.player video').readyState") >= 2, "a picture is there"
    )
    assert window.ask("() => document.querySelector('.player video').paused")
    assert window.ask("() => getComputedStyle(document.querySelector('.player video')).filter").startswith("blur")
    expect(page.locator(".history")).to_contain_text("In review")
    page.reload()
    expect(page.locator(".history")).to_contain_text("A link to the video was signed for a lead")


def test_videos_are_searched_for_by_keyboard_and_the_audit_is_kept_as_a_file(
    led: Led, pages: ConsolePages, person: Named
) -> None:
    window = pages.window(person("lea", Role.LEAD))
    shown(window, "/lead/search")
    page = window.page
    page.get_by_label("Sought").focus()
    page.keyboard.type("Explicit Nudity")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=f"{led.queue}/analysed.mp4")).to_be_visible()
    assert "label=Explicit+Nudity" in page.url
    page.get_by_label("Sought").fill("Explicit Nudty")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Explicit Nudity", exact=True).click()
    expect(page.get_by_role("link", name=f"{led.queue}/analysed.mp4")).to_be_visible()
    shown(window, "/lead/audit")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as CSV").click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text())))
    assert led.hostile in {row["video_id"] for row in rows}


def test_reviewers_are_told_that_a_page_is_not_theirs(led: Led, pages: ConsolePages, person: Named) -> None:
    window = pages.window(person("rae", Role.REVIEWER))
    window.open("/lead/audit")
    expect(window.page.locator(".content")).to_contain_text("another role")
    expect(window.page.locator("#masthead nav")).not_to_contain_text("Lead")
    window.open(f"/lead/videos/{led.hostile}")
    expect(window.page.locator("h1")).to_contain_text("role")
