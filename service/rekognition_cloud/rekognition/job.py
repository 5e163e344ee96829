from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from rekognition_cloud.rekognition.analysis import Analysis, Row
from rekognition_cloud.rekognition.arrangement import arranged
from rekognition_cloud.rekognition.footage import Footage
from rekognition_cloud.rekognition.recording import Recording
from rekognition_cloud.rekognition.validation import output_members
from rekognition_cloud.rekognition.video import StoredVideo, VideoMetadata

Status = Literal["IN_PROGRESS", "SUCCEEDED", "FAILED"]


@dataclass(eq=False)
class Job:
    """One run of one operation on one video. Its end and its outcome are settled when it starts."""

    job_id: str
    analysis: Analysis
    account: str
    region: str
    request: dict[str, Any]
    video: StoredVideo
    metadata: VideoMetadata | None
    recording: Recording | None
    outcome: Status
    message: str | None
    started_at: float
    """Seconds since the epoch."""
    ends_at: float
    starts: int = 1
    """How many Start calls were answered with this job, replays of its token included."""
    copies: int = 0
    """Completion messages to publish: 0 without a channel or where it is lost, 2 where it is doubled."""
    announce_after: float = 0.0
    """Seconds from the job's end to its completion message."""
    published: int = 0
    expired: bool = False

    def status(self, now: float) -> Status:
        return self.outcome if self.ended(now) else "IN_PROGRESS"

    def ended(self, now: float) -> bool:
        return now >= self.ends_at

    def billed_ms(self, now: float) -> int:
        """Amazon bills minutes of video analysed successfully; a failed or unfinished job costs nothing."""
        return self.duration_ms if self.status(now) == "SUCCEEDED" else 0

    def fail(self, message: str) -> None:
        """Settles that the job will end as FAILED. Called before the job is known to anybody."""
        self.outcome, self.message = "FAILED", message

    @property
    def duration_ms(self) -> int:
        recorded: list[int] = [
            stream["DurationMillis"] for stream in self._recorded_streams if "DurationMillis" in stream
        ]
        if recorded:
            return max(recorded)
        return self.metadata.duration_ms if self.metadata else 0

    @property
    def video_metadata(self) -> dict[str, Any] | list[dict[str, Any]]:
        """An array of one where the operation answers with an array."""
        known = self._recorded_streams or ([self.metadata.as_answer()] if self.metadata else [])
        if output_members(self.analysis.get)["VideoMetadata"].type_name == "list":
            return known
        return known[0] if known else {}

    @property
    def further(self) -> dict[str, Any]:
        """Members of a finished answer that not every operation has."""
        further = self.analysis.further(self.request, self._recorded)
        if "AudioMetadata" in output_members(self.analysis.get):
            streams = self.metadata.audio if self.metadata else ()
            further["AudioMetadata"] = self._recorded("AudioMetadata") or [one.as_answer() for one in streams]
        return further

    @property
    def model_version(self) -> str:
        version = self.analysis.version
        return str((version and self._recorded(version)) or self.analysis.simulated_version)

    def rows(self, sort_by: str | None, aggregate_by: str | None) -> list[Row]:
        """The detections in the order and grain asked for."""
        return _rows(self, sort_by, aggregate_by)

    def found(self) -> list[Row]:
        """All detections the Start call asked for, in no particular order."""
        recording = self.recording
        found = recording.rows(self.analysis) if recording else self.analysis.simulate(self._footage)
        wanted = (row for row in found if self.analysis.is_wanted(row, self.request))
        return [self.analysis.as_asked(row, self.request) for row in wanted]

    @property
    def _footage(self) -> Footage:
        content = f"{self.video.etag}/{self.video.key}"
        return Footage(content, self.duration_ms, self.metadata.frame_rate if self.metadata else 0)

    def _recorded(self, member: str) -> Any:
        return self.recording.first(member) if self.recording else None

    @property
    def _recorded_streams(self) -> list[dict[str, Any]]:
        """Whether one is recorded or an array of them: people save answers of one operation by code for another."""
        recorded = self._recorded("VideoMetadata") or []
        return recorded if isinstance(recorded, list) else [recorded]

    def entry(self, now: float) -> dict[str, Any]:
        """The job in the ledger."""
        return {
            "job_id": self.job_id,
            "operation": self.analysis.start,
            "bucket": self.video.bucket,
            "key": self.video.key,
            "version": self.video.version,
            "etag": self.video.etag,
            "token": self.request.get("ClientRequestToken"),
            "job_tag": self.request.get("JobTag"),
            "started_at": self.started_at,
            "ended_at": self.ends_at,
            "status": self.status(now),
            "message": self.message if self.ended(now) else None,
            "billed_ms": self.billed_ms(now),
            "starts": self.starts,
            "published": self.published,
            "expired": self.expired,
        }


# Enough for the jobs that are paged at one time. Hours of video have 100,000 rows: too much to keep for every job.
@lru_cache(maxsize=64)
def _rows(job: Job, sort_by: str | None, aggregate_by: str | None) -> list[Row]:
    return arranged(
        job.analysis,
        job.found(),
        job.request,
        sort_by=sort_by,
        aggregate_by=aggregate_by,
        duration_ms=job.duration_ms,
    )
