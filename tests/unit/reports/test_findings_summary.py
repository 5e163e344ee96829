import json
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain import taxonomy
from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Reason
from reelsift.domain.line import LineId, OutcomeStatus
from reelsift.domain.outcome import Before, Outcome, TopLabel
from reelsift.domain.video import ObjectRef
from reelsift.reports.contents import LabelShare, Move
from reelsift.reports.findings_summary import FLAGGED_KEPT, FindingsSummary
from reelsift.reports.report_line import ReportLine

LABELS = st.lists(
    st.builds(
        TopLabel,
        st.sampled_from([Analysis.CONTENT_MODERATION, Analysis.LABELS]),
        st.sampled_from(["Weapons", "Smoking", "Kissing"]),
        st.floats(50, 100),
    ),
    max_size=2,
    unique_by=lambda label: (label.analysis, label.label),
)


def line(
    number: int,
    verdict: str | None = None,
    confidence: float | None = None,
    video: int | None = None,
    **members: Any,
) -> ReportLine:
    outcome = Outcome(
        id=LineId("b", f"m.csv:{number}", 0),
        ref=ObjectRef("videos", f"{number}.mp4"),
        status=OutcomeStatus.SUCCEEDED,
        finished_ms=1,
        verdict=verdict,
        peak_confidence=confidence,
        video_id=f"{number if video is None else video:040x}" if verdict else None,
    )
    return ReportLine(replace(outcome, **members), outcome.ref)


@st.composite
def some_lines(draw: st.DrawFn) -> list[ReportLine]:
    """Lines of videos that are all different."""
    return [
        line(
            number,
            draw(st.sampled_from([None, "approve", "review", "reject"])),
            draw(st.floats(50, 100)),
            top_labels=tuple(draw(LABELS)),
            status=draw(st.sampled_from(OutcomeStatus)),
            before=draw(st.sampled_from([None, Before(), Before("approve", "approved")])),
        )
        for number in range(draw(st.integers(0, 12)))
    ]


@given(some_lines(), st.integers(0, 12))
def test_where_the_chunks_were_cut_changes_nothing(lines: list[ReportLine], place: int) -> None:
    whole = FindingsSummary.of_lines(lines)
    added = FindingsSummary()
    for part in (lines[:place], lines[place:]):
        stored = json.loads(json.dumps(FindingsSummary.of_lines(part).members()))
        added.add(FindingsSummary.parse(stored))
    assert added == whole


def test_lines_are_counted_by_status_and_reason() -> None:
    lines = [line(1), line(2), line(3, status=OutcomeStatus.FAILED, reason=Reason.TOO_LARGE)]
    assert FindingsSummary.of_lines(lines).endings == {("SUCCEEDED", ""): 2, ("FAILED", "too_large"): 1}


def test_an_incomplete_video_is_to_be_looked_at_and_one_whose_verdict_is_to_come_is_not_yet() -> None:
    summary = FindingsSummary.of_lines(
        [line(1, "pending"), line(2, "incomplete"), line(3, "review"), line(4, "approve")]
    )
    assert [video.verdict for video in summary.flagged] == ["review", "incomplete"]
    assert summary.verdicts["pending"] == 1


def test_a_video_named_twice_has_one_verdict_a_line_but_shows_its_labels_once() -> None:
    weapons = TopLabel(Analysis.CONTENT_MODERATION, "Weapons", 99.0)
    lines = [line(number, "reject", 99.0, video=7, top_labels=(weapons,)) for number in (1, 2)]
    summary = FindingsSummary.of_lines(lines)
    assert summary.verdicts == {"reject": 2}
    assert (summary.flagged_total, [video.line for video in summary.flagged]) == (1, ["m.csv:1"])
    assert summary.label_shares() == [LabelShare("content_moderation", "Weapons", "Violence", 1, 99.0)]


def test_a_video_that_stands_in_two_chunks_is_shown_once() -> None:
    summary = FindingsSummary.of_lines([line(1, "review", 80.0, video=7)])
    summary.add(FindingsSummary.of_lines([line(2, "review", 80.0, video=7), line(3, "review", 70.0)]))
    assert summary.flagged_total == len(summary.flagged) == 2


def test_the_gravest_are_kept_however_many_there_are() -> None:
    summary = FindingsSummary()
    for chunk in range(3):
        lines = [line(number, "review", 60.0) for number in range(chunk * 150, chunk * 150 + 150)]
        lines += [line(1000 + chunk, "reject", 50.0 + chunk)]
        summary.add(FindingsSummary.of_lines(lines))
    assert len(summary.flagged) == FLAGGED_KEPT
    assert summary.flagged_total == 453
    assert [video.line for video in summary.flagged[:4]] == ["m.csv:1002", "m.csv:1001", "m.csv:1000", "m.csv:0"]


def test_a_name_that_two_analyses_use_is_two_labels() -> None:
    found = (TopLabel(Analysis.CONTENT_MODERATION, "Smoking", 92.0), TopLabel(Analysis.LABELS, "Smoking", 99.0))
    summary = FindingsSummary.of_lines([line(1, "review", 92.0, top_labels=found)])
    category = taxonomy.category(taxonomy.path("Smoking", None))
    assert summary.label_shares() == [
        LabelShare("labels", "Smoking", "Smoking", 1, 99.0),
        LabelShare("content_moderation", "Smoking", category, 1, 92.0),
    ]


def test_of_a_re_evaluation_it_counts_who_got_another_verdict_or_status() -> None:
    approved = Before("approve", "approved")
    summary = FindingsSummary.of_lines(
        [
            line(1, "review", before=approved, video_status="in_review"),
            line(2, "review", before=approved, video_status="in_review"),
            line(3, "reject", before=approved, video_status="approved"),
            line(4, "approve", before=approved, video_status="approved"),
            line(5, "approve", before=Before(), video_status="approved"),
            line(6, "approve", video_status="approved"),
        ]
    )
    assert summary.moved == {
        Move("approve", "review", "approved", "in_review"): 2,
        Move("approve", "reject", "approved", "approved"): 1,
        Move("", "approve", "", "approved"): 1,
    }


def test_a_part_of_an_earlier_version_says_nothing_of_moves() -> None:
    members = FindingsSummary.of_lines([line(1, "review")]).members()
    del members["moved"]
    assert FindingsSummary.parse(members).moved == {}
