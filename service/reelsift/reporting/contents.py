"""What a batch's report says, put together from its summary and the stored results."""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from botocore.exceptions import ClientError

from reelsift.aws.errors import code_of
from reelsift.aws.jobs import Jobs
from reelsift.aws.objects import WorkBucket
from reelsift.domain.analysis import Analysis
from reelsift.domain.batch import Batch, Counts
from reelsift.domain.job import Job, JobKey
from reelsift.domain.result import read_head, read_segments, strongest
from reelsift.reports import report_keys
from reelsift.reports.contents import FlaggedVideo, ReportContents
from reelsift.reports.findings_summary import FindingsSummary, Flagged
from reelsift.runtime.clock import Clock

READS_AT_ONCE = 4
"""Results under way at a time: one of a long video may have several MB."""

JOBS_AT_ONCE = 100
"""Keys in one BatchGetItem (DynamoDB)."""

SEGMENTS_SHOWN = 40_000
"""Segments of all videos together, about 30 MB; each video has an equal share of them, and of that each analysis."""

SEGMENTS_A_VIDEO = 2_000


class FlaggedVideos:
    """Reads the segments of the videos that a report shows."""

    def __init__(self, jobs: Jobs, work: WorkBucket) -> None:
        self._jobs = jobs
        self._work = work

    async def read(self, flagged: Sequence[Flagged]) -> list[FlaggedVideo]:
        """The videos with their segments, in the order given. One whose result was deleted has none."""
        jobs = await self._jobs_of([video.video_id for video in flagged])
        limit = min(SEGMENTS_A_VIDEO, SEGMENTS_SHOWN // max(1, len(flagged)))
        turns = asyncio.Semaphore(READS_AT_ONCE)

        async def shown(video: Flagged) -> FlaggedVideo:
            async with turns:
                return await self._shown(video, jobs.get(video.video_id, []), limit)

        return list(await asyncio.gather(*(shown(video) for video in flagged)))

    async def _jobs_of(self, video_ids: Sequence[str]) -> dict[str, list[Job]]:
        keys = [JobKey(video_id, analysis) for video_id in video_ids for analysis in Analysis]
        jobs: dict[str, list[Job]] = {}
        for start in range(0, len(keys), JOBS_AT_ONCE):
            for job in await self._jobs.get_many(keys[start : start + JOBS_AT_ONCE]):
                jobs.setdefault(job.key.video_id, []).append(job)
        return jobs

    async def _shown(self, video: Flagged, jobs: Sequence[Job], limit: int) -> FlaggedVideo:
        results: list[list[Mapping[str, Any]]] = []
        alerts: set[tuple[str, str]] = set()
        left_out = 0
        for job in jobs:
            if job.result.failure is not None or job.result.result_key is None:
                continue
            try:
                body = await self._work.get(job.result.result_key)
            except ClientError as error:
                if code_of(error) != "NoSuchKey":
                    raise
                continue
            found, others, alerted = await asyncio.to_thread(_read, body, limit)
            results.append(found)
            left_out += others
            alerts |= alerted
        segments, others = strongest(chain.from_iterable(results), limit)
        return FlaggedVideo(
            uri=video.uri,
            video_id=video.video_id,
            line=video.line,
            verdict=video.verdict,
            peak_label=video.peak_label,
            peak_confidence=video.peak_confidence,
            duration_ms=next((job.result.duration_ms for job in jobs if job.result.duration_ms is not None), None),
            segments=segments,
            alerts=frozenset(alerts),
            segments_left_out=left_out + others,
        )


def _read(body: bytes, limit: int) -> tuple[list[Mapping[str, Any]], int, set[tuple[str, str]]]:
    """The strongest segments of a result, how many others there are, and what of it alerted."""
    alerts = {(peak["analysis"], peak["label"]) for peak in read_head(body)["alerts"]}
    return *strongest(read_segments(body), limit), alerts


class ContentsReader:
    """Puts together what the reports of a deployment say."""

    def __init__(self, *, jobs: Jobs, work: WorkBucket, deployment: str, with_segments: bool, clock: Clock) -> None:
        """`deployment` is its name; `with_segments` says that its reports have the segments of their videos."""
        self._flagged_videos = FlaggedVideos(jobs, work)
        self._bucket = work.bucket
        self._deployment = deployment
        self._with_segments = with_segments
        self._clock = clock

    async def read(self, batch: Batch, counts: Counts, summary: FindingsSummary) -> ReportContents:
        """The contents as of now, with the segments of the gravest videos."""
        segments = f"s3://{self._bucket}/{report_keys.segments_folder(batch)}" if self._with_segments else None
        return ReportContents(
            deployment=self._deployment,
            batch=batch,
            counts=counts,
            written_ms=self._clock.now_ms(),
            location=report_location(self._bucket, batch.batch_id),
            endings=summary.endings,
            verdicts=summary.verdicts,
            labels=summary.label_shares(),
            flagged_total=summary.flagged_total,
            flagged=await self._flagged_videos.read(summary.flagged),
            segments_location=segments,
        )


def report_location(bucket: str, batch_id: str) -> str:
    """The URI of the folder in the work bucket that a batch's report lies in."""
    return f"s3://{bucket}/{report_keys.folder(batch_id)}"
