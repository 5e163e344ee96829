"""One dataset a video: what all analyses of it found, and what the policy makes of that, as one JSON document.

Other programs read it, so its form is a promise: `docs/reference/video-dataset.schema.json`. What it is made of decides
its bytes; nothing in it tells when it was made.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from heapq import merge
from typing import Any, NamedTuple

from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Failure
from reelsift.domain.job import Job
from reelsift.domain.result import encode_lines, place_in_order
from reelsift.domain.video import ObjectRef, Video

SCHEMA = "reelsift.video-dataset/1"
"""Names the form. Within it members are only ever added; the number changes where one changes its meaning or goes."""


class AnalysisStatus(StrEnum):
    """How far one analysis of a video is."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """It has ended without an answer; `failure` says why."""
    OPEN = "open"
    """It waits, runs or is being read: what it finds is not in the document yet."""
    TRUNCATED = "truncated"
    """The last page of its recorded answer is not there, so neither is what that shows."""


class LeftOut(NamedTuple):
    """How many detections were not kept, and the confidence (0-100) that all of them lie below."""

    detections: int
    below: float


@dataclass(frozen=True, slots=True)
class AnalysisState:
    """One analysis of a video. `attempt` and `job_id` are None where a recorded answer does not tell them. `newer` is a
    later attempt that is open or has failed: what this one found stands meanwhile. `left_out` are the detections of a
    recorded answer that were not kept.
    """

    status: AnalysisStatus
    attempt: int | None = None
    job_id: str | None = None
    model_version: str | None = None
    failure: Failure | None = None
    newer: "AnalysisState | None" = None
    left_out: LeftOut | None = None

    @classmethod
    def of(cls, job: Job) -> "AnalysisState":
        """Where a job stands. Its failure counts once it is the result: before that another attempt is due."""
        if not job.has_result:
            status = AnalysisStatus.OPEN
        else:
            status = AnalysisStatus.SUCCEEDED if job.result.failure is None else AnalysisStatus.FAILED
        failure = job.result.failure if status is AnalysisStatus.FAILED else None
        return cls(status, job.attempt, job.start.job_id, job.result.model_version, failure)

    def members(self) -> dict[str, Any]:
        """As JSON; `failure` is there only where the analysis failed, `newer` only where there is a later attempt, and
        `left_out` only where something was.
        """
        told: dict[str, Any] = {
            "status": str(self.status),
            "attempt": self.attempt,
            "job_id": self.job_id,
            "model_version": self.model_version,
        }
        if self.failure is not None:
            told["failure"] = {"reason": str(self.failure.reason), "message": self.failure.message}
        if self.newer is not None:
            told["newer"] = self.newer.members()
        if self.left_out is not None:
            told["left_out"] = {"detections": self.left_out.detections, "below": self.left_out.below}
        return told


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetHead:
    """All of a video's dataset but its segments.

    `video` is None where recorded answers do not name it; `duration_ms` is its length in milliseconds, `frame_rate` its
    frames a second. `verdict` is the policy's, None where there is none (yet); `missing` are the analyses that the
    policy needs and has no answer of. `basis` says what the verdict rests on; `reasons` are the labels it was given for
    and `alerts` those that passed the alert threshold, as `domain.result.peak_members` has them. `status` is what may
    be done with the video and why, where that is told: it does not follow from the rest, and changes without it. Of a
    video that was forgotten, `video_id` is told without its `video`, and `forgotten` is what is left of its status.
    """

    video: Video | ObjectRef | None
    duration_ms: int | None
    analyses: Mapping[Analysis, AnalysisState]
    verdict: str | None = None
    missing: Sequence[Analysis] = ()
    basis: Mapping[str, Any] | None = None
    reasons: Sequence[Mapping[str, Any]] = ()
    alerts: Sequence[Mapping[str, Any]] = ()
    status: Mapping[str, Any] | None = None
    video_id: str | None = None
    forgotten: Mapping[str, Any] | None = None
    frame_rate: float | None = None

    def members(self) -> dict[str, Any]:
        """As JSON, in the order of the document."""
        return {
            "schema": SCHEMA,
            "video": _video_members(self.video, self.video_id, self.duration_ms)
            | ({} if self.frame_rate is None else {"frame_rate": self.frame_rate}),
            "analyses": {
                str(analysis): self.analyses[analysis].members() for analysis in Analysis if analysis in self.analyses
            },
            "verdict": self.verdict,
            "missing": [str(analysis) for analysis in self.missing],
            "basis": self.basis,
            "reasons": list(self.reasons),
            "alerts": list(self.alerts),
            **({} if self.status is None else {"status": self.status}),
            **({} if self.forgotten is None else {"forgotten": self.forgotten}),
        }


def encode_dataset(head: DatasetHead, results: Sequence[Iterable[Mapping[str, Any]]]) -> Iterator[bytes]:
    """The document, piece by piece: one JSON object in ASCII. Its first line is all but its segments, and these have a
    line each.

    `results` are the segments of each analysis as JSON, in the order in which results hold them, such as
    `domain.result.read_segments` reads them: they are merged as they are read, and few of them are held at a time.
    """
    return encode_lines(head.members(), merge(*results, key=place_in_order))


def _video_members(video: Video | ObjectRef | None, video_id: str | None, duration_ms: int | None) -> dict[str, Any]:
    if video is None:
        names = ("video_id", "uri", "bucket", "key", "version_id", "etag", "size")
        return dict.fromkeys(names) | {"video_id": video_id, "duration_ms": duration_ms}
    return {
        "video_id": video.video_id if isinstance(video, Video) else None,
        "uri": video.uri,
        "bucket": video.bucket,
        "key": video.key,
        "version_id": video.version_id,
        "etag": video.etag,
        "size": video.size,
        "duration_ms": duration_ms,
    }
