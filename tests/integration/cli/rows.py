"""Rows as workers leave them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from reelsift.aws.deployment import Deployment
from reelsift.domain.analysis import Analysis
from reelsift.domain.batch import Batch
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.job import RESULT_STATES, Job, JobState
from reelsift.domain.labels import summarise
from reelsift.domain.line import LineId, OutcomeStatus
from reelsift.domain.outcome import Outcome
from reelsift.domain.policy import Peak, Verdict
from reelsift.domain.result import encode_result
from reelsift.domain.segments import Segment
from reelsift.domain.video import ObjectRef, Video
from reelsift.domain.video_verdict import Basis, VideoVerdict
from reelsift.manifests.chunks import ChunkWriter
from reelsift.manifests.manifest_row import GoodRow
from support.jobs import change_job, make_job, write_jobs
from support.reviews import write_verdict

NOW_MS = 1_780_000_000_000

LATELY = ("--since", f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}")
"""For commands that read what was decided in the last 90 days, 1,500 queries, where two days hold all of it."""


async def make_batch(deployment: Deployment, batch_id: str, keys: Sequence[str], *, chunk_lines: int = 3) -> Batch:
    """A submitted batch of `list.csv`, its chunks smaller than usual, and nothing done yet."""
    writer = ChunkWriter(limit=chunk_lines)
    rows = [GoodRow(row, ObjectRef("videos", key)) for row, key in enumerate(keys, 1)]
    files = list(writer.add("list.csv", rows))
    last = writer.close()
    files += [last] if last else []
    batch = Batch(batch_id, "July", "list.csv", created_ms=NOW_MS, total=len(keys), chunks=len(files), due_at_ms=NOW_MS)
    await deployment.batches.create(batch)
    for file in files:
        chunk = replace(batch.chunk(file.number, NOW_MS), total=file.lines)
        assert chunk.source_key is not None
        await deployment.work.put(chunk.source_key, file.body, "application/gzip")
        await deployment.chunks.add(chunk)
    return batch


def outcome(
    batch_id: str, row: int, status: OutcomeStatus = OutcomeStatus.SUCCEEDED, *, chunk_lines: int = 3, **members: Any
) -> Outcome:
    """What became of a row of `list.csv`."""
    return Outcome(
        id=LineId(batch_id, f"list.csv:{row}", (row - 1) // chunk_lines),
        ref=ObjectRef("videos", f"{row}.mp4"),
        status=status,
        finished_ms=NOW_MS + row,
        reason=Reason.OBJECT_MISSING if status is OutcomeStatus.FAILED else None,
        **members,
    )


def job(video: Video, state: JobState = JobState.CLOSED, **members: Any) -> Job:
    """A moderation job unless `members` say otherwise."""
    plain = make_job(
        video=video,
        analysis=Analysis.CONTENT_MODERATION,
        attempt=1,
        state=state,
        by=LineId("b", "list.csv:1", 0),
        model_settings="min_confidence=50",
        created_ms=NOW_MS,
        settled_ms=NOW_MS + 1_000 if state in RESULT_STATES else None,
        due_at_ms=None if state is JobState.CLOSED else NOW_MS,
    )
    return change_job(plain, **members)


def failed_job(video: Video, **members: Any) -> Job:
    return job(video, failure=Failure(Reason.UNSUPPORTED_CODEC, "Unsupported codec/format."), **members)


def segment(label: str, confidence: float, start_ms: int = 500, end_ms: int = 1500, **members: Any) -> Segment:
    """A segment of a moderation label unless `members` say otherwise."""
    plain = Segment(
        analysis=Analysis.CONTENT_MODERATION,
        label=label,
        parents=(),
        start_ms=start_ms,
        end_ms=end_ms,
        samples=2,
        max_confidence=confidence,
        mean_confidence=confidence - 1,
        peak_ms=start_ms,
    )
    return replace(plain, **members)


async def analysed(
    deployment: Deployment, job: Job, segments: Sequence[Segment], verdict: Verdict | None = None
) -> None:
    """A job with its result, its labels and its row, and the verdict of its video where it has one, as the collector
    and the closer leave them.
    """
    document = {
        "video": job.video.uri,
        "video_id": job.key.video_id,
        "analysis": str(job.analysis),
        "attempt": job.attempt,
        "duration_ms": 10_000,
        "job_id": job.start.job_id,
        "model_version": job.result.model_version,
    }
    assert job.result.result_key is not None
    await deployment.work.put(job.result.result_key, encode_result(document, segments), "application/json")
    await deployment.labels.put(job, summarise(segments), now_ms=NOW_MS)
    await write_jobs(deployment, job)
    if verdict is not None:
        await judged(deployment, job, verdict)


async def judged(deployment: Deployment, job: Job, verdict: Verdict) -> None:
    """The verdict of a job's video, given for the job's strongest label where it is no approval."""
    reason = Peak(
        job.analysis,
        job.result.peak_label or "",
        (),
        job.result.peak_confidence or 0,
        peak_ms=0,
        threshold=0,
        ranges_ms=(),
    )
    row = VideoVerdict(
        video=job.video,
        verdict=verdict,
        missing=(),
        basis=Basis({job.analysis: job.attempt}, "policy"),
        reasons=() if verdict is Verdict.APPROVE else (reason,),
        judged_ms=job.times.settled_ms or 0,
    )
    await deployment.work.put(row.dataset_key, encode_result({"alerts": []}, []), "application/json")
    await write_verdict(deployment.reviews, row)
