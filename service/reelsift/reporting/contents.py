"""What a batch's report says, put together from its summary and the stored results."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from botocore.exceptions import ClientError

from reelsift.aws.errors import code_of
from reelsift.aws.jobs import Jobs
from reelsift.aws.objects import WorkBucket
from reelsift.aws.reviews import Reviews
from reelsift.domain.analysis import Analysis
from reelsift.domain.batch import Batch, Counts
from reelsift.domain.job import Job, JobKey
from reelsift.domain.message_text import label_text
from reelsift.domain.result import read_head, read_segments, strongest
from reelsift.domain.status import VideoStatus
from reelsift.domain.video_verdict import VideoVerdict
from reelsift.reports import report_keys
from reelsift.reports.contents import FlaggedVideo, ReportContents
from reelsift.reports.findings_summary import FindingsSummary, Flagged
from reelsift.runtime.clock import Clock

READS_AT_ONCE = 4
"""Results under way at a time: one of a long video may have several MB."""

KEYS_AT_ONCE = 100
"""Keys in one BatchGetItem (DynamoDB)."""

SEGMENTS_SHOWN = 40_000
"""Segments of all videos together, about 30 MB; each video has an equal share of them, and of that each analysis."""

SEGMENTS_A_VIDEO = 2_000


class FlaggedVideos:
    """Reads the segments of the videos that a report shows."""

    def __init__(self, jobs: Jobs, reviews: Reviews, work: WorkBucket) -> None:
        self._jobs = jobs
        self._reviews = reviews
        self._work = work

    async def read(self, flagged: Sequence[Flagged]) -> list[FlaggedVideo]:
        """The videos with their segments, in the order given, but for sealed ones, and for those of which this version
        cannot read whether they are. One whose result was deleted, or whose job cannot be read, has none.
        """
        video_ids = [video.video_id for video in flagged]
        rows, hidden = await self._rows_of(video_ids)
        # What is left out of the lines is written down here still, for a while.
        hidden |= {video_id for video_id, row in rows.items() if row.sealed}
        flagged = [video for video in flagged if video.video_id not in hidden]
        jobs = await self._jobs_of([video.video_id for video in flagged])
        limit = min(SEGMENTS_A_VIDEO, SEGMENTS_SHOWN // max(1, len(flagged)))
        turns = asyncio.Semaphore(READS_AT_ONCE)

        async def shown(video: Flagged) -> FlaggedVideo:
            async with turns:
                known = jobs.get(video.video_id, [])
                row = rows.get(video.video_id)
                return await self._shown(video, known, None if row is None else row.verdict, limit)

        return list(await asyncio.gather(*(shown(video) for video in flagged)))

    async def _jobs_of(self, video_ids: Sequence[str]) -> dict[str, list[Job]]:
        keys = [JobKey(video_id, analysis) for video_id in video_ids for analysis in Analysis]
        jobs: dict[str, list[Job]] = {}
        for start in range(0, len(keys), KEYS_AT_ONCE):
            some = keys[start : start + KEYS_AT_ONCE]
            found, _ = await self._jobs.get_readable(some)
            for key in some:
                if key in found:
                    jobs.setdefault(key.video_id, []).append(found[key])
        return jobs

    async def _rows_of(self, video_ids: Sequence[str]) -> tuple[dict[str, VideoStatus], set[str]]:
        """The rows of these videos, and the videos whose rows cannot be read."""
        unique = list(dict.fromkeys(video_ids))
        rows: dict[str, VideoStatus] = {}
        unread: set[str] = set()
        for start in range(0, len(unique), KEYS_AT_ONCE):
            found, unreadable = await self._reviews.get_readable(unique[start : start + KEYS_AT_ONCE])
            rows |= found
            unread |= unreadable
        return rows, unread

    async def _shown(
        self, video: Flagged, jobs: Sequence[Job], verdict: VideoVerdict | None, limit: int
    ) -> FlaggedVideo:
        results: list[list[Mapping[str, Any]]] = []
        durations: list[int | None] = [job.result.duration_ms for job in jobs]
        left_out = 0
        for job in jobs:
            if job.newest_answer is None:
                continue
            try:
                body = await self._work.get(job.newest_answer.result_key)
            except ClientError as error:
                if code_of(error) != "NoSuchKey":
                    raise
                continue
            found, others = await asyncio.to_thread(_strongest, body, limit)
            results.append(found)
            # A job that is open anew knows no length yet.
            durations.append(read_head(body).get("duration_ms"))
            left_out += others
        segments, others = strongest(chain.from_iterable(results), limit)
        return FlaggedVideo(
            uri=video.uri,
            video_id=video.video_id,
            line=video.line,
            verdict=video.verdict,
            peak_analysis=video.peak_analysis,
            peak_label=video.peak_label,
            peak_confidence=video.peak_confidence,
            duration_ms=next((duration_ms for duration_ms in durations if duration_ms is not None), None),
            segments=segments,
            alerts=frozenset() if verdict is None else _alerted(segments, verdict),
            segments_left_out=left_out + others,
        )


def _strongest(body: bytes, limit: int) -> tuple[list[Mapping[str, Any]], int]:
    """The strongest segments of a result, and how many others there are."""
    return strongest(read_segments(body), limit)


def _alerted(segments: Iterable[Mapping[str, Any]], verdict: VideoVerdict) -> frozenset[tuple[str, str]]:
    """The labels that some alert has listed. Of a very long one the verdict knows the beginning."""
    alerted = {(str(analysis), label) for analysis, label in verdict.alerted}
    found = {(segment["analysis"], segment["label"]) for segment in segments}
    return frozenset((analysis, label) for analysis, label in found if (analysis, label_text(label)) in alerted)


class ContentsReader:
    """Puts together what the reports of a deployment say."""

    def __init__(
        self,
        *,
        jobs: Jobs,
        reviews: Reviews,
        work: WorkBucket,
        deployment: str,
        with_segments: bool,
        clock: Clock,
    ) -> None:
        """`deployment` is its name; `with_segments` says that its reports have the segments of their videos."""
        self._flagged_videos = FlaggedVideos(jobs, reviews, work)
        self._bucket = work.bucket
        self._deployment = deployment
        self._with_segments = with_segments
        self._clock = clock

    async def read(self, batch: Batch, counts: Counts, summary: FindingsSummary) -> ReportContents:
        """The contents as of now, with the segments of the gravest videos."""
        has_segments = self._with_segments and batch.reevaluation is None
        segments = f"s3://{self._bucket}/{report_keys.segments_folder(batch)}" if has_segments else None
        return ReportContents(
            deployment=self._deployment,
            batch=batch,
            counts=counts,
            written_ms=self._clock.now_ms(),
            location=report_location(self._bucket, batch.batch_id),
            endings=summary.endings,
            verdicts=summary.verdicts,
            statuses=summary.statuses,
            moved=summary.moved,
            labels=summary.label_shares(),
            flagged_total=summary.flagged_total,
            flagged=await self._flagged_videos.read(summary.flagged),
            segments_location=segments,
        )


def report_location(bucket: str, batch_id: str) -> str:
    """The URI of the folder in the work bucket that a batch's report lies in."""
    return f"s3://{bucket}/{report_keys.folder(batch_id)}"
