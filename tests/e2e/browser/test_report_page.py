"""The report page in a real browser: what a reader sees, prints and points at."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, ViewportSize

from reelsift.domain.analysis import Analysis
from reelsift.reports.contents import FlaggedVideo
from reelsift.reports.page import render_page
from support.browser import chromium
from support.contrast import contrast
from support.report_sample import realistic

CONTENTS = realistic()
DESKTOP, TABLET, PHONE = (ViewportSize(width=width, height=900) for width in (1280, 760, 360))

BOXES = """
(selector, root) => [...(root || document).querySelectorAll(selector)].flatMap((found, place) => {
  const range = document.createRange()
  range.selectNodeContents(found)
  const boxes = found instanceof SVGElement ? [found.getBoundingClientRect()] : [...range.getClientRects()]
  return boxes.map(({left, right, top, bottom}) => ({place, text: found.textContent, left, right, top, bottom}))
})
"""
"""Where elements stand: pictures as a whole, texts line by line."""

CONTRASTS = """
() => [...document.querySelectorAll("h1, h2, h4, p, dt, dd, th, td, a, strong, .soft, .verdict, .category, .peak")]
  .filter(found => found.checkVisibility()).map(found => {
    let ground = found
    while (getComputedStyle(ground).backgroundColor === "rgba(0, 0, 0, 0)" && ground.parentElement) {
      ground = ground.parentElement
    }
    const name = `${found.className} ${found.tagName}`
    return [name, getComputedStyle(found).color, getComputedStyle(ground).backgroundColor]
  })
"""

SMUGGLED = """
() => new Promise(resolve => {
  document.addEventListener("securitypolicyviolation", event => resolve(event.effectiveDirective))
  document.body.insertAdjacentHTML("beforeend", '<img src="http://reelsift.test/seen.png">')
})
"""


@dataclass
class Opened:
    """The page, and what the browser said and asked for while it was open."""

    page: Page
    url: str
    said: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def boxes(self, selector: str, within: str | None = None) -> list[dict[str, Any]]:
        root = self.page.query_selector(within) if within else None
        found: list[dict[str, Any]] = self.page.evaluate(
            f"([selector, root]) => ({BOXES})(selector, root)", [selector, root]
        )
        return found


@pytest.fixture(scope="module")
def browser_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render_page(CONTENTS), encoding="utf-8")
    with chromium() as browser:
        page = browser.new_page(viewport=DESKTOP)
        opened = Opened(page, path.as_uri())

        def ask(route: Route) -> None:
            opened.requests.append(route.request.url)
            route.continue_() if route.request.url == opened.url else route.abort()

        page.route("**", ask)
        page.on("console", lambda message: opened.said.append(message.text))
        page.on("pageerror", lambda error: opened.said.append(str(error)))
        page.goto(opened.url)
        yield opened


@pytest.fixture
def opened(browser_page: Opened) -> Opened:
    """The page as a desktop shows it by day, whatever the test before made of it."""
    browser_page.page.emulate_media(media="screen", color_scheme="light")
    browser_page.page.set_viewport_size(DESKTOP)
    browser_page.page.evaluate("scrollTo(0, 0)")
    return browser_page


def videos() -> list[tuple[str, FlaggedVideo]]:
    """The flagged videos that have segments, with the names of their timelines."""
    return [(f"#video-{place}", video) for place, video in enumerate(CONTENTS.flagged, 1) if video.segments]


def overlapping(boxes: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [
        (one["text"], other["text"])
        for one, other in combinations(boxes, 2)
        if one["place"] != other["place"]
        and min(one["right"], other["right"]) - max(one["left"], other["left"]) > 0.5
        and min(one["bottom"], other["bottom"]) - max(one["top"], other["top"]) > 0.5
    ]


def test_it_asks_for_nothing_and_nothing_goes_wrong(opened: Opened) -> None:
    assert opened.requests == [opened.url]
    assert opened.said == []


def test_every_flagged_video_has_a_timeline_that_is_seen(opened: Opened) -> None:
    for anchor, _ in videos():
        assert opened.page.locator(f"{anchor} .bars").first.is_visible()
        for lane in opened.boxes(".bars", anchor):
            assert lane["right"] - lane["left"] > 400
        bars = opened.boxes(".bars > g > rect", anchor)
        assert bars
        assert all(bar["right"] - bar["left"] >= 1.5 and bar["bottom"] - bar["top"] >= 5 for bar in bars)


@pytest.mark.parametrize("size", [DESKTOP, TABLET, PHONE], ids=["desktop", "tablet", "phone"])
def test_bars_stand_where_the_times_say(opened: Opened, size: ViewportSize) -> None:
    opened.page.set_viewport_size(size)
    anchor, video = videos()[0]
    axis = opened.page.locator(f"{anchor} .axis").bounding_box()
    assert axis is not None
    assert video.duration_ms is not None
    for lane in opened.page.locator(f"{anchor} .lane").all():
        label = lane.locator("strong").inner_text()
        found = [segment for segment in video.segments if segment["label"] == label]
        boxes = [bar.bounding_box() for bar in lane.locator(".bars > g > rect").all()]
        assert len(boxes) == len(found)
        for segment, box in zip(found, boxes, strict=True):
            assert box is not None
            # A pixel on each side is the bar's own border.
            assert box["x"] == pytest.approx(
                axis["x"] + axis["width"] * segment["start_ms"] / video.duration_ms, abs=1.5
            )
            end = axis["x"] + axis["width"] * segment["end_ms"] / video.duration_ms
            assert box["x"] + box["width"] == pytest.approx(end, abs=1.5)


def test_a_moment_of_six_hours_is_seen(opened: Opened) -> None:
    axis, bar = (opened.page.locator(f"#video-3 {part}").bounding_box() for part in (".axis", ".bars > g > rect"))
    assert axis is not None
    assert bar is not None
    assert bar["x"] == pytest.approx(axis["x"] + axis["width"] * 7_300_000 / 21_600_000, abs=1.5)
    assert bar["width"] >= 1.5


@pytest.mark.parametrize("size", [DESKTOP, TABLET, PHONE], ids=["desktop", "tablet", "phone"])
def test_six_analyses_stand_one_below_the_other_over_one_axis_with_shots_and_cues_last(
    opened: Opened, size: ViewportSize
) -> None:
    opened.page.set_viewport_size(size)
    anchor = "#video-7"
    groups = opened.page.locator(f"{anchor} .group").all()
    boxes = [box for group in groups if (box := group.bounding_box()) is not None]
    assert len(boxes) == len(Analysis)
    assert all(one["y"] + one["height"] <= other["y"] + 0.5 for one, other in pairwise(boxes))
    assert groups[-1].get_attribute("aria-label") == "shots and cues"
    axes = {(round(box["left"]), round(box["right"])) for box in opened.boxes(".bars, .scale, .axis", anchor)}
    # A bar at either end may stand out by its border.
    assert max(left for left, _ in axes) - min(left for left, _ in axes) <= 2
    assert max(right for _, right in axes) - min(right for _, right in axes) <= 2


@pytest.mark.parametrize("size", [DESKTOP, TABLET, PHONE], ids=["desktop", "tablet", "phone"])
def test_black_frames_stand_where_the_times_say(opened: Opened, size: ViewportSize) -> None:
    opened.page.set_viewport_size(size)
    axis = opened.page.locator("#video-7 .axis").bounding_box()
    assert axis is not None
    black = opened.page.locator("#video-7 .ruler .lane", has_text="Black frames").locator("rect").all()
    boxes = [box for bar in black if (box := bar.bounding_box()) is not None]
    for (start_ms, end_ms), box in zip([(3_000, 4_000), (295_000, 297_200), (596_000, 600_000)], boxes, strict=True):
        assert box["x"] == pytest.approx(axis["x"] + axis["width"] * start_ms / 600_000, abs=1.5)
        assert box["x"] + box["width"] >= axis["x"] + axis["width"] * end_ms / 600_000 - 1.5
        assert box["height"] == pytest.approx(13, abs=1.5)
    marks = opened.page.locator("#video-7 .marks path").bounding_box()
    assert marks is not None
    # The first shot begins with the video. Half a line's width, in the picture's own units, counts as well.
    assert marks["x"] == pytest.approx(axis["x"], abs=6)
    assert axis["width"] * 0.9 < marks["width"] < axis["width"] + 12


def test_pointing_at_a_bar_tells_its_numbers(opened: Opened) -> None:
    def pointed_at(selector: str) -> str:
        bar = opened.page.locator(selector).first
        bar.scroll_into_view_if_needed()
        box = bar.bounding_box()
        assert box is not None
        at = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
        opened.page.mouse.move(*at)
        told: str = opened.page.evaluate(
            "at => document.elementFromPoint(...at).querySelector(':scope > title')?.textContent ?? ''", at
        )
        return told

    told = pointed_at("#video-1 .lane:nth-of-type(2) .bars > g > rect")
    assert told.endswith("Graphic Violence: 1:01.0 to 1:15.5, highest 98.7 %, mean 95.7 %, 29 samples")
    # Of many it tells of several together.
    assert re.fullmatch(
        r".+: 0:\d\d\.0 to \d:\d\d\.\d, highest .+ samples in \d+ segments", pointed_at("#video-2 .areas rect")
    )


def test_an_outline_fills_its_lane(opened: Opened) -> None:
    lane = opened.page.locator("#video-2 .bars").first.bounding_box()
    outline = opened.page.locator("#video-2 .outline path").first.bounding_box()
    assert lane is not None
    assert outline is not None
    assert outline["x"] == pytest.approx(lane["x"], abs=1.5)
    assert outline["width"] == pytest.approx(lane["width"], abs=3)
    assert outline["height"] == pytest.approx(24, abs=1)


@pytest.mark.parametrize("size", [DESKTOP, TABLET, PHONE], ids=["desktop", "tablet", "phone"])
def test_no_text_runs_into_another(opened: Opened, size: ViewportSize) -> None:
    opened.page.set_viewport_size(size)
    for anchor, _ in videos():
        labels = opened.boxes(".group h4, .label strong, .alert, .category span, .peak", anchor)
        assert labels
        assert overlapping(labels) == []
        assert overlapping(opened.boxes(".axis text", anchor)) == []
        assert overlapping(opened.boxes(".scale text, .about > *, .group:first-of-type h4", anchor)) == []
        assert overlapping(opened.boxes(".about > *", anchor)) == []
    assert overlapping(opened.boxes(".figures .value, .figures dt, .figures .more")) == []
    assert overlapping(opened.boxes(".legend span")) == []
    for table in ("endings", "verdicts", "labels", "flagged"):
        assert overlapping(opened.boxes(f".{table} tbody th, .{table} tbody td:not(:has(svg))")) == []


@pytest.mark.parametrize("size", [DESKTOP, TABLET, PHONE], ids=["desktop", "tablet", "phone"])
def test_the_page_is_never_wider_than_the_screen(opened: Opened, size: ViewportSize) -> None:
    opened.page.set_viewport_size(size)
    assert opened.page.evaluate("document.documentElement.scrollWidth") == size["width"]
    texts = opened.boxes("h1, h2, h3, h4, p, dd, th, td, .label, .peak, li")
    assert [box["text"] for box in texts if box["left"] < -0.5 or box["right"] > size["width"] + 0.5] == []


def test_a_row_leads_to_its_timeline_and_back_by_keyboard(opened: Opened) -> None:
    opened.page.locator(".flagged a").nth(2).focus()
    opened.page.keyboard.press("Enter")
    assert opened.page.evaluate("location.hash") == "#video-3"
    box = opened.page.locator("#video-3 h3").bounding_box()
    assert box is not None
    assert 0 <= box["y"] < DESKTOP["height"]
    opened.page.locator("#video-3 .about a").focus()
    opened.page.keyboard.press("Enter")
    assert opened.page.evaluate("location.hash") == "#video-3-row"


def test_tables_are_tables_to_a_screen_reader_on_a_phone_too(opened: Opened) -> None:
    opened.page.set_viewport_size(PHONE)
    table = opened.page.get_by_role("table").and_(opened.page.locator(".flagged"))
    assert table.get_by_role("columnheader").count() >= 4
    assert table.get_by_role("rowheader").count() == len(CONTENTS.flagged)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_can_be_read_by_day_and_by_night(opened: Opened, scheme: Any) -> None:
    opened.page.emulate_media(color_scheme=scheme)
    found = opened.page.evaluate(CONTRASTS)
    assert len(found) > 100
    grounds = {ground for _, _, ground in found}
    assert ("rgb(255, 255, 255)" in grounds) == (scheme == "light")
    assert [name for name, text, ground in found if contrast(text, ground) < 4.5] == []


def test_it_prints_on_a4_in_the_colours_of_the_day_with_no_timeline_cut(opened: Opened, tmp_path: Path) -> None:
    opened.page.emulate_media(media="print", color_scheme="dark")
    assert opened.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert opened.page.evaluate("getComputedStyle(document.querySelector('.timeline')).breakInside") == "avoid"
    assert opened.page.evaluate("getComputedStyle(document.body).printColorAdjust") == "exact"
    assert not opened.page.locator(".about a").first.is_visible()
    pdf = opened.page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True)
    sheets = re.findall(rb"/Type\s*/Page\b[^s]", pdf)
    assert 4 <= len(sheets) <= 9
    sizes = re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert sizes
    assert all((round(float(width)), round(float(height))) == (595, 842) for width, height in sizes)


def test_what_somebody_smuggled_in_would_not_be_fetched(opened: Opened) -> None:
    asked = len(opened.requests)
    assert opened.page.evaluate(SMUGGLED) == "img-src"
    assert len(opened.requests) == asked
    opened.page.reload()
