"""The outcome of a line: concluded from its jobs, once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reelsift.domain.failure import Reason
from reelsift.domain.job import Job, is_news
from reelsift.domain.line import Line, LineId, OutcomeStatus
from reelsift.domain.video import ObjectRef


@dataclass(frozen=True, slots=True)
class Outcome:
    """A line's final result, as reports state it.

    `billed_ms` is the video time this line paid for: 0 where another line's analysis was shared. `reason` and
    `message` are empty for a plain success. `peak_confidence` is 0-100.
    """

    id: LineId
    ref: ObjectRef
    status: OutcomeStatus
    finished_ms: int
    reason: Reason | None = None
    message: str = ""
    video_id: str | None = None
    verdict: str | None = None
    peak_label: str | None = None
    peak_confidence: float | None = None
    billed_ms: int = 0


def failed(line_id: LineId, ref: ObjectRef, reason: Reason, message: str, *, now_ms: int) -> Outcome:
    """The outcome of a line that never met a job."""
    return Outcome(id=line_id, ref=ref, status=OutcomeStatus.FAILED, finished_ms=now_ms, reason=reason, message=message)


def conclude(line: Line, jobs: Sequence[Job], *, now_ms: int) -> Outcome | None:
    """The outcome of `line` from its jobs, or None while one of them has no result yet.

    FAILED where one failed; SKIPPED where every result is older than the line, so that nothing was done for it.
    """
    if not jobs or not all(job.has_result for job in jobs):
        return None
    video = jobs[0].video
    judged = next((job for job in jobs if job.verdict is not None), None)
    failures = [job.failure for job in jobs if job.failure is not None]
    # That the content is gone outweighs whatever else went wrong with it.
    failure = next((it for it in failures if it.reason is Reason.OBJECT_CHANGED), failures[0] if failures else None)
    if failure is not None:
        status, reason, message = OutcomeStatus.FAILED, failure.reason, failure.message
    elif any(is_news(job, line) for job in jobs):
        status, reason, message = OutcomeStatus.SUCCEEDED, None, ""
    else:
        status, reason = OutcomeStatus.SKIPPED, Reason.ALREADY_ANALYSED
        message = "this content was analysed before with the same settings; nothing was started or paid"
    return Outcome(
        id=line.id,
        ref=ObjectRef(video.bucket, video.key, line.ref.version_id or video.version_id, video.etag, video.size),
        status=status,
        finished_ms=now_ms,
        reason=reason,
        message=message,
        video_id=video.video_id,
        verdict=judged.verdict if judged else None,
        peak_label=judged.peak_label if judged else None,
        peak_confidence=judged.peak_confidence if judged else None,
        billed_ms=line.paid_ms + _paid_ms(line, jobs),
    )


def _paid_ms(line: Line, jobs: Sequence[Job]) -> int:
    """The video time that this line's own jobs have cost."""
    return sum(job.billed_ms for job in jobs if job.admitted_by == line.id)


def followed(line: Line, jobs: Sequence[Job]) -> Line:
    """The line as it is sent on after its object's content has changed: to whatever the object holds now."""
    return replace(
        line,
        ref=ObjectRef(line.ref.bucket, line.ref.key),
        moved=line.moved + 1,
        paid_ms=line.paid_ms + _paid_ms(line, jobs),
    )
