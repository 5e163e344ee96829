import random
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.analysis import Analysis
from reelsift.domain.batch import BatchState, Counts
from reelsift.domain.failure import Reason
from reelsift.domain.filters import Filters
from reelsift.reports.contents import LabelShare
from reelsift.reports.page import render_page
from reelsift.reports.reason_words import explain
from reelsift.reports.timeline import LANES
from reelsift.reports.wording import LONGEST_LABEL
from support.report_sample import CREATED_MS, contents, flagged, realistic, segment, six_analyses

VOID = {"meta", "link", "br"}
STEP = "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"
FETCHED = {"src", "href", "xlink:href", "data", "action", "poster", "srcset", "background"}


class Page(HTMLParser):
    """A page as a browser takes it apart: tags that must be closed, text outside of style, attributes by tag."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag == "p" and self.open[-1] != "p":
            raise AssertionError(f"a paragraph ends within {self.open[-1]}")
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def of(tag: str, page: Page) -> list[dict[str, str | None]]:
    return [attributes for name, attributes in page.tags if name == tag]


def test_it_says_what_a_batch_came_to() -> None:
    text = Page(render_page(realistic())).text
    for words in (
        "uploads-october State Complete",
        "2026-11-01 08:07 UTC, after 5 h 41 min",
        "lines 12,480 all have ended",
        "succeeded 11,213 89.8 %",
        "failed 167 1.3 %",
        "to look at 423 75 reject, 348 review",
        "minutes paid for 20,742 of 10,930 lines",
        "estimated cost 2,074.20 USD of 2,500.00 USD at most",
        "shared analyses 283",
        "FAILED unsupported_codec 120",
        "Only objects in a sample of 5 % were taken.",
        "8,146 rows of the list became no line: 8,112 by their suffix, 34 by their size.",
        "And 415 more, less grave",
        "s3://uploads-work/reports/b-20261101-7f3a9c/",
    ):
        assert words in text


def test_it_needs_nothing_but_itself() -> None:
    html = render_page(realistic())
    page = Page(html)
    targets = [value for _, attributes in page.tags for name, value in attributes.items() if name in FETCHED and value]
    assert all(target.startswith(("#", "data:,")) for target in targets)
    assert not {"script", "img", "iframe", "object", "form"} & {tag for tag, _ in page.tags}
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert set(re.findall(r"url\((.)", html)) == {"#"}
    assert "@import" not in html
    assert {"http-equiv": "Content-Security-Policy"}.items() <= of("meta", page)[1].items()


def test_every_anchor_leads_somewhere_and_no_two_have_one_name() -> None:
    page = Page(render_page(realistic()))
    names = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(names) == len(set(names))
    links = [attributes["href"] or "" for attributes in of("a", page)]
    assert len(links) == 16
    assert {link.removeprefix("#") for link in links} <= set(names)
    labelled = {attributes["aria-labelledby"] for _, attributes in page.tags if "aria-labelledby" in attributes}
    assert labelled <= set(names)


def test_every_picture_is_described_or_hidden_from_whoever_cannot_see_it() -> None:
    page = Page(render_page(realistic()))
    pictures = [picture for picture in of("svg", page) if picture.get("class") != "outline"]
    assert len(pictures) > 50
    assert all(picture.get("aria-hidden") == "true" or picture.get("aria-label") for picture in pictures)
    described = [picture["aria-label"] or "" for picture in pictures if picture.get("role") == "img"]
    assert f"Violence {STEP} Weapons: 2 segments, seen for 37 s in all, highest 97.2 % at 0:58.0" in described


def test_every_table_tells_what_its_columns_and_rows_are() -> None:
    page = Page(render_page(realistic()))
    scopes = [heading.get("scope") for heading in of("th", page)]
    assert set(scopes) == {"col", "row"}
    assert (page.tags[0][0], page.tags[0][1]) == ("html", {"lang": "en"})


@given(st.text(st.characters(), max_size=40))
def test_no_name_brings_markup_or_what_is_not_seen_onto_the_page(name: str) -> None:
    hostile = f'<script>alert("{name}")</script>\n\u202e\udc80'
    video = flagged(hostile, [segment(hostile, 0, 500, parents=[hostile])], 1000, line=hostile, verdict=hostile)
    html = render_page(
        contents(
            batch={"name": hostile, "batch_id": hostile, "source": hostile, "held_because": hostile}
            | {"filters": Filters(globs=(hostile,)), "passed_over": ((hostile, 1),), "analyses": (hostile,)},
            deployment=hostile,
            location=hostile,
            endings={("FAILED", hostile): 1},
            labels=[LabelShare("labels", hostile, hostile, 1, 99.0)],
            flagged_total=1,
            flagged=[video],
        )
    )
    assert "script" not in {tag for tag, _ in Page(html).tags}
    assert "<script" not in html
    assert all(char.isprintable() or char == "\n" for char in html)
    html.encode()


def test_verdicts_that_hardly_a_video_has_are_told_only_where_one_has_them() -> None:
    assert not {"incomplete", "pending"} & set(Page(render_page(realistic())).texts)
    told = replace(realistic(), verdicts={"approve": 2, "incomplete": 1, "pending": 1})
    assert {"incomplete", "pending"} <= set(Page(render_page(told)).texts)


def test_an_empty_batch_has_a_page_too() -> None:
    text = Page(render_page(contents())).text
    assert "lines 0 all have ended" in text
    assert "No line has ended." in text
    assert "No video of this batch has to be looked at." in text
    assert "No video of this batch shows a label." in text
    assert "0.00 USD" in text
    assert "Timelines" not in text


def test_a_cancelled_batch_says_how_many_lines_were_left() -> None:
    text = Page(
        render_page(
            contents(
                batch={"stopped": Reason.CANCELLED},
                counts=Counts(succeeded=1, skipped=9),
                endings={("SUCCEEDED", ""): 1, ("SKIPPED", "cancelled"): 9},
            )
        )
    ).text
    assert "State Cancelled" in text
    assert "Cancelled. 9 lines were not analysed; what was started is reported." in text


def test_a_batch_that_reached_its_maximum_cost_says_which_and_how_many_lines_were_left() -> None:
    text = Page(
        render_page(
            contents(
                batch={"max_cost_micros": 5_000_000},
                counts=Counts(succeeded=1, skipped=1, cost_micros=4_999_000),
                endings={("SUCCEEDED", ""): 1, ("SKIPPED", "max_cost"): 1},
            )
        )
    ).text
    assert "The maximum cost of 5.00 USD allowed no more: 1 line was not analysed" in text


def test_a_batch_under_way_says_that_its_numbers_are_not_the_last() -> None:
    page = contents(
        batch={"state": BatchState.PAUSED, "total": 2000, "held_because": "600 of 1,000 lines failed"},
        counts=Counts(succeeded=400, failed=600),
    )
    text = Page(render_page(page)).text
    assert "State Paused" in text
    assert "Not over yet. When this page was written, 1,000 of 2,000 lines had ended." in text
    assert "It paused itself. 600 of 1,000 lines failed" in text
    assert "lines 2,000 1,000 have ended" in text
    assert " Over " not in text


def test_how_long_it_took_ends_when_it_ended() -> None:
    page = contents(batch={"state": BatchState.COMPLETE, "finished_ms": CREATED_MS + 90_000})
    assert "after 2 min" in Page(render_page(page)).text


def test_a_video_without_segments_says_so_and_has_no_picture() -> None:
    page = Page(render_page(contents(flagged_total=1, flagged=[flagged("s3://b/a.mp4", [], None)])))
    assert "No segments of this video are at hand." in page.text
    assert "not known" in page.text
    assert not [picture for picture in of("svg", page) if picture.get("role") == "img"]


def test_the_table_tells_when_the_label_that_decided_was_at_its_peak() -> None:
    segments = [segment("Weapons", 0, 500, 60.0), segment("Weapons", 7000, 9000, 91.0, peak_ms=8500)]
    video = flagged("s3://b/a.mp4", [*segments, segment("Person", 0, 9000, 99.0)], 9000)
    video = replace(video, peak_label="Weapons", peak_confidence=91.0)
    text = Page(render_page(contents(flagged_total=1, flagged=[video]))).text
    assert "s3://b/a.mp4 Weapons 91.0 % 0:08.5" in text


def test_it_is_the_peak_of_the_analysis_that_decided() -> None:
    segments = [segment("Smoking", 5000, 6000, 92.0), segment("Smoking", 40_000, 41_000, 99.0, analysis="labels")]
    video = flagged("s3://b/a.mp4", segments, 60_000, peak_analysis="content_moderation", peak_confidence=92.0)
    text = Page(render_page(contents(flagged_total=1, flagged=[video]))).text
    assert "s3://b/a.mp4 Smoking 92.0 % 0:05.0" in text


def test_a_label_of_another_analysis_than_moderation_is_told_with_it() -> None:
    labels = [LabelShare(analysis, "Smoking", "Smoking", 1, 99.0) for analysis in ("content_moderation", "labels")]
    text = Page(render_page(contents(labels=labels))).text
    assert text.count("Smoking (label detection)") == 1
    assert "Smoking (content moderation)" not in text


def test_bars_tell_label_time_confidences_and_samples() -> None:
    page = Page(
        render_page(
            contents(flagged_total=1, flagged=[flagged("s3://b/a.mp4", [segment("Weapons", 1000, 3500, 98.7)], 9000)])
        )
    )
    assert f"Violence {STEP} Weapons: 0:01.0 to 0:03.5, highest 98.7 %, mean 95.7 %, 5 samples" in page.text


def test_segments_that_were_left_out_are_counted() -> None:
    video = replace(flagged("s3://b/a.mp4", [segment("Weapons", 0, 500)], 9000), segments_left_out=1234)
    assert "1,234 segments less confident left out." in Page(render_page(contents(flagged=[video]))).text


def test_labels_beyond_those_shown_are_counted() -> None:
    labels = [LabelShare("content_moderation", f"Label {place}", "Violence", 100 - place, 99.0) for place in range(52)]
    text = Page(render_page(contents(labels=labels))).text
    assert "Label 39" in text
    assert "Label 40" not in text
    assert "And 12 more." in text


def test_a_picture_of_2000_segments_is_below_30_kb() -> None:
    labels = ("Weapons", "Violence", "Pills", "Smoking", "Corpses", "Drinking", "Alcohol", "Gambling") * 250
    segments = [
        segment(label, place * 1500, place * 1500 + 1000, 50 + place % 50) for place, label in enumerate(labels)
    ]

    def size(of_video: list[dict[str, object]]) -> int:
        return len(
            render_page(contents(flagged_total=1, flagged=[flagged("s3://b/a.mp4", of_video, 3_000_000)])).encode()
        )

    assert 5_000 < size(segments) - size([]) < 30_000
    few = [segment(label, place * 30_000, place * 30_000 + 1000) for place, label in enumerate(labels[:96])]
    assert 10_000 < size(few) - size([]) < 30_000


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_explained(reason: Reason) -> None:
    assert explain(reason).meaning.endswith(".")


def test_a_reason_of_a_newer_worker_is_shown_all_the_same() -> None:
    text = Page(render_page(contents(counts=Counts(failed=1), endings={("FAILED", "brand_new"): 1}))).text
    assert "FAILED brand_new 1 100.0 % The reason codes stand in operations.md." in text


def test_one_picture_has_all_analyses_with_shots_and_cues_below() -> None:
    video = flagged("s3://b/a.mp4", six_analyses(), 600_000, alerts=frozenset())
    page = Page(render_page(contents(flagged_total=1, flagged=[video])))
    headings = [attributes["aria-label"] for attributes in of("div", page) if attributes.get("role") == "group"]
    titles = [analysis.spec.title for analysis in Analysis if analysis is not Analysis.SEGMENTS]
    assert headings == [*titles, "shots and cues"]
    described = [picture["aria-label"] or "" for picture in of("svg", page) if picture.get("role") == "img"]
    assert len(described) == LANES + 5
    assert "141 shots" in described
    assert "Black frames: 3, 7 s in all" in described
    assert any(words.startswith("Face: 6 segments") and "up to 9 at once" in words for words in described)
    assert "A. Namesake Id 3Xy7bQ" in page.text
    assert re.search(rf"And \d+ labels more, less confident: \d+ of {Analysis.LABELS.spec.title}, \d+ of", page.text)


def test_a_long_text_is_cut_and_whatever_it_tries_is_shown_as_text() -> None:
    texts = ["W" * 3000, "\u202e<script>alert(1)</script>", "\x1b[2J"]
    found = [segment(text, 0, 500, analysis="text", parents=[]) for text in texts]
    html = render_page(contents(flagged_total=1, flagged=[flagged("s3://b/a.mp4", found, 1000)]))
    page = Page(html)
    assert "W" * (LONGEST_LABEL + 1) not in html
    assert "\\u202e<script>alert(1)</script>" in page.text
    assert "\\x1b[2J" in page.text
    assert "script" not in {tag for tag, _ in page.tags}


def test_a_picture_of_six_long_analyses_is_below_60_kb() -> None:
    dice = random.Random(5)
    found = [
        segment(f"{analysis} {place % 40}", place * 1000, place * 1000 + 700, round(dice.uniform(50, 100), 1))
        | {"analysis": analysis, "parents": []}
        for analysis in ("content_moderation", "labels", "text", "celebrities", "faces", "segments")
        for place in range(3_000)
    ]
    without = len(render_page(contents(flagged_total=1, flagged=[flagged("s3://b/a.mp4", [], 3_000_000)])))
    assert (
        len(render_page(contents(flagged_total=1, flagged=[flagged("s3://b/a.mp4", found, 3_000_000)]))) - without
        < 60_000
    )
