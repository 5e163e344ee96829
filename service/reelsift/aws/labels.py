"""The labels table: one item a label and video, found by label and peak confidence."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

from reelsift.aws.table import Table
from reelsift.domain.analysis import Analysis
from reelsift.domain.job import Job, JobKey
from reelsift.domain.labels import LabelSummary

LABEL_INDEX = "label"
"""Index of the labels by name and peak confidence."""

STORED_SEGMENTS = 2000
"""An item holds 400 KB (DynamoDB); a flickering label has more segments than fit. The result object has all."""


STORED_LABELS = 1000
"""Of a video and analysis. Read text has thousands in rolling credits, each a write; the result object has all."""

LONGEST_KEY = 1024
"""Bytes of a sort key (DynamoDB). A label that is longer is in the result object only."""


class Labels:
    """Writes the labels of an analysed video, and finds videos by them."""

    def __init__(self, table: Table) -> None:
        self.table = table

    async def put(self, job: Job, summaries: Sequence[LabelSummary], *, now_ms: int) -> None:
        """Write the labels an attempt found, the strongest if there are very many, and take away what only an older
        attempt had found.
        """
        stored = _stored(job, summaries)
        rows = await asyncio.to_thread(lambda: [_row(job, summary, now_ms) for summary in stored])
        await self.table.write_many(puts=rows)
        if job.attempt > 1:
            found = {_sort_key(job, summary.label) for summary in stored}
            stale = [row["analysis_label"] async for row in self._of_job(job.key) if row["analysis_label"] not in found]
            await self.table.write_many(
                deletes=[{"video_id": job.key.video_id, "analysis_label": name} for name in stale]
            )

    async def of_video(self, video_id: str) -> list[dict[str, Any]]:
        """All labels of a video."""
        return [row async for row in self.table.query("#video_id = :video", video=video_id)]

    async def get_many(self, video_ids: Sequence[str], label: str) -> list[dict[str, Any]]:
        """The rows of one label, in any analysis, for the videos that show it."""
        return await self.table.get_many(
            [
                {"video_id": video_id, "analysis_label": f"{analysis}#{label}"}
                for video_id in video_ids
                for analysis in Analysis
            ]
        )

    async def with_label(
        self, label: str, min_confidence: float, limit: int | None = None
    ) -> AsyncIterator[dict[str, Any]]:
        """Labels of this name whose peak is at or above `min_confidence` (0-100), the most confident first."""
        rows = self.table.query(
            "#label = :label AND #peak_confidence >= :least",
            index=LABEL_INDEX,
            backwards=True,
            limit=limit,
            label=label,
            least=min_confidence,
        )
        async for row in rows:
            yield row

    def _of_job(self, key: JobKey) -> AsyncIterator[dict[str, Any]]:
        return self.table.query(
            "#video_id = :video AND begins_with(#analysis_label, :analysis)",
            video=key.video_id,
            analysis=f"{key.analysis}#",
        )


def _sort_key(job: Job, label: str) -> str:
    return f"{job.analysis}#{label}"


def _stored(job: Job, summaries: Sequence[LabelSummary]) -> list[LabelSummary]:
    fitting = [one for one in summaries if len(_sort_key(job, one.label).encode()) <= LONGEST_KEY]
    return sorted(fitting, key=lambda one: (-one.max_confidence, -one.seen_ms, one.label))[:STORED_LABELS]


def _row(job: Job, summary: LabelSummary, now_ms: int) -> dict[str, Any]:
    """Segments as lists of start, end, samples, maximum, mean, peak: names would double the item's size. They are one
    text, since botocore would take a second of the event loop for the 12,000 numbers of each of 25 labels.
    """
    strongest = sorted(summary.segments, key=lambda segment: -segment.max_confidence)[:STORED_SEGMENTS]
    return {
        "video_id": job.key.video_id,
        "analysis_label": _sort_key(job, summary.label),
        "analysis": str(job.analysis),
        "attempt": job.attempt,
        "job_id": job.start.job_id,
        "label": summary.label,
        "parent": summary.parents[-1] if summary.parents else None,
        "path": list(summary.path),
        "category": summary.category,
        "video": job.video.uri,
        "date": datetime.fromtimestamp(now_ms / 1000, UTC).date().isoformat(),
        "model_version": job.result.model_version,
        "peak_confidence": summary.max_confidence,
        "peak_ms": summary.peak_ms,
        "first_ms": summary.first_ms,
        "last_ms": summary.last_ms,
        "seen_ms": summary.seen_ms,
        "samples": summary.samples,
        "segment_count": len(summary.segments),
        "segments": json.dumps(
            [
                [s.start_ms, s.end_ms, s.samples, s.max_confidence, s.mean_confidence, s.peak_ms]
                for s in sorted(strongest, key=lambda segment: segment.start_ms)
            ],
            separators=(",", ":"),
        ),
    }
