"""What is known of one video: its jobs, and the results they have left in the work bucket."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from reelsift.aws.deployment import Deployment
from reelsift.aws.errors import code_of
from reelsift.aws.objects import ObjectUnusable
from reelsift.domain.job import Job
from reelsift.domain.result import in_order
from reelsift.domain.video import VIDEO_ID
from reelsift.errors import NeverAnalysed, NotAVideo, ResultDeleted, VideoUnreadable
from reelsift.manifests.locations import is_location, read_object_location
from reelsift.reports import wording
from reelsift.reports.trouble_words import trouble
from reelsift.runtime.clock import now_ms


@dataclass(frozen=True, slots=True)
class VideoResult:
    """The jobs of a video, and the stored result document of each that has one, both in the order of analyses."""

    video: str
    jobs: Sequence[Job]
    documents: Sequence[dict[str, Any]]

    @property
    def duration_ms(self) -> int | None:
        return next((document["duration_ms"] for document in self.documents if document["duration_ms"]), None)

    @property
    def members(self) -> dict[str, Any]:
        """As JSON: of the analyses that have a result."""
        segments = [segment for document in self.documents for segment in document["segments"]]
        return {
            "video": self.video,
            "analyses": [document["analysis"] for document in self.documents],
            "segments": in_order(segments),
            "verdict": next((document["verdict"] for document in self.documents if document["verdict"]), None),
            "alerts": [peak for document in self.documents for peak in document["alerts"]],
        }


async def read_result(deployment: Deployment, named: str) -> VideoResult:
    """`named` is `s3://bucket/key`, or another location of an object: then what the key holds now is meant; or a video
    id.

    Raises NotAVideo, VideoUnreadable, NeverAnalysed, and ResultDeleted where its job is known and its result gone.
    """
    video_id = named if VIDEO_ID.fullmatch(named) else await _video_id(deployment, named)
    jobs = await deployment.jobs.of_video(video_id)
    if not jobs:
        raise NeverAnalysed(named, video_id)
    documents = [
        await _document(deployment, job)
        for job in jobs
        if job.result.failure is None and job.result.result_key is not None
    ]
    return VideoResult(jobs[0].video.uri, jobs, documents)


def describe(job: Job) -> str:
    """Where a job stands, in words."""
    if job.result.failure is not None and job.has_result:
        return f"FAILED, {job.result.failure.reason}: {job.result.failure.message}"
    if job.has_result:
        left_out = f"; left out: {job.undelivered}" if job.undelivered else ""
        return f"done, {wording.minutes(job.result.billed_ms)} minutes billed{left_out}"
    since = job.times.running_ms or job.times.starting_ms or job.times.created_ms
    state = f"{job.state}, attempt {job.attempt}, for {wording.span(now_ms() - since)}"
    return f"{state}: {words}" if (words := trouble(job)) else state


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


async def _document(deployment: Deployment, job: Job) -> dict[str, Any]:
    assert job.result.result_key is not None  # noqa: S101 - the caller chose it
    try:
        document: dict[str, Any] = json.loads(await deployment.work.get(job.result.result_key))
    except ClientError as error:
        if code_of(error) != "NoSuchKey":
            raise
        raise ResultDeleted(f"s3://{deployment.work.bucket}/{job.result.result_key}") from None
    return document
