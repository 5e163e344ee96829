"""Slot first, then message, then line: how many are received, and what becomes of each message."""

import asyncio
import json
from dataclasses import replace

import pytest

from reelsift.aws.errors import AwsUnavailable
from reelsift.aws.queue import STARTING_QUEUES, Message, QueueName
from reelsift.aws.rekognition import Refused
from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.job import JobState
from reelsift.domain.line import OutcomeStatus
from reelsift.messages.intake import MOST_SLOTS, OUTAGE_FAILURES
from support.clocks import SetClock
from support.memory_stores import BUCKET, settings
from support.memory_worker import GONE, MODERATION, MemoryWorker, SentMessages
from support.patience import PATIENCE_S


def body(key: str = "a.mp4", **members: object) -> str:
    named = {"batch": "batch", "chunk": 0, "line": key}
    return json.dumps({"bucket": BUCKET, "key": key, **named, **members})


async def test_a_message_is_deleted_only_when_its_line_is_recorded() -> None:
    worker = MemoryWorker()
    worker.queues["intake"].put(body())
    await worker.receive()
    assert await worker.waiting() == ["a.mp4"]
    assert worker.queues["intake"].deleted == ["r0"]


async def test_without_a_slot_no_message_is_received_so_that_none_ages() -> None:
    worker = MemoryWorker(quota=1)
    await worker.admit(worker.line("runs.mp4"))
    worker.queues["intake"].put(body())
    await worker.receive()
    assert len(worker.queues["intake"].waiting) == 1


async def test_a_queue_that_fills_its_receives_gets_larger_ones_and_an_empty_one_gets_one_slot() -> None:
    worker = MemoryWorker(quota=100)
    intake = worker.queues["intake"]
    for number in range(30):
        intake.put(body(f"{number}.mp4"))
    left = []
    while intake.waiting:
        await worker.receive()
        left.append(len(intake.waiting))
    assert left == [29, 27, 23, 15, 5, 0]
    assert MOST_SLOTS == 10
    await worker.receive()
    reserved = [row for row in worker.tables["slots"].rows.values() if "reserved_by" in row]
    assert len(reserved) == 1


async def test_the_priority_queue_comes_first_and_is_left_alone_for_a_moment_when_it_was_empty() -> None:
    worker = MemoryWorker()
    priority, intake = worker.queues["priority"], worker.queues["intake"]
    priority.put(body("urgent.mp4"))
    intake.put(body("bulk.mp4"))
    await worker.receive()
    assert (priority.receives, intake.receives) == (1, 0)
    await worker.receive()
    await worker.receive()
    assert (priority.receives, intake.receives) == (2, 2)
    worker.clock.move(worker.timings.priority_pause_s)
    await worker.receive()
    assert (priority.receives, intake.receives) == (3, 3)


async def test_what_has_begun_goes_before_all_that_has_not_and_is_asked_for_each_time() -> None:
    worker = MemoryWorker(quota=1)
    await worker.admit(worker.line("begun.mp4", analyses=(MODERATION, Analysis.LABELS)))
    ((due, _),) = worker.queues["begun"].sent
    begun, priority, intake = (worker.queues[name] for name in STARTING_QUEUES)
    assert (begun.name, priority.name, intake.name) == ("begun", "priority", "intake")
    worker.complete(await worker.job("begun.mp4"))
    await worker.receive_completions()
    await worker.receive()
    assert begun.receives == 1
    begun.put(due)
    priority.put(body("urgent.mp4"))
    intake.put(body("bulk.mp4"))
    # It was empty a moment ago: the priority queue would be left alone for that.
    await worker.receive()
    assert (begun.receives, len(begun.waiting), len(priority.waiting), len(intake.waiting)) == (2, 0, 1, 1)
    assert (await worker.job("begun.mp4", Analysis.LABELS)).state is JobState.RUNNING


async def test_a_line_that_must_wait_is_sent_anew_by_its_own_name_and_then_deleted() -> None:
    worker = MemoryWorker(daily_budget="0.000001")
    worker.queues["intake"].put(body("a.mp4"))
    await worker.receive()
    worker.queues["intake"].put(body("b.mp4"))
    await worker.receive()
    ((sent, delay_s),) = worker.queues["intake"].sent
    assert (json.loads(sent)["line"], json.loads(sent)["batch"]) == ("b.mp4", "batch")
    assert delay_s == worker.timings.longest_day_budget_retry_s
    assert len(worker.queues["intake"].deleted) == 2


async def test_an_outage_is_nobodys_poison_and_several_in_a_row_pause_the_intake() -> None:
    worker = MemoryWorker()
    for number in range(OUTAGE_FAILURES):
        worker.rekognition.answers.append(AwsUnavailable("no network"))
        worker.queues["intake"].put(body(f"{number}.mp4", analyses=["content_moderation"]), receives=4)
        assert await worker.jobs.pool.take_now(0) == []
        await worker.receive()
    sent = worker.queues["intake"].sent
    assert [delay_s for _, delay_s in sent] == [worker.timings.outage_retry_s] * OUTAGE_FAILURES
    assert worker.dead["intake"].sent == []
    worker.queues["intake"].put(body("later.mp4"))
    await worker.receive()
    assert len(worker.queues["intake"].waiting) == 1
    worker.clock.move(worker.timings.outage_retry_s + 1)
    await worker.receive()
    assert len(worker.queues["intake"].waiting) == 0


async def test_a_fault_of_this_program_leaves_the_message_to_come_back_by_itself() -> None:
    worker = MemoryWorker()
    worker.rekognition.answers.append(KeyError("a fault"))
    worker.queues["intake"].put(body())
    await worker.receive()
    assert (worker.queues["intake"].deleted, worker.queues["intake"].sent) == ([], [])
    assert worker.metrics.counted["ProgramFailures",] == 1


async def test_what_comes_too_often_is_given_up_with_an_outcome_and_a_dead_letter() -> None:
    worker = MemoryWorker(max_receives=5)
    worker.queues["intake"].put(body(), receives=5)
    await worker.receive()
    outcome = await worker.outcome()
    assert outcome is not None
    assert (outcome.status, outcome.reason) == (OutcomeStatus.FAILED, Reason.GAVE_UP)
    assert len(worker.dead["intake"].sent) == 1
    assert worker.rekognition.starts == []
    assert len(await worker.jobs.pool.take_now(4)) == 4


async def test_several_lines_in_one_message_go_their_own_ways_before_it_is_deleted() -> None:
    worker = MemoryWorker()
    worker.queues["intake"].put(f"[{body('a.mp4')}, {body('b.mp4')}]")
    await worker.receive()
    assert [json.loads(sent)["line"] for sent, _ in worker.queues["intake"].sent] == ["a.mp4", "b.mp4"]
    assert worker.queues["intake"].deleted == ["r0"]
    assert worker.rekognition.starts == []


async def test_what_has_no_name_of_its_own_is_only_hidden_by_an_outage_longer_each_time() -> None:
    worker = MemoryWorker()

    async def unavailable(*_: object, **__: object) -> None:
        raise AwsUnavailable("no queue")

    intake = worker.queues["intake"]
    intake.send = unavailable  # type: ignore[method-assign]
    for receives in (1, 2, 9):
        intake.put(f"[{body('a.mp4')}, {body('b.mp4')}]", receives=receives)
        await worker.receive()
        worker.clock.move(60)
    retry_s = worker.timings.outage_retry_s
    assert [hidden_s for _, hidden_s in intake.hidden] == [2 * retry_s, 4 * retry_s, worker.timings.longest_hidden_s]
    assert intake.deleted == []


async def test_a_message_that_no_line_can_be_made_of_is_a_dead_letter_with_its_reason() -> None:
    worker = MemoryWorker()
    worker.queues["intake"].put("{not json")
    await worker.receive()
    assert len(worker.dead["intake"].sent) == 1
    assert worker.metrics.counted["DeadLetters", "intake"] == 1


async def test_a_stopping_worker_lets_others_have_what_it_has_just_received() -> None:
    worker = MemoryWorker()
    worker.queues["intake"].put(body())
    await worker.parts.intake.step()
    worker.stop.set()
    await worker.parts.intake.drain()
    assert worker.queues["intake"].hidden == [("r0", 0)]
    assert worker.rekognition.starts == []


@pytest.mark.parametrize("failure", [GONE, None])
async def test_a_slot_that_a_line_did_not_need_serves_the_next_message(failure: Failure | None) -> None:
    worker = MemoryWorker(quota=1)
    if failure is not None:
        worker.videos.failures["a.mp4"] = failure
    else:
        worker.rekognition.answers.append(Refused(Failure(Reason.INVALID_OBJECT, "no video")))
    worker.queues["intake"].put(body("a.mp4"))
    worker.queues["intake"].put(body("b.mp4"))
    await worker.receive()
    await worker.receive()
    assert (await worker.job("b.mp4")).start.slot == 0


async def test_a_receive_that_fails_puts_its_slots_back() -> None:
    worker = MemoryWorker(quota=1)
    worker.queues["intake"].failure = worker.queues["priority"].failure = AwsUnavailable("no queue")
    with pytest.raises(AwsUnavailable):
        await worker.parts.intake.step()
    assert len(await worker.jobs.pool.take_now(1)) == 1


class OpenPoll(SentMessages):
    """A queue whose poll lasts until it is `answered`."""

    def __init__(self, name: QueueName) -> None:
        super().__init__(name)
        self.polled, self.answered = asyncio.Event(), asyncio.Event()

    async def receive(self, limit: int, *, wait_s: int, visibility_s: int) -> list[Message]:
        self.polled.set()
        await self.answered.wait()
        return await super().receive(limit, wait_s=wait_s, visibility_s=visibility_s)


async def test_a_stopping_worker_gives_its_slots_back_at_once_and_what_its_poll_still_brings_too() -> None:
    worker = MemoryWorker(quota=1)
    intake = OpenPoll("intake")
    worker.deployment.queues["intake"] = intake
    parts = worker.another()
    step = asyncio.create_task(parts.intake.step())
    await intake.polled.wait()
    worker.stop.set()
    parts.jobs.pool.stop()
    other = worker.another("other").jobs.pool
    while not await other.take_now(1):
        await asyncio.sleep(0)
        worker.clock.move(0.1)
        assert worker.clock.now_ms() < SetClock().now_ms() + 9_000, "the reservation has run out by itself"
    intake.put(body())
    intake.answered.set()
    await step
    await parts.intake.drain()
    assert (intake.hidden, intake.deleted) == ([("r0", 0)], [])


async def test_a_line_that_waits_for_its_turn_does_not_keep_its_slot_from_others_while_its_worker_stops() -> None:
    worker = MemoryWorker(quota=2)
    worker.settings = settings(start_rate=0.0001, receive_wait_s=0)
    worker.deployment = replace(worker.deployment, settings=worker.settings)
    parts = worker.another()
    for key in ("a.mp4", "b.mp4"):
        worker.queues["intake"].put(body(key))
        await parts.intake.step()
    for _ in range(100):
        await asyncio.sleep(0)
    assert len(worker.rekognition.starts) == 1
    worker.stop.set()
    parts.jobs.pool.stop()
    await asyncio.wait_for(parts.intake.drain(), PATIENCE_S)
    assert [seconds for _, seconds in worker.queues["intake"].hidden] == [0]
    assert len(await worker.another("other").jobs.pool.take_now(2)) == 1
