"""A video that a search has found, made of what found it."""

from dataclasses import dataclass, replace
from typing import Any

from reelsift.domain.analysis import Analysis
from reelsift.domain.job import Job, JobKey
from reelsift.domain.outcome import Outcome
from reelsift.domain.status import VideoStatus
from reelsift.domain.video_verdict import VideoVerdict


@dataclass(frozen=True, slots=True)
class FoundVideo:
    """A video, and a label it shows: the one that was asked for (a text that is to be read in it, a celebrity, a cue),
    else the one that its verdict was given for.

    `peak_confidence` is 0-100, `peak_ms` its time in the video where it is known; `at_ms` (epoch milliseconds) is when
    the result was fixed. `celebrity_id` is Rekognition's Id of the celebrity that was found. `words_left_out` counts
    the words of a video that was found by its text, by which it is not found.
    """

    video: str
    video_id: str
    verdict: str | None
    label: str | None
    peak_confidence: float | None
    peak_ms: int | None
    at_ms: int | None
    celebrity_id: str | None = None
    words_left_out: int = 0
    status: str | None = None
    """What may be done with it now."""


def of_video(row: VideoStatus, *, by_status: bool) -> FoundVideo | None:
    """What is found of a video as a whole; None where it was forgotten. Its time is that of what it was found by."""
    if row.video is None:
        return None
    verdict = row.verdict
    reason = verdict.reasons[0] if verdict is not None and verdict.reasons else None
    return FoundVideo(
        video=row.video.uri,
        video_id=row.video_id,
        verdict=None if verdict is None else verdict.verdict,
        label=reason.label if reason else None,
        peak_confidence=reason.max_confidence if reason else None,
        peak_ms=reason.peak_ms if reason else None,
        at_ms=row.changed_ms if by_status or verdict is None else verdict.judged_ms,
        status=row.status,
    )


def of_label(row: dict[str, Any], jobs: dict[JobKey, Job], known: VideoStatus | None) -> FoundVideo:
    """What is found by an item of what videos show. `known` is the row of its video."""
    verdict = None if known is None else known.verdict
    job = jobs.get(JobKey(row["video_id"], Analysis(row["analysis"])))
    return FoundVideo(
        video=row["video"],
        video_id=row["video_id"],
        verdict=verdict.verdict if verdict else None,
        label=row["label"],
        peak_confidence=float(row["peak_confidence"]),
        peak_ms=row["peak_ms"],
        at_ms=_found_ms(job, verdict),
        celebrity_id=row.get("celebrity_id"),
        words_left_out=row.get("words_left_out", 0),
        status=None if known is None else known.status,
    )


def _found_ms(job: Job | None, verdict: VideoVerdict | None) -> int | None:
    """When the result was fixed that shows it: a later attempt may be open, or have failed. The time of the verdict
    where the job does not tell.
    """
    answer = job.newest_answer if job is not None else None
    if answer is not None and answer.settled_ms is not None:
        return answer.settled_ms
    return verdict.judged_ms if verdict is not None else None


def of_outcome(
    outcome: Outcome, rows: dict[str, list[dict[str, Any]]] | None, known: VideoStatus | None
) -> list[FoundVideo]:
    """What is found by the line of a batch. `rows` are by video the items of what it is to show, None where nothing is
    asked for; `known` is the row of its video.
    """
    if outcome.video_id is None:
        return []
    plain = FoundVideo(
        video=outcome.ref.uri,
        video_id=outcome.video_id,
        verdict=outcome.verdict,
        label=outcome.peak_label,
        peak_confidence=outcome.peak_confidence,
        peak_ms=None,
        at_ms=outcome.finished_ms,
        status=None if known is None else known.status,
    )
    if rows is None:
        return [plain]
    return [
        replace(
            plain,
            label=row["label"],
            peak_confidence=float(row["peak_confidence"]),
            peak_ms=row["peak_ms"],
            celebrity_id=row.get("celebrity_id"),
            words_left_out=row.get("words_left_out", 0),
        )
        for row in rows.get(outcome.video_id, [])
    ]
