"""Chunks become messages, step by step: how many, whose, in what order, and each line once."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from integration.expansion.conftest import Opened
from reelsift.aws.deployment import Deployment
from reelsift.batches.retry.reopening import Reopening
from reelsift.batches.send.expander import Expander
from reelsift.domain.analysis import Analysis
from reelsift.domain.barrier import Barrier
from reelsift.domain.batch import BatchState, Chunk
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.filters import Lack
from reelsift.domain.job import JobState
from reelsift.domain.line import LineId, OutcomeStatus
from reelsift.domain.outcome import Outcome
from reelsift.domain.policy import Verdict
from reelsift.domain.video import MAX_VIDEO_BYTES, ObjectRef, Video
from reelsift.domain.video_verdict import Basis, VideoVerdict
from reelsift.manifests.manifest_row import BadRow, FilteredRow, GoodRow, ManifestRow
from reelsift.queries.demand import count_unexpanded
from reelsift.runtime.clock import now_ms
from rekognition_cloud.process import CloudProcess
from support import batch_loops
from support.acting import acting
from support.eventually import eventually
from support.jobs import make_job, write_jobs
from support.reviews import write_verdict
from support.site import until
from support.submitted import batch_of, bucket_of, counts_of, end, good_rows, row_of, submitted, taken_from


def worker(deployment: Deployment) -> Expander:
    return batch_loops.expander(deployment)


async def chunk_of(deployment: Deployment, batch_id: str, number: int = 0) -> Chunk:
    chunk = await deployment.chunks.get(batch_id, number)
    assert chunk is not None
    return chunk


def lines_of(messages: list[dict[str, Any]]) -> list[int]:
    return sorted(row_of(message) for message in messages)


def shares(messages: list[dict[str, Any]]) -> Counter[str]:
    return Counter(message["batch"] for message in messages)


async def test_no_more_lines_are_out_than_the_window_has_and_what_ends_makes_room(opened: Opened) -> None:
    async with opened() as deployment:
        await submitted(deployment, "b", good_rows(deployment, 100), chunk_lines=70)
        expander = worker(deployment)
        await expander.step()
        first = await taken_from(deployment)
        assert lines_of(first) == list(range(1, 41))
        await expander.step()
        assert await taken_from(deployment) == []
        await end(deployment, first[:9])
        await expander.step()
        assert await taken_from(deployment) == [], "a portion below a quarter of the share is not worth its writes"
        await end(deployment, first[9:])
        await expander.step()
        second = await taken_from(deployment)
        assert lines_of(second) == list(range(41, 81)), "over the end of a chunk in one step"
        await end(deployment, second)
        await expander.step()
        await end(deployment, await taken_from(deployment))
        assert (await counts_of(deployment, "b")).succeeded == 100
        await expander.step()
        assert len(await deployment.chunks.due_reports(now_ms(), 10)) == 2
        assert await deployment.chunks.at_work() == []


async def test_a_batch_behind_a_huge_one_has_its_share_of_the_queue_at_once(opened: Opened) -> None:
    async with opened() as deployment:
        await submitted(deployment, "huge", good_rows(deployment, 500))
        expander = worker(deployment)
        await expander.step()
        await submitted(deployment, "small", good_rows(deployment, 15))
        await expander.step()
        messages = await taken_from(deployment)
        assert shares(messages) == {"huge": 40, "small": 15}


async def test_a_higher_priority_goes_first_and_the_others_wait(opened: Opened) -> None:
    async with opened() as deployment:
        await submitted(deployment, "low", good_rows(deployment, 100), priority=1)
        await submitted(deployment, "bulk", good_rows(deployment, 100))
        expander = worker(deployment)
        await expander.step()
        assert shares(await taken_from(deployment, "priority")) == {"low": 40}
        assert shares(await taken_from(deployment)) == {"bulk": 40}
        await submitted(deployment, "high", good_rows(deployment, 60), priority=9)
        await expander.step()
        high = await taken_from(deployment, "priority")
        assert shares(high) == {"high": 40}
        assert all(message["priority"] for message in high)
        await end(deployment, high)
        await expander.step()
        assert shares(await taken_from(deployment, "priority")) == {"high": 20}


async def test_lines_that_need_no_analysis_end_at_once_and_are_not_sent(opened: Opened) -> None:
    async with opened() as deployment:
        bucket = bucket_of(deployment)
        seen = Video(bucket, "seen.mp4", "e1")
        await analysed(deployment, seen, billed_ms=60_000)
        basis = Basis({Analysis.CONTENT_MODERATION: 1}, "policy")
        await write_verdict(deployment.reviews, VideoVerdict(seen, Verdict.REVIEW, (), basis, (), judged_ms=2))
        await analysed(deployment, Video(bucket, "failed.mp4", "e1"), failure=Failure(Reason.REKOGNITION_FAILED, "x"))
        await analysed(deployment, Video(bucket, "unknown.mp4", "e1"), failure=Failure(Reason.START_UNKNOWN, "x"))
        await analysed(deployment, Video(bucket, "other.mp4", "e1"), model_settings="min_confidence=80")
        await analysed(deployment, Video(bucket, "running.mp4", "e1"), state=JobState.RUNNING)
        rows: list[ManifestRow] = [
            GoodRow(1, ObjectRef(bucket, "seen.mp4", etag="e1", size=7)),
            GoodRow(2, ObjectRef(bucket, "seen.mp4", etag="changed", size=7)),
            GoodRow(3, ObjectRef(bucket, "seen.mp4")),
            GoodRow(4, ObjectRef(bucket, "failed.mp4", etag="e1")),
            GoodRow(5, ObjectRef(bucket, "other.mp4", etag="e1")),
            GoodRow(6, ObjectRef(bucket, "running.mp4", etag="e1")),
            GoodRow(7, ObjectRef("elsewhere", "a.mp4", etag="e1")),
            GoodRow(8, ObjectRef(bucket, "empty.mp4", size=0)),
            # Who uploads what cannot be analysed is to be known: S3 is asked which content that is.
            GoodRow(9, ObjectRef(bucket, "huge.mp4", size=MAX_VIDEO_BYTES + 1)),
            BadRow(10, "a row needs a bucket and a key", "only-a-bucket"),
            BadRow(11, "it is damaged", "", Reason.OBJECT_MISSING),
            FilteredRow(12, ObjectRef(bucket, "photo.jpg"), Lack.SUFFIX),
            GoodRow(13, ObjectRef(bucket, "unknown.mp4", etag="e1")),
            GoodRow(14, ObjectRef(bucket, "cold.mp4", etag="e1", barrier=Barrier.ARCHIVE_ACCESS)),
            GoodRow(15, ObjectRef(bucket, "theirs.mp4", barrier=Barrier.CUSTOMER_KEY)),
            # What was analysed before it was archived needs no reading.
            GoodRow(16, ObjectRef(bucket, "seen.mp4", etag="e1", barrier=Barrier.GLACIER)),
        ]
        await submitted(deployment, "b", rows)
        await submitted(deployment, "again", rows[:1], again=True)
        await worker(deployment).step()
        messages = await taken_from(deployment)
        assert lines_of([message for message in messages if message["batch"] == "b"]) == [2, 3, 4, 5, 6, 9, 13]
        assert shares(messages)["again"] == 1
        outcomes = {outcome.id.line: outcome async for outcome in deployment.outcomes.of_chunk("b", 0)}
        assert {int(line.rpartition(":")[2]): (it.status, it.reason) for line, it in outcomes.items()} == {
            1: (OutcomeStatus.SKIPPED, Reason.ALREADY_ANALYSED),
            7: (OutcomeStatus.FAILED, Reason.BUCKET_NOT_ALLOWED),
            8: (OutcomeStatus.FAILED, Reason.EMPTY_OBJECT),
            10: (OutcomeStatus.FAILED, Reason.BAD_LINE),
            11: (OutcomeStatus.FAILED, Reason.OBJECT_MISSING),
            12: (OutcomeStatus.SKIPPED, Reason.FILTERED),
            14: (OutcomeStatus.FAILED, Reason.ARCHIVED),
            15: (OutcomeStatus.FAILED, Reason.CUSTOMER_KEY),
            16: (OutcomeStatus.SKIPPED, Reason.ALREADY_ANALYSED),
        }
        assert (outcomes["m.csv:1"].video_id, outcomes["m.csv:1"].verdict) == (seen.video_id, "review")
        assert outcomes["m.csv:1"].billed_ms == 0
        assert outcomes["m.csv:10"].message == "a row needs a bucket and a key: only-a-bucket"
        chunk = await chunk_of(deployment, "b")
        assert (chunk.in_flight, chunk.counts.ended, chunk.pending) == (7, 9, 7)


async def test_a_batch_analysed_before_makes_room_for_what_was_not(opened: Opened) -> None:
    async with opened() as deployment:
        bucket = bucket_of(deployment)
        for number in range(1, 61):
            await analysed(deployment, Video(bucket, f"{number}.mp4", "e"))
        await submitted(deployment, "b", good_rows(deployment, 100, etag="e"))
        await worker(deployment).step()
        assert lines_of(await taken_from(deployment)) == list(range(61, 101))
        assert (await counts_of(deployment, "b")).skipped == 60


async def analysed(deployment: Deployment, video: Video, **members: Any) -> None:
    """A job with a result, unless `members` say otherwise."""
    state = members.pop("state", JobState.CLOSED)
    job = make_job(
        video=video,
        analysis=Analysis.CONTENT_MODERATION,
        attempt=1,
        state=state,
        by=LineId("earlier", "m.csv:1", 0),
        **{
            "model_settings": deployment.start_settings.model_settings(Analysis.CONTENT_MODERATION),
            "created_ms": 1,
            "at_ms": 1,
            "settled_ms": 2 if state is JobState.CLOSED else None,
            "due_at_ms": now_ms() + 600_000,
            **members,
        },
    )
    await write_jobs(deployment, job)


async def test_two_workers_at_once_send_every_line_once(opened: Opened) -> None:
    async with opened(lines_ahead="100000") as deployment:
        await submitted(deployment, "b", good_rows(deployment, 800), chunk_lines=220)
        workers = [worker(deployment), worker(deployment)]
        while any([chunk.sent < chunk.end async for chunk in deployment.chunks.of_batch("b")]):
            await asyncio.gather(*(one.step() for one in workers))
        assert lines_of(await taken_from(deployment)) == list(range(1, 801))
        assert sum([chunk.in_flight async for chunk in deployment.chunks.of_batch("b")]) == 800


async def test_what_a_worker_left_off_at_is_sent_once_its_lease_is_over_without_what_has_ended(opened: Opened) -> None:
    async with opened() as deployment:
        await submitted(deployment, "b", good_rows(deployment, 100))
        (chunk,) = await deployment.chunks.unsent("b", 1)
        await deployment.chunks.claim_lines(chunk, 30, due_at_ms=now_ms() + 60_000)
        expander = worker(deployment)
        await expander.step()
        assert await taken_from(deployment) == [], "somebody is sending these lines"
        await deployment.chunks.postpone(await chunk_of(deployment, "b"), now_ms())
        await end(deployment, [line(deployment, 3), line(deployment, 4)])
        await expander.step()
        sent = lines_of(await taken_from(deployment))
        assert sent[:28] == [1, 2, *range(5, 31)]
        assert sent[28:] == list(range(31, 43)), "with the room that those two have left"


def line(deployment: Deployment, row: int, batch_id: str = "b", chunk: int = 0) -> dict[str, Any]:
    """A line as its message says it."""
    return {
        "batch": batch_id,
        "line": f"m.csv:{row}",
        "chunk": chunk,
        "bucket": bucket_of(deployment),
        "key": f"{row}.mp4",
    }


async def test_a_stopping_worker_leaves_the_rest_of_its_lines_to_the_next_one_at_once(
    opened: Opened, cloud: CloudProcess
) -> None:
    async with opened(lines_ahead="100000") as deployment:
        await submitted(deployment, "b", good_rows(deployment, 1_200))
        hold = cloud.add_fault("hold", service="sqs", operation="SendMessageBatch", skip=5, drop_on_release=False)
        stop = asyncio.Event()
        stopping = asyncio.create_task(batch_loops.expander(deployment, stop).step())
        await asyncio.to_thread(eventually, lambda: cloud.held(hold), "the worker in the middle of its lines")
        stop.set()
        cloud.release(hold)
        await stopping
        chunk = await chunk_of(deployment, "b")
        assert 0 < chunk.sent < chunk.claimed == 1_200
        await worker(deployment).step()
        assert lines_of(await taken_from(deployment)) == list(range(1, 1_201)), "none twice"


async def test_of_a_paused_batch_nothing_is_sent_and_what_was_dropped_comes_again(opened: Opened) -> None:
    async with opened() as deployment:
        batch = await submitted(deployment, "b", good_rows(deployment, 90))
        expander = worker(deployment)
        await expander.step()
        first = await taken_from(deployment)
        await end(deployment, first[:25])
        paused = await deployment.batches.change(batch, state=BatchState.PAUSED, due_at_ms=now_ms())
        await deployment.chunks.mark_resend("b", 0)
        await expander.step()
        assert await taken_from(deployment) == []
        assert await count_unexpanded(deployment) == 0
        await deployment.batches.change(paused, state=BatchState.ACTIVE, due_at_ms=now_ms())
        assert await count_unexpanded(deployment) == 1
        await expander.step()
        await expander.step()
        again = await taken_from(deployment)
        assert lines_of(again) == list(range(26, 66)), "the dropped ones, and as many more as the window has room for"
        await end(deployment, again)
        await expander.step()
        await end(deployment, await taken_from(deployment))
        counts = await counts_of(deployment, "b")
        assert (counts.succeeded, counts.ended) == (90, 90)


async def test_a_rewound_chunk_of_which_most_has_ended_does_not_wait_for_what_has(opened: Opened) -> None:
    async with opened() as deployment:
        await submitted(deployment, "b", good_rows(deployment, 300))
        await end(deployment, [line(deployment, row) for row in range(1, 250)])
        (chunk,) = await deployment.chunks.unsent("b", 1)
        chunk = await deployment.chunks.claim_lines(chunk, 300, lines=51, due_at_ms=now_ms())
        await deployment.chunks.rewind(chunk, due_at_ms=now_ms())
        expander = worker(deployment)
        await expander.step()
        assert lines_of(await taken_from(deployment)) == list(range(250, 290))
        assert (await chunk_of(deployment, "b")).in_flight == 40


@pytest.mark.parametrize("ahead", ["40", "1000"])
async def test_lines_lost_from_the_queue_are_sent_again_when_none_ends_any_more(opened: Opened, ahead: str) -> None:
    async with opened(lines_ahead=ahead) as deployment:
        await submitted(deployment, "b", good_rows(deployment, 100))
        expander = worker(deployment)
        await expander.step()
        lost = await taken_from(deployment)
        sent = await chunk_of(deployment, "b")
        await end(deployment, lost[:5])
        await deployment.chunks.postpone(sent, now_ms())
        await expander.step()
        seen = await chunk_of(deployment, "b")
        assert (seen.seen, seen.rewound) == (5, 0), "lines have ended since the last look, so the others may yet"
        await deployment.chunks.postpone(await chunk_of(deployment, "b"), now_ms())
        await expander.step()
        await expander.step()
        assert lines_of(await taken_from(deployment)) == list(range(6, min(100, 5 + int(ahead)) + 1))


async def test_a_chunk_that_cannot_be_read_holds_up_none_of_its_neighbours(opened: Opened) -> None:
    async with opened() as deployment:
        await submitted(deployment, "b", good_rows(deployment, 60), chunk_lines=20)
        with acting(None):
            await deployment.work.put("batches/b/chunks/000000000.jsonl.gz", b"damaged", "application/gzip")
            await deployment.work.delete_below("batches/b/chunks/000000001")
        expander = worker(deployment)
        for _ in range(3):
            await expander.step()
        assert lines_of(await taken_from(deployment)) == list(range(41, 61))
        chunk = await chunk_of(deployment, "b")
        assert (chunk.sent, chunk.in_flight, chunk.counts.ended) == (0, 0, 0)
        cut = await deployment.chunks.skip_unclaimed(chunk, Reason.CANCELLED, now_ms=now_ms())
        assert (cut.skip_from, cut.counts.skipped) == (0, 20), "so that its batch can be ended"


async def test_lines_that_a_worker_fails_over_hold_up_no_other_batch(opened: Opened) -> None:
    async with opened() as deployment:
        await submitted(deployment, "a", good_rows(deployment, 5), analyses=("of_a_later_version",))
        await submitted(deployment, "b", good_rows(deployment, 90))
        expander = worker(deployment)
        sent = []
        for _ in range(4):
            await expander.step()
            sent += await taken_from(deployment)
            await end(deployment, sent)
        assert lines_of(sent) == list(range(1, 91))
        later = await chunk_of(deployment, "a")
        assert (later.sent, later.claimed, later.counts.ended) == (0, 5, 0)


async def test_rows_that_a_later_version_has_written_hide_no_others(opened: Opened) -> None:
    async with opened() as deployment:
        for name in ("batch", "chunk", "b"):
            await submitted(deployment, name, good_rows(deployment, 5))
        table = deployment.batches.table
        filters = '{"globs": [], "suffixes": null, "longest": 1}'
        await table.update({"batch_id": "batch", "part": "meta"}, "SET #filters = :filters", filters=filters)
        chunk = {"batch_id": "chunk", "part": "chunk#000000000"}
        await table.update(chunk, "SET #skip_reason = :reason, #open = :open", reason="too_slow", open="chunk")
        await worker(deployment).step()
        assert shares(await taken_from(deployment)) == {"b": 5}
        assert [batch.batch_id for batch in await deployment.batches.recent(5)] == ["b", "chunk"]


async def test_rows_that_say_the_same_are_lines_of_their_own(opened: Opened) -> None:
    async with opened() as deployment:
        row = good_rows(deployment, 1)[0].ref
        await submitted(deployment, "b", [GoodRow(number, row) for number in range(1, 8)])
        await worker(deployment).step()
        messages = await taken_from(deployment)
        assert len({message["line"] for message in messages}) == len(messages) == 7
        assert await end(deployment, messages + messages) == 7
        assert (await counts_of(deployment, "b")).ended == 7


async def test_a_line_that_was_sent_back_to_work_is_sent_in_its_new_round(opened: Opened) -> None:
    async with opened() as deployment:
        bucket = bucket_of(deployment)
        await analysed(deployment, Video(bucket, "1.mp4", "e"))
        await submitted(deployment, "b", good_rows(deployment, 3, etag="e"))
        expander = worker(deployment)
        await expander.step()
        cost: dict[str, Any] = {"billed_ms": 2000, "cost_micros": 3333}
        sent = await taken_from(deployment)
        await end(deployment, sent, OutcomeStatus.FAILED, reason=Reason.REKOGNITION_FAILED, **cost)
        failed = [it async for it in deployment.outcomes.of_chunk("b", 0) if it.status is OutcomeStatus.FAILED]
        await reopen(deployment, failed[0])
        await expander.step()
        await expander.step()
        (message,) = await taken_from(deployment)
        assert (message["line"], message["round"]) == (failed[0].id.line, 2)
        assert (message["paid_ms"], message["paid_micros"]) == (2000, 3333), "so that its outcome tells all it has cost"


async def test_a_redriven_line_leaves_the_rest_of_its_chunk_to_whoever_goes_on_sending_it(opened: Opened) -> None:
    async with opened(expand_lease_s="1") as deployment:
        await submitted(deployment, "b", good_rows(deployment, 20))
        (chunk,) = await deployment.chunks.unsent("b", 1)
        await deployment.chunks.claim_lines(chunk, 20, due_at_ms=now_ms())
        await end(deployment, [line(deployment, 1)], OutcomeStatus.FAILED, reason=Reason.GAVE_UP)
        (outcome,) = [it async for it in deployment.outcomes.of_chunk("b", 0)]
        await Reopening(deployment, await batch_of(deployment, "b")).lines([outcome], resend=False)

        async def sent() -> bool:
            await worker(deployment).step()
            return await deployment.queues["intake"].depth() >= 19

        await until(sent, "what a killed worker had left off at")


async def reopen(deployment: Deployment, outcome: Outcome) -> None:
    batch = await batch_of(deployment, outcome.id.batch_id)
    await deployment.outcomes.reopen(
        [outcome], batch, now_ms=now_ms(), due_at_ms=now_ms(), watch_at_ms=now_ms(), resend=True
    )
