"""What an event says, held to its schema."""

import json
from dataclasses import replace

import pytest

from reelsift.domain.analysis import Analysis
from reelsift.domain.event import MOST_BYTES, Origin, status_changed
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.policy import Peak, Verdict
from reelsift.domain.status import By, Restriction, Status, StatusReason, VideoStatus
from reelsift.domain.status_changes import decided, failed, judged, newest_event
from reelsift.domain.video import Video
from reelsift.domain.video_verdict import Basis, VideoVerdict
from support.json_schema import problems

VIDEO = Video("videos", "a b/ü.mp4", "etag", version_id="v1", size=7)
ORIGIN = Origin("reelsift", "eu-west-1", "work")
GORE = Peak(Analysis.CONTENT_MODERATION, "Gore", ("Violence",), 96.5, 500, 80.0, ())
REJECT = VideoVerdict(
    VIDEO, Verdict.REJECT, (), Basis({Analysis.CONTENT_MODERATION: 1}, "policy"), (GORE,), judged_ms=5
)
ROW = replace(
    judged(VideoStatus.new(VIDEO), REJECT, duration_ms=2_000), context={"owner": "o-1"}, asked_by=("b", "list.csv:1")
)


def detail_of(row: VideoStatus) -> dict[str, object]:
    event = newest_event(row)
    assert event is not None
    said = status_changed(row, event, ORIGIN)
    assert len(said.detail.encode()) <= MOST_BYTES
    detail: dict[str, object] = json.loads(said.detail)
    assert problems(detail, "event.schema.json") == []
    assert detail["id"] == said.id
    return detail


def test_a_verdict_is_told_with_its_reasons_and_what_the_line_brought_along() -> None:
    assert detail_of(ROW) == {
        "schema": "reelsift.event/1",
        "id": f"{VIDEO.video_id}:1",
        "revision": 1,
        "deployment": "reelsift",
        "at_ms": 5,
        "video": {
            "video_id": VIDEO.video_id,
            "bucket": "videos",
            "key": "a b/ü.mp4",
            "version_id": "v1",
            "etag": "etag",
            "size": 7,
            "duration_ms": 2_000,
        },
        "status": "in_review",
        "by": {"kind": "policy", "digest": "policy", "epoch": 0},
        "cause": "verdict",
        "reasons": [
            {
                "analysis": "content_moderation",
                "label": "Gore",
                "parents": ["Violence"],
                "confidence": 96.5,
                "at_ms": 500,
            }
        ],
        "context": {"owner": "o-1"},
        "batch": "b",
        "line": "list.csv:1",
        "links": {
            "object": "https://console.aws.amazon.com/s3/object/videos?region=eu-west-1&prefix=a%20b%2F%C3%BC.mp4",
            "dataset": f"s3://work/{REJECT.dataset_key}",
        },
    }


@pytest.mark.parametrize("restriction", [None, Restriction(age=18, territories=("DE",), demote=True)])
def test_a_decision_is_told_with_its_reasons_and_its_restriction(restriction: Restriction | None) -> None:
    status = Status.RESTRICTED if restriction else Status.APPROVED
    reason = StatusReason(code="gore", label="Gore", confidence=96.5, at_ms=500)
    made = decided(ROW, status, number=1, by=By(person="p-1"), at_ms=9, restriction=restriction, reasons=[reason])
    detail = detail_of(made)
    assert (detail["revision"], detail["previous"], detail["cause"]) == (2, "in_review", "decision")
    assert detail["by"] == {"kind": "person", "pseudonym": "p-1"}
    assert detail.get("restriction") == (restriction.members() if restriction else None)
    assert detail["reasons"] == [reason.members()]


def test_a_failure_is_told_with_its_reason() -> None:
    row = VideoStatus.new(VIDEO)
    detail = detail_of(failed(row, Failure(Reason.TOO_LARGE, "11 GB"), video=VIDEO, policy=By("policy"), at_ms=1))
    assert (detail["status"], detail["reasons"]) == ("failed", [{"code": "too_large"}])


@pytest.mark.parametrize("row", [replace(ROW, sealed=True), replace(ROW, video=None)])
def test_of_a_sealed_or_forgotten_video_nothing_is_told_but_id_and_status(row: VideoStatus) -> None:
    assert detail_of(row) == {
        "schema": "reelsift.event/1",
        "id": f"{VIDEO.video_id}:1",
        "revision": 1,
        "video": {"video_id": VIDEO.video_id},
        "status": "in_review",
    }


def test_what_is_too_long_is_cut_and_says_so() -> None:
    row = decided(
        ROW,
        Status.RESTRICTED,
        number=1,
        by=By(person="p"),
        at_ms=9,
        restriction=Restriction(warning_label="w" * 100),
        reasons=[StatusReason(code=f"{number}", label="ü" * 200) for number in range(1_000)],
    )
    detail = detail_of(row)
    assert detail["truncated"] == ["reasons"]
    reasons = detail["reasons"]
    assert isinstance(reasons, list)
    assert 10 < len(reasons) < 1_000
    assert reasons[0]["code"] == "0"
    crowded = replace(row, context={str(number): "x" * 1_000 for number in range(300)})
    assert detail_of(crowded)["truncated"] == ["reasons", "context"]
    assert detail_of(ROW).get("truncated") is None


def test_names_that_no_utf8_holds_are_told() -> None:
    video = Video("videos", "\udcff.mp4", "etag")
    verdict = replace(REJECT, video=video)
    video_of = detail_of(judged(VideoStatus.new(video), verdict))["video"]
    assert isinstance(video_of, dict)
    assert video_of["key"] == "\udcff.mp4"
