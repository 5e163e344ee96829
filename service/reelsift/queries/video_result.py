"""What is known of one video: its verdict, its jobs, and the results they have left in the work bucket."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from reelsift.aws.deployment import Deployment
from reelsift.aws.errors import code_of
from reelsift.aws.objects import ObjectUnusable, WorkBucket
from reelsift.domain.analysis import Analysis
from reelsift.domain.dataset import AnalysisState, AnalysisStatus, DatasetHead, encode_dataset
from reelsift.domain.job import Job
from reelsift.domain.line import LineId
from reelsift.domain.result import peak_members, read_head, read_segments
from reelsift.domain.seal_record import Seal
from reelsift.domain.status import VideoStatus
from reelsift.domain.status_told import status_members, tombstone_members
from reelsift.domain.video import VIDEO_ID
from reelsift.domain.video_verdict import VideoVerdict
from reelsift.errors import NeverAnalysed, NotAVideo, ResultDeleted, VideoUnreadable
from reelsift.manifests.locations import is_location, read_object_location
from reelsift.queries.sealed_video import read_sealed
from reelsift.reports import wording
from reelsift.reports.trouble_words import trouble
from reelsift.runtime.clock import now_ms

LINES_NAMED = 5
"""Waiting lines that are named. A job of a popular video may have thousands."""


@dataclass(frozen=True, slots=True)
class VideoResult:
    """The jobs of a video; the stored result of each that has one, as bytes, since it may have 20 MB; the lines that
    wait for those that have none, LINES_NAMED + 1 of each at most; and the row of verdict and status. All in the order
    of analyses. A video that was refused before anything was started, or decided on before, has a row alone.

    Of a job whose newest attempt is open, or has failed, the result is that of an earlier one. `judged` is what the
    dataset of the verdict says but for its segments. Where that was deleted, `dataset_gone` is its URI, and what is
    left are the reasons that the verdict's row has, without their times. `seal` is that of a sealed video, which
    specialists alone are told of.
    """

    jobs: Sequence[Job]
    results: Mapping[Analysis, bytes]
    waiting: Mapping[Analysis, Sequence[LineId]]
    row: VideoStatus | None
    judged: Mapping[str, Any]
    dataset_gone: str | None = None
    seal: Seal | None = None

    @property
    def verdict(self) -> VideoVerdict | None:
        return None if self.row is None else self.row.verdict

    @property
    def video(self) -> str:
        """Its URI; the video id of one that was forgotten."""
        if self.jobs:
            return self.jobs[0].video.uri
        assert self.row is not None  # noqa: S101 - there is one or the other
        return self.row.video_id if self.row.video is None else self.row.video.uri

    @property
    def head(self) -> DatasetHead:
        """What is known of the video, but for the segments."""
        heads = {analysis: read_head(body) for analysis, body in self.results.items()}
        verdict, row = self.verdict, self.row
        return DatasetHead(
            video=self.jobs[0].video if self.jobs else row.video if row is not None else None,
            duration_ms=next((head["duration_ms"] for head in heads.values() if head["duration_ms"]), None),
            frame_rate=next((head["frame_rate"] for head in heads.values() if head.get("frame_rate")), None),
            analyses={job.analysis: _state(job, heads.get(job.analysis)) for job in self.jobs},
            verdict=None if verdict is None or verdict.verdict is None else str(verdict.verdict),
            missing=() if verdict is None else verdict.missing,
            basis=None if verdict is None else verdict.basis.members(),
            reasons=self.judged.get("reasons", ()),
            alerts=self.judged.get("alerts", ()),
            status=None if row is None else status_members(row),
            video_id=None if row is None else row.video_id,
            forgotten=None if row is None else tombstone_members(row),
        )

    def segments(self) -> list[Iterator[Mapping[str, Any]]]:
        """The segments of each result as JSON, in order, read a few at a time."""
        return [read_segments(body) for body in self.results.values()]

    def dataset(self) -> Iterator[bytes]:
        """What is known of the video as one document, piece by piece."""
        return encode_dataset(self.head, self.segments())


def _state(job: Job, head: Mapping[str, Any] | None) -> AnalysisState:
    """That of the job, or of the earlier attempt whose result is shown."""
    newest = AnalysisState.of(job)
    if head is None or head["attempt"] == job.attempt:
        return newest
    return AnalysisState(AnalysisStatus.SUCCEEDED, head["attempt"], head["job_id"], head["model_version"], newer=newest)


async def read_result(deployment: Deployment, named: str) -> VideoResult:
    """`named` is `s3://bucket/key`, or another location of an object: then what the key holds now is meant; or a video
    id.

    Raises NotAVideo, VideoUnreadable, NeverAnalysed, and ResultDeleted where a job has a result and its object is gone.
    Of a sealed video specialists are told, and whoever is none raises VideoSealed.
    """
    video_id = named if VIDEO_ID.fullmatch(named) else await _video_id(deployment, named)
    jobs = await deployment.jobs.of_video(video_id)
    row = await deployment.reviews.get(video_id)
    if row is not None and row.sealed:
        sealed = await read_sealed(deployment, video_id, "show")
        return replace(await _result(sealed.work, sealed.jobs, {}, sealed.row), seal=sealed.seal)
    if not jobs and row is None:
        raise NeverAnalysed(named, video_id)
    waiting: dict[Analysis, list[LineId]] = {}
    for job in jobs:
        if not job.has_result:
            waiters = await deployment.waiters.of_job(job.key, limit=LINES_NAMED + 1)
            waiting[job.analysis] = [waiter.line.id for waiter in waiters]
    return await _result(deployment.work, jobs, waiting, row)


async def _result(
    work: WorkBucket, jobs: Sequence[Job], waiting: Mapping[Analysis, Sequence[LineId]], row: VideoStatus | None
) -> VideoResult:
    results = {
        job.analysis: await _stored(work, job.newest_answer.result_key) for job in jobs if job.newest_answer is not None
    }
    verdict = None if row is None else row.verdict
    if verdict is None:
        return VideoResult(jobs, results, waiting, row, {})
    try:
        judged = read_head(await _stored(work, verdict.dataset_key))
    except ResultDeleted as deleted:
        reasons = [peak_members(reason) for reason in verdict.reasons]
        return VideoResult(jobs, results, waiting, row, {"reasons": reasons}, dataset_gone=deleted.uri)
    return VideoResult(jobs, results, waiting, row, judged)


def describe(job: Job) -> str:
    """Where a job stands, in words."""
    state, answer = _describe_attempt(job), job.newest_answer
    if answer is None or answer.attempt == job.attempt:
        return state
    return f"{state}; what attempt {answer.attempt} found stands"


def _describe_attempt(job: Job) -> str:
    if job.result.failure is not None and job.has_result:
        return f"FAILED, {job.result.failure.reason}: {job.result.failure.message}"
    if job.has_result:
        left_out = f"; left out: {job.undelivered}" if job.undelivered else ""
        if job.start.imported_from is not None:
            return f"done, brought in from {job.start.imported_from}{left_out}"
        return f"done, {wording.minutes(job.result.billed_ms)} minutes billed{left_out}"
    since = job.times.running_ms or job.times.starting_ms or job.times.created_ms
    state = f"{job.state}, attempt {job.attempt}, for {wording.span(now_ms() - since)}"
    return f"{state}: {words}" if (words := trouble(job)) else state


def describe_waiting(lines: Sequence[LineId]) -> str:
    """Which lines wait for a job, in words; empty for none."""
    named = ", ".join(f"{line.line} of {line.batch_id}" for line in lines[:LINES_NAMED])
    match len(lines):
        case 0:
            return ""
        case 1:
            return f"line {named} waits for it"
        case number if number <= LINES_NAMED:
            return f"{number} lines wait for it: {named}"
        case _:
            return f"more than {LINES_NAMED} lines wait for it: {named} and others"


async def _video_id(deployment: Deployment, named: str) -> str:
    if not is_location(named):
        raise NotAVideo(named)
    try:
        ref = read_object_location(named)
    except ValueError as error:
        raise NotAVideo(named, str(error)) from error
    try:
        video = await deployment.videos.head(ref)
    except ObjectUnusable as refusal:
        raise VideoUnreadable(named, refusal.failure) from None
    return video.video_id


async def _stored(work: WorkBucket, key: str) -> bytes:
    try:
        return await work.get(key)
    except ClientError as error:
        if code_of(error) != "NoSuchKey":
            raise
        raise ResultDeleted(f"s3://{work.bucket}/{key}") from None
