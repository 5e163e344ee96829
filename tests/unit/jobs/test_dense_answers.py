"""An answer of very many segments: whatever is made of it, the event loop goes on meanwhile."""

import json
from collections.abc import Awaitable, Callable
from functools import partial

from reelsift.domain.result import SEGMENTS_A_LINE, read_head, read_segments
from reelsift.reporting.contents import FlaggedVideos
from reelsift.reports.findings_summary import Flagged
from support.dense_answer import dense_pages
from support.loop_stall import watched_loop
from support.memory_worker import MemoryWorker

SEGMENTS = 10_000

LARGEST_SHARE = 0.25
"""Of the processor time that all of it takes. Made on the loop, the result of this answer took two thirds."""

TRIES = 5
"""On a machine with other work the loop may be late by no fault of the code: now and then, not each time."""


async def about_to_settle() -> MemoryWorker:
    """A worker that has the dense answer yet to settle."""
    worker = MemoryWorker()
    await worker.admit()
    worker.rekognition.pages.extend(dense_pages(SEGMENTS))
    worker.complete(await worker.job())
    return worker


async def settled() -> MemoryWorker:
    """A worker that has settled the dense answer."""
    worker = await about_to_settle()
    await worker.receive_completions()
    return worker


async def share_of(work: Callable[[], Awaitable[object]]) -> float:
    """How much of some work held up the loop."""
    async with watched_loop() as stall:
        await work()
    return stall.share


async def least(share: Callable[[], Awaitable[float]]) -> float:
    """The least share that was measured, until one is small enough."""
    shares: list[float] = []
    while len(shares) < TRIES and min(shares, default=1) >= LARGEST_SHARE:
        shares.append(await share())
    return min(shares)


async def test_segments_verdict_and_result_are_made_beside_the_loop() -> None:
    worker = MemoryWorker()

    async def share() -> float:
        nonlocal worker
        worker = await about_to_settle()
        return await share_of(worker.receive_completions)

    assert await least(share) < LARGEST_SHARE
    job = await worker.job()
    assert job.result.result_key is not None
    body = worker.work.objects[job.result.result_key]
    document = json.loads(body)
    assert len(document["segments"]) == SEGMENTS
    assert list(read_segments(body)) == document.pop("segments")
    assert read_head(body) == document
    assert max(body.decode().split("\n"), key=len).count('"peak_ms"') <= SEGMENTS_A_LINE


async def test_labels_of_many_segments_are_one_value_each_for_the_table() -> None:
    worker = await settled()
    rows = worker.tables["labels"].rows.values()
    assert len(rows) == 8
    for row in rows:
        assert len(json.loads(row["segments"])) == min(2000, row["segment_count"])


async def test_a_report_reads_the_strongest_segments_beside_the_loop_too() -> None:
    worker = await settled()
    job = await worker.job()
    flagged = Flagged(
        video_id=job.key.video_id, uri=job.video.uri, line="a.mp4", verdict="reject", peak_analysis=None,
        peak_label=None, peak_confidence=None,
    )  # fmt: skip
    videos = FlaggedVideos(worker.deployment.jobs, worker.deployment.reviews, worker.work)
    read = partial(videos.read, [flagged])
    assert await least(partial(share_of, read)) < LARGEST_SHARE
    (shown,) = await read()
    assert (len(shown.segments), shown.segments_left_out) == (2000, SEGMENTS - 2000)
    assert min(segment["max_confidence"] for segment in shown.segments) > 90
