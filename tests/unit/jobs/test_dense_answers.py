"""An answer of very many segments: whatever is made of it, the event loop goes on meanwhile."""

import json

from reelsift.domain.result import SEGMENTS_A_LINE, read_head, read_segments
from reelsift.reporting.contents import FlaggedVideos
from reelsift.reports.findings_summary import Flagged
from support.dense_answer import dense_pages
from support.loop_stall import watched_loop
from support.memory_worker import MemoryWorker

SEGMENTS = 10_000

LARGEST_SHARE = 0.25
"""Of the processor time that all of it takes. Made on the loop, the result of this answer took two thirds."""


async def settled() -> tuple[MemoryWorker, float]:
    """A worker that has settled the dense answer, and how much of that held its loop up."""
    worker = MemoryWorker()
    await worker.admit()
    worker.rekognition.pages.extend(dense_pages(SEGMENTS))
    worker.complete(await worker.job())
    async with watched_loop() as stall:
        await worker.receive_completions()
    return worker, stall.share


async def test_segments_verdict_and_result_are_made_beside_the_loop() -> None:
    worker, share = await settled()
    job = await worker.job()
    assert job.result.result_key is not None
    body = worker.work.objects[job.result.result_key]
    document = json.loads(body)
    assert len(document["segments"]) == SEGMENTS
    assert list(read_segments(body)) == document.pop("segments")
    assert read_head(body) == document
    assert max(body.decode().split("\n"), key=len).count('"peak_ms"') <= SEGMENTS_A_LINE
    assert share < LARGEST_SHARE


async def test_labels_of_many_segments_are_one_value_each_for_the_table() -> None:
    worker, _ = await settled()
    rows = worker.tables["labels"].rows.values()
    assert len(rows) == 8
    for row in rows:
        assert len(json.loads(row["segments"])) == min(2000, row["segment_count"])


async def test_a_report_reads_the_strongest_segments_beside_the_loop_too() -> None:
    worker, _ = await settled()
    job = await worker.job()
    flagged = Flagged(
        video_id=job.key.video_id, uri=job.video.uri, line="a.mp4", verdict="reject", peak_analysis=None,
        peak_label=None, peak_confidence=None,
    )  # fmt: skip
    async with watched_loop() as stall:
        (shown,) = await FlaggedVideos(worker.deployment.jobs, worker.deployment.reviews, worker.work).read([flagged])
    assert (len(shown.segments), shown.segments_left_out) == (2000, SEGMENTS - 2000)
    assert min(segment["max_confidence"] for segment in shown.segments) > 90
    assert stall.share < LARGEST_SHARE
