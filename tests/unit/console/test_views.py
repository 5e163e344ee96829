"""What reviewers are shown of a video, and what they are not."""

from typing import Any

import pytest

from reelsift.console.reviewing.dataset import Dataset
from reelsift.console.reviewing.disguise import disguise, visible, with_hidden
from reelsift.console.reviewing.media import is_playable
from reelsift.console.reviewing.queues import merged
from reelsift.console.reviewing.reasons_view import TAKEN_FOR_REASONS, peak_list, reason_members, shown_reasons
from reelsift.console.reviewing.training import Training
from reelsift.domain.handling import Handling
from reelsift.domain.policy import Verdict
from reelsift.domain.reason_catalogue import ReasonCatalogue
from reelsift.domain.review_item import Claim, ItemCause, new_item
from reelsift.domain.status import VideoStatus
from reelsift.domain.status_changes import judged
from reelsift.queries.review_queues import QueueState
from reelsift.reviews.claims import Claimed
from support.reviewing import peak, verdict, video


def segment(
    label: str, confidence: float, *parents: str, at_ms: int = 1000, analysis: str = "content_moderation"
) -> Any:
    return {
        "analysis": analysis,
        "label": label,
        "parents": list(parents),
        "start_ms": at_ms - 500,
        "end_ms": at_ms + 500,
        "max_confidence": confidence,
        "peak_ms": at_ms,
    }


def claimed(cause: ItemCause, made: Verdict, *beside: ItemCause) -> Claimed:
    row = judged(VideoStatus.new(video()), verdict(made, peak(), of=video()))
    item = new_item(row, cause, Handling(due_hours={"samples": 500.0}), now_ms=1, probability=0.1)
    others = tuple(new_item(row, other, Handling(), now_ms=1) for other in beside)
    return Claimed(Claim(row.video_id, "c", item.name, "p", "b", 0, 1, 1), item, row, others)


def test_an_approval_that_is_looked_at_all_the_same_looks_as_if_it_waited_for_a_verdict() -> None:
    slow = Handling(due_hours={"samples": 500.0})
    sampled = disguise(claimed(ItemCause.SAMPLE, Verdict.APPROVE, ItemCause.REQUESTED), slow)
    usual = disguise(claimed(ItemCause.VERDICT, Verdict.REVIEW, ItemCause.REQUESTED, ItemCause.SAMPLE), slow)
    for shown in (sampled, usual):
        assert (shown.item.cause, shown.item.name, shown.item.queue) == (ItemCause.VERDICT, "verdict", "default")
        assert str(shown.row.status) == "in_review"
        assert shown.row.verdict is not None
        assert shown.row.verdict.verdict is Verdict.REVIEW
        assert [item.cause for item in shown.others] == [ItemCause.REQUESTED]
    assert sampled.item.probability is None
    assert sampled.item.due_ms == usual.item.due_ms


def test_what_is_disguised_is_given_and_counted_with_the_common_queue() -> None:
    assert visible(["samples", "second_opinions", "violence"]) == ["default", "violence"]
    assert with_hidden(["default"]) == ["default", "samples"]
    assert with_hidden(["violence"]) == ["violence"]
    states = [
        QueueState("samples", waiting=3, more=True, oldest_ms=5, next_due_ms=50),
        QueueState("violence", waiting=1),
        QueueState("second_opinions", waiting=2, past_due=1),
    ]
    assert merged(states) == [
        QueueState("default", waiting=5, more=True, past_due=1, oldest_ms=5, next_due_ms=50),
        QueueState("violence", waiting=1),
    ]


def test_of_what_is_disguised_the_strongest_labels_stand_for_reasons() -> None:
    segments = [segment(f"L{number}", 10.0 + number, "Top") for number in range(5)]
    dataset = Dataset(segments=[*segments, segment("Top", 14.0), segment("Dog", 99.0, analysis="labels")])
    shown = shown_reasons(dataset, disguised=True)
    # The parent says no more than its label, and other analyses name nothing that is wrong.
    assert [reason["label"] for reason in shown] == ["L4", "L3", "L2"]
    assert len(shown) == TAKEN_FOR_REASONS
    assert shown_reasons(dataset, disguised=False) == ()
    assert [each["above_threshold"] for each in peak_list(shown, dataset)] == [False, False, True, True, True]


def test_a_reason_says_for_how_long_and_what_was_read() -> None:
    reason = {
        **segment("insult", 90.0, analysis="text"),
        "ranges_ms": [[0, 2000], [5000, 6500]],
    }
    read = [segment("YOU F00L", 90.0, at_ms=1000, analysis="text"), segment("later", 90.0, at_ms=9000, analysis="text")]
    (members,) = reason_members([reason], Dataset(segments=read))
    assert (members["segments"], members["seconds"], members["words"]) == (2, 3.5, ["YOU F00L"])
    assert (members["start_ms"], members["end_ms"]) == (0, 6500)


def test_a_label_that_would_forge_a_line_is_escaped() -> None:
    reason = {**segment("a\nb\u202e" + "x" * 500, 90.0), "ranges_ms": []}
    (members,) = reason_members([reason], Dataset())
    assert members["label"].startswith("a\\nb\\u202e")
    assert len(members["label"]) == 200


@pytest.mark.parametrize(
    ("content_type", "key", "playable"),
    [
        ("video/mp4", "a", True),
        ("video/mp4; codecs=avc1", "a.avi", True),
        ("binary/octet-stream", "a.MP4", True),
        ("", "a.mkv", False),
        ("video/x-msvideo", "a.mp4", False),
    ],
)
def test_what_a_browser_plays_is_told_by_type_and_only_then_by_name(
    content_type: str, key: str, *, playable: bool
) -> None:
    assert is_playable(content_type, key) is playable


def test_each_training_item_has_an_answer_of_the_built_in_catalogue() -> None:
    for item in Training.built_in().items:
        ReasonCatalogue.built_in().reasons(item.reasons)
        assert bool(item.reasons) == (item.expected == "reject")
        assert item.members(0)["peaks"]
