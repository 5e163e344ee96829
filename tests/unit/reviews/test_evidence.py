"""What was known of a video is copied: whole enough to judge by, bounded, and whatever has been deleted."""

import hashlib
from dataclasses import replace
from typing import Any

from reelsift.domain.analysis import Analysis
from reelsift.domain.dataset import AnalysisState, AnalysisStatus, DatasetHead, encode_dataset
from reelsift.domain.decision import canonical
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.policy import Verdict
from reelsift.domain.result import peak_members
from reelsift.domain.status import VideoStatus
from reelsift.domain.status_changes import judged
from reelsift.reviews.evidence import LONGEST_HEAD_BYTES, read_evidence
from support.decisions import NUDITY, VIDEO, verdict
from support.memory_stores import MemoryWork

VERDICT = verdict(Verdict.REVIEW)
ROW = judged(VideoStatus.new(VIDEO), VERDICT)


def stored(*reasons: Any, segments: int = 0) -> tuple[MemoryWork, bytes]:
    """A work bucket with the dataset of the verdict."""
    head = DatasetHead(
        video=VIDEO,
        duration_ms=2000,
        analyses={Analysis.CONTENT_MODERATION: AnalysisState(AnalysisStatus.SUCCEEDED, 1, "job-1", "7.0")},
        verdict="review",
        reasons=[peak_members(reason) for reason in reasons],
    )
    segment = {"label": "x" * 100, "start_ms": 0, "end_ms": 1}
    body = b"".join(encode_dataset(head, [[segment] * segments]))
    work = MemoryWork()
    work.objects[VERDICT.dataset_key] = body
    return work, body


async def test_the_evidence_has_labels_with_their_times_the_models_and_the_digest_of_what_it_is_from() -> None:
    peak = replace(NUDITY, ranges_ms=((1000, 2000), (3000, 3500)))
    work, body = stored(peak, segments=5000)
    evidence = await read_evidence(ROW, work)
    assert evidence is not None
    assert evidence["reasons"][0]["ranges_ms"] == [[1000, 2000], [3000, 3500]]
    assert (evidence["reasons"][0]["max_confidence"], evidence["reasons"][0]["peak_ms"]) == (98.0, 1500)
    assert evidence["analyses"] == {"content_moderation": {"attempt": 1, "job_id": "job-1", "model_version": "7.0"}}
    assert evidence["dataset"] == {"key": VERDICT.dataset_key, "sha256": hashlib.sha256(body).hexdigest()}
    assert (evidence["verdict"], evidence["policy"], evidence["epoch"]) == ("review", "policy", 0)


async def test_where_the_dataset_was_deleted_the_row_says_what_it_knows() -> None:
    evidence = await read_evidence(ROW, MemoryWork())
    assert evidence is not None
    assert evidence["dataset"] is None
    assert (evidence["reasons"][0]["label"], evidence["reasons"][0]["ranges_ms"]) == ("Explicit Nudity", [])


async def test_the_evidence_is_bounded_whatever_was_found() -> None:
    """So that a decision fits into its row, of which DynamoDB takes 400 KB."""
    long = replace(
        NUDITY, label="\x00" * 5000, parents=("p" * 500,) * 50, ranges_ms=tuple((n, n + 1) for n in range(2_000))
    )
    work, _ = stored(*[long] * 25)
    evidence = await read_evidence(ROW, work)
    assert evidence is not None
    assert len(evidence["reasons"]) == 20
    assert (len(evidence["reasons"][0]["ranges_ms"]), evidence["reasons"][0]["ranges"]) == (10, 2_000)
    assert len(canonical(evidence)) < 100_000


async def test_a_head_that_is_too_long_to_be_held_is_not() -> None:
    work, body = stored(replace(NUDITY, label="x" * (LONGEST_HEAD_BYTES + 1_000_000)))
    evidence = await read_evidence(ROW, work)
    assert evidence is not None
    assert evidence["dataset"]["sha256"] == hashlib.sha256(body).hexdigest()
    assert evidence["reasons"][0]["label"] == "Explicit Nudity"


async def test_what_failed_says_why_and_what_nobody_has_looked_at_says_nothing() -> None:
    assert await read_evidence(VideoStatus.new(VIDEO), MemoryWork()) is None
    failed = replace(VideoStatus.new(VIDEO), failure=Failure(Reason.TOO_LARGE, "11 GB"))
    assert await read_evidence(failed, MemoryWork()) == {"failure": {"reason": "too_large", "message": "11 GB"}}
