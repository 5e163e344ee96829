"""`python -m bench stall`: how long a worker's event loop is held up by the largest things that it makes."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from bench.figures import tell
from bench.outcomes import BATCH, outcome_of, result_of, stage_batch
from reelsift.aws.items import pack, unpack
from reelsift.aws.outcomes import Outcomes, _outcome, _outcome_row
from reelsift.aws.table import PAGE_ROWS
from reelsift.domain.batch import CHUNK_LINES
from reelsift.domain.outcome import Outcome
from reelsift.reporting.chunk_report import ChunkReports
from reelsift.reporting.contents import FlaggedVideos
from reelsift.reporting.hidden_videos import HiddenVideos
from reelsift.reporting.lines import LineSource
from reelsift.reporting.segment_dataset import SegmentDataset
from reelsift.reports.findings_summary import Flagged
from reelsift.runtime.lease import Lease
from support.dense_answer import dense_pages
from support.loop_stall import watched_loop
from support.memory_worker import MemoryWorker

SEGMENTS_A_VIDEO = 20
"""Of the videos of the chunk that is reported."""


def command(
    segments: Annotated[str, typer.Option(help="Segments of the answer, separated by commas.")] = "1000,20000,81000",
    out: Annotated[Path | None, typer.Option(help="Where the figures are appended as JSON.")] = None,
) -> None:
    """The longest stall of the event loop, in processor time, while a dense answer is read, judged, stored and shown,
    and while a full chunk is read and reported. Tables and buckets are in memory: a minute.
    """
    tell(_figures([int(number) for number in segments.split(",")]), out)


def _figures(segments: list[int]) -> Iterator[dict[str, Any]]:
    for number in segments:
        yield from asyncio.run(_answer(number))
    yield from asyncio.run(_chunk())


async def _answer(segments: int) -> list[dict[str, Any]]:
    worker = MemoryWorker()
    await worker.admit()
    worker.rekognition.pages.extend(dense_pages(segments))
    worker.complete(await worker.job())
    async with watched_loop() as settling:
        await worker.receive_completions()
    job = await worker.job()
    assert job.result.result_key is not None
    flagged = Flagged(job.video.uri, job.key.video_id, "a.mp4", "reject", None, None, None)
    async with watched_loop() as showing:
        await FlaggedVideos(worker.deployment.jobs, worker.deployment.reviews, worker.work).read([flagged])
    return [
        {
            "what": "an answer is read, judged and stored",
            "segments": segments,
            "result_mb": round(len(worker.work.objects[job.result.result_key]) / 1e6, 1),
            "longest_stall_s": round(settling.longest_s, 3),
        },
        {
            "what": "a report reads a result",
            "segments": segments,
            "longest_stall_s": round(showing.longest_s, 3),
        },
    ]


class StoredOutcomes(Outcomes):
    """The outcomes of a full chunk as the table's answers bring them. What botocore reads of these is not part of it:
    a page of 1,000 rows is its own limit.
    """

    def __init__(self) -> None:
        self._items = [pack(_outcome_row(outcome_of(row))) for row in range(CHUNK_LINES)]

    async def of_chunk(self, batch_id: str, chunk: int, *, after: str = "") -> AsyncGenerator[Outcome, None]:
        assert (batch_id, chunk, after) == (BATCH, 0, "")
        for number, item in enumerate(self._items):
            if number % PAGE_ROWS == 0:
                await asyncio.sleep(0)
            yield _outcome(unpack(item))


async def _chunk() -> list[dict[str, Any]]:
    worker = MemoryWorker()
    deployment = worker.deployment
    await stage_batch(deployment, CHUNK_LINES)
    for row in range(CHUNK_LINES):
        worker.work.objects |= dict(result_of(outcome_of(row), SEGMENTS_A_VIDEO))
    batch = await deployment.batches.get(BATCH)
    chunk = await deployment.chunks.get(BATCH, 0)
    assert batch is not None
    assert chunk is not None
    due = await deployment.chunks.to_report(chunk, now_ms=1)
    lease = Lease(due, deployment.chunks.claim_report, seconds=120, clock=worker.clock)
    hidden = HiddenVideos(deployment.seals, deployment.forgotten)
    source, segments = LineSource(StoredOutcomes(), worker.work, hidden), SegmentDataset(worker.work)
    reports = ChunkReports(deployment.chunks, worker.work, source, segments)
    async with watched_loop() as reporting:
        await lease.claim()
        await reports.write(batch, lease)
    async with watched_loop() as reading:
        await reports.part(batch.batch_id, 0)
    return [
        {"what": what, "lines": CHUNK_LINES, "longest_stall_s": round(stall.longest_s, 3)}
        for what, stall in (
            ("a chunk's report is written", reporting),
            ("its part is read for the report of the batch", reading),
        )
    ]
