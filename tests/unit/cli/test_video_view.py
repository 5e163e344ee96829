"""What people see of one video below its timeline."""

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from reelsift.cli.video_view import SEGMENTS_SHOWN, show_video
from reelsift.domain.analysis import Analysis
from reelsift.domain.dataset import AnalysisState, AnalysisStatus, DatasetHead
from support.report_sample import segment, six_analyses

OPEN, DONE = AnalysisState(AnalysisStatus.OPEN, 1), AnalysisState(AnalysisStatus.SUCCEEDED, 1)


def shown(segments: list[dict[str, Any]], **members: Any) -> str:
    analyses = members.pop("analyses", {Analysis.CONTENT_MODERATION: DONE})
    file = StringIO()
    console = Console(file=file, width=80, no_color=True)
    alerts_known = members.pop("alerts_known", True)
    head = DatasetHead(video=None, duration_ms=600_000, analyses=analyses, **members)
    show_video(console, head, [segments], alerts_known=alerts_known)
    return file.getvalue()


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"verdict": "review"}, "verdict: review\nalerts:"),
        ({"verdict": "incomplete", "missing": ["text"]}, "verdict: incomplete, the policy needs an answer of text\n"),
        ({"analyses": {Analysis.CONTENT_MODERATION: DONE, Analysis.TEXT: OPEN}}, "verdict: none yet, text is open\n"),
        ({}, "verdict: none\n"),
    ],
)
def test_the_verdict_says_what_it_lacks(members: dict[str, Any], words: str) -> None:
    assert words in shown([segment("Weapons", 0, 500)], **members)


def test_a_verdict_says_what_it_was_given_for() -> None:
    peaks = [{"label": "Weapons"}, {"label": "\x1b[2J" + "x" * 300}]
    text = shown([segment("Weapons", 0, 500)], verdict="review", reasons=peaks)
    words = " ".join(text.split())
    assert "reasons: Weapons, \\x1b[2Jxxx" in words
    assert "xxx… alerts: none" in words
    assert "x" * 300 not in words


def test_namesakes_among_the_reasons_are_told_apart_and_unknown_alerts_are_not_said_to_be_none() -> None:
    peaks = [{"label": "Ana", "id": "1SK7cR8M"}, {"label": "Ana", "id": "2ab"}]
    assert "reasons: Ana (Id 1SK7cR8M), Ana (Id 2ab)\n" in shown([], verdict="review", reasons=peaks)
    assert "alerts:  not known\n" in shown([], verdict="review", alerts_known=False)


def test_the_table_has_some_of_each_analysis_and_counts_the_others() -> None:
    found = six_analyses()
    text = shown(found)
    assert f"and {len(found) - SEGMENTS_SHOWN} segments more, less confident: --json has them all" in text
    assert "A. Namesake, Id 9Kw2mT" in text
    assert text.count("BlackFrames") == 3


def test_a_video_in_which_nothing_was_seen_has_no_picture_and_no_table() -> None:
    assert shown([], verdict="approve") == (
        "content_moderation: nothing was detected\nverdict: approve\nalerts:  none\n"
    )
