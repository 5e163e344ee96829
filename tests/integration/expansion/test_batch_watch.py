"""What becomes of a batch that is paused, cancelled, too dear or goes wrong: its states, and sums right to the line."""

import asyncio

from integration.expansion.conftest import Opened
from reelsift.aws.deployment import Deployment
from reelsift.domain.analysis import Analysis
from reelsift.domain.batch import Batch, BatchState, Chunk, Counts
from reelsift.domain.failure import Reason
from reelsift.domain.job import JobState
from reelsift.domain.line import LineId, OutcomeStatus
from reelsift.domain.transitions import closed
from reelsift.domain.video import Video
from reelsift.queries.demand import count_unexpanded
from reelsift.runtime.clock import now_ms
from rekognition_cloud.process import CloudProcess
from support import batch_loops
from support.jobs import change_job, make_job, write_jobs
from support.submitted import batch_of, counts_of, end, good_rows, submitted, taken_from


async def change(deployment: Deployment, batch_id: str, **changes: object) -> Batch:
    """What a command does to a batch."""
    return await deployment.batches.change(await batch_of(deployment, batch_id), due_at_ms=now_ms(), **changes)


async def watch(deployment: Deployment, batch_id: str) -> Batch:
    """The batch after a look at it."""
    batch = await batch_of(deployment, batch_id)
    if batch.due_at_ms is not None:
        await deployment.batches.change(batch, due_at_ms=now_ms())
    await batch_loops.watch(deployment).step()
    return await batch_of(deployment, batch_id)


async def report(deployment: Deployment) -> None:
    reporter = batch_loops.reporter(deployment)
    await reporter.step()
    await reporter.drain()


async def test_a_cancelled_batch_ends_what_was_not_sent_as_a_range_and_waits_for_the_rest(opened: Opened) -> None:
    async with opened() as deployment:
        await submitted(deployment, "b", good_rows(deployment, 250), chunk_lines=100)
        expander = batch_loops.expander(deployment)
        await expander.step()
        out = await taken_from(deployment)
        await end(deployment, out[:10])
        await change(deployment, "b", state=BatchState.CANCELLING, stopped=Reason.CANCELLED)
        await expander.step()
        batch = await watch(deployment, "b")
        assert batch.state is BatchState.CANCELLING
        await expander.step()
        assert await taken_from(deployment) == [], "nothing more is sent"
        counts = await counts_of(deployment, "b")
        assert (counts.succeeded, counts.skipped) == (10, 210)
        await watch(deployment, "b")
        assert await counts_of(deployment, "b") == counts, "a second look ends nothing twice"
        await end(deployment, out[10:25])
        await end(deployment, out[25:], OutcomeStatus.SKIPPED, reason=Reason.CANCELLED)
        await expander.step()
        await report(deployment)
        assert (await watch(deployment, "b")).state is BatchState.COMPLETING
        await report(deployment)
        batch = await batch_of(deployment, "b")
        assert (batch.state, batch.stopped) == (BatchState.CANCELLED, Reason.CANCELLED)
        counts = await counts_of(deployment, "b")
        assert (counts.succeeded, counts.failed, counts.skipped) == (25, 0, 225)
        assert await count_unexpanded(deployment) == 0


async def test_lines_lost_after_a_cancel_are_sent_again_and_none_behind_the_cut(opened: Opened) -> None:
    async with opened() as deployment:
        await submitted(deployment, "b", good_rows(deployment, 90))
        expander = batch_loops.expander(deployment)
        await expander.step()
        lost = await taken_from(deployment)
        await end(deployment, lost[:4])
        (chunk,) = await deployment.chunks.at_work()
        rewound = await deployment.chunks.rewind(chunk, due_at_ms=now_ms())
        await change(deployment, "b", state=BatchState.CANCELLING, stopped=Reason.CANCELLED)
        await watch(deployment, "b")
        assert rewound.claimed == 0
        assert (await counts_of(deployment, "b")).skipped == 50, "what was sent once is no part of the range"
        await expander.step()
        again = await taken_from(deployment)
        assert sorted(message["line"] for message in again) == sorted(message["line"] for message in lost[4:])
        await end(deployment, again, OutcomeStatus.SKIPPED, reason=Reason.CANCELLED)
        await expander.step()
        assert (await counts_of(deployment, "b")).ended == 90
        assert len(await deployment.chunks.due_reports(now_ms(), 5)) == 1


async def test_a_worker_that_is_sending_when_its_batch_is_cancelled_loses_no_line(
    cloud: CloudProcess, opened: Opened
) -> None:
    async with opened(lines_ahead="200") as deployment:
        await submitted(deployment, "b", good_rows(deployment, 300))
        hold = cloud.add_fault("hold", service="sqs", operation="SendMessageBatch", times=1)
        sending = asyncio.create_task(batch_loops.expander(deployment).step())
        while not await asyncio.to_thread(cloud.held, hold):
            await asyncio.wait([sending], timeout=0.05)
        await change(deployment, "b", state=BatchState.CANCELLING, stopped=Reason.CANCELLED)
        await watch(deployment, "b")
        cloud.release(hold)
        await sending
        messages = await taken_from(deployment)
        assert len({message["line"] for message in messages}) == len(messages) == 200
        (chunk,) = await deployment.chunks.at_work()
        assert (chunk.sent, chunk.end, chunk.in_flight, chunk.counts.skipped) == (200, 200, 200, 100)
        await batch_loops.expander(deployment).step()
        assert await taken_from(deployment) == []


async def test_a_batch_that_reached_its_maximum_cost_is_cancelled_for_that_reason(opened: Opened) -> None:
    async with opened() as deployment:
        await submitted(deployment, "b", good_rows(deployment, 50), chunk_lines=25)
        await change(deployment, "b", stopped=Reason.MAX_COST)
        batch = await watch(deployment, "b")
        assert (batch.state, batch.stopped) == (BatchState.CANCELLING, Reason.MAX_COST)
        chunks = [chunk async for chunk in deployment.chunks.of_batch("b")]
        assert [(chunk.skip_reason, chunk.skip_from, chunk.counts.skipped) for chunk in chunks] == [
            (Reason.MAX_COST, 0, 25)
        ] * 2
        await report(deployment)
        await watch(deployment, "b")
        await report(deployment)
        assert (await batch_of(deployment, "b")).state is BatchState.CANCELLED


async def test_a_pausing_batch_is_paused_once_nothing_of_it_runs(opened: Opened) -> None:
    async with opened() as deployment:
        await submitted(deployment, "b", good_rows(deployment, 5))
        job = make_job(
            video=Video("videos", "a.mp4", "e"),
            analysis=Analysis.CONTENT_MODERATION,
            attempt=1,
            state=JobState.RUNNING,
            by=LineId("b", "m.csv:1", 0),
            model_settings="",
            created_ms=1,
            due_at_ms=now_ms() + 600_000,
        )
        others = change_job(job, video=Video("videos", "b.mp4", "e"), by=LineId("other", "m.csv:1", 0))
        await write_jobs(deployment, job, others)
        await change(deployment, "b", state=BatchState.PAUSING)
        assert (await watch(deployment, "b")).state is BatchState.PAUSING
        await deployment.jobs.change(job, closed(job, now_ms=now_ms()))
        assert (await watch(deployment, "b")).state is BatchState.PAUSED


async def test_a_batch_of_which_most_fails_pauses_itself_and_says_why(opened: Opened) -> None:
    async with opened() as deployment:
        await submitted(deployment, "b", good_rows(deployment, 100))
        expander = batch_loops.expander(deployment)
        await expander.step()
        messages = await taken_from(deployment)
        await end(deployment, messages[:14])
        await end(deployment, messages[14:28], OutcomeStatus.FAILED, reason=Reason.OBJECT_MISSING)
        assert (await watch(deployment, "b")).state is BatchState.ACTIVE, "28 lines are too few to judge by"
        await end(deployment, messages[28:30], OutcomeStatus.FAILED, reason=Reason.ACCESS_DENIED)
        batch = await watch(deployment, "b")
        assert batch.state is BatchState.PAUSING
        assert batch.held_because == ("16 of 30 lines have failed (53 %), more than 50 %; most often as object_missing")
        # Resumed, it is judged by what comes now.
        counts = await counts_of(deployment, "b")
        await change(deployment, "b", state=BatchState.ACTIVE, held_because=None, excused=counts)
        await end(deployment, messages[30:], OutcomeStatus.FAILED, reason=Reason.OBJECT_MISSING)
        assert (await watch(deployment, "b")).state is BatchState.ACTIVE


async def test_a_paused_batch_whose_last_lines_end_is_complete(opened: Opened) -> None:
    async with opened() as deployment:
        await submitted(deployment, "b", good_rows(deployment, 3))
        expander = batch_loops.expander(deployment)
        await expander.step()
        await change(deployment, "b", state=BatchState.PAUSING)
        await end(deployment, await taken_from(deployment))
        await expander.step()
        await report(deployment)
        assert (await watch(deployment, "b")).state is BatchState.COMPLETING


async def test_what_a_sleeping_fleet_would_have_to_do_is_counted(opened: Opened) -> None:
    async with opened() as deployment:
        assert await count_unexpanded(deployment) == 0
        await submitted(deployment, "b", good_rows(deployment, 80), chunk_lines=60)
        assert await count_unexpanded(deployment) == 2
        await batch_loops.expander(deployment).step()
        assert await count_unexpanded(deployment) == 2, "one begun, one not"
        await end(deployment, await taken_from(deployment))
        await batch_loops.expander(deployment).step()
        assert await count_unexpanded(deployment) == 1, "all are sent, and somebody has to see whether they end"
        await change(deployment, "b", state=BatchState.PAUSED)
        assert await count_unexpanded(deployment) == 0


async def test_a_batch_whose_rows_are_damaged_holds_up_no_other(opened: Opened) -> None:
    async with opened() as deployment:
        for name in ("damaged", "sound"):
            await submitted(deployment, name, good_rows(deployment, 5))
            await change(deployment, name, stopped=Reason.CANCELLED)
        await deployment.batches.table.update(
            {"batch_id": "damaged", "part": "chunk#000000000"}, "SET #skip_reason = :reason", reason="unheard-of"
        )
        await batch_loops.watch(deployment).step()
        assert (await counts_of(deployment, "sound")).skipped == 5


async def test_reports_of_chunks_without_a_batch_hold_up_no_others(opened: Opened) -> None:
    async with opened() as deployment:
        chunks = deployment.chunks
        for number in range(10):
            await chunks.add(Chunk("gone", number, Counts(), total=1, source_key="k", due_at_ms=1))
            (chunk,) = await chunks.unsent("gone", 1)
            await chunks.to_report(chunk, now_ms=number + 1)
        await submitted(deployment, "b", good_rows(deployment, 5))
        await batch_loops.expander(deployment).step()
        await end(deployment, await taken_from(deployment))
        await batch_loops.expander(deployment).step()
        await report(deployment)
        await report(deployment)
        assert [chunk.reported async for chunk in chunks.of_batch("b")] == [True]


async def test_a_batch_of_many_chunks_is_looked_at_less_often_while_its_inventory_is_read_too(opened: Opened) -> None:
    async with opened() as deployment:
        batch = await submitted(deployment, "b", good_rows(deployment, 300), chunk_lines=1)
        await deployment.batches.change(batch, state=BatchState.PREPARING, total=None, chunks=0, files=1)
        one = batch_loops.watch(deployment)
        await one.step()
        began = await change(deployment, "b")
        await one.step()
        looked_at = (await batch_of(deployment, "b")).due_at_ms or 0
        assert looked_at - (began.due_at_ms or 0) >= 4_000
