"""Attempts that are refused again and again, by Rekognition or by their batch's budget: others get on meanwhile."""

import json
from collections.abc import Collection
from dataclasses import replace

import pytest

from reelsift.aws.rekognition import Denied, StartAnswer
from reelsift.domain.analysis import Analysis
from reelsift.domain.batch import Batch
from reelsift.domain.job import JobState
from reelsift.domain.line import LineId
from reelsift.domain.video import ObjectRef, Video
from reelsift.jobs.batch_gate import LineMustWait
from reelsift.runtime.backoff import LONGEST_S, Backoffs
from support.clocks import SetClock
from support.memory_stores import BUCKET
from support.memory_worker import MODERATION, MemoryWorker

CELEBRITIES = Analysis.CELEBRITIES

DENIED = frozenset({CELEBRITIES})

HOUR_S = 3600


class Rounds:
    """Receives of a worker, each some seconds after the last, while its queues keep delayed messages back."""

    def __init__(self, worker: MemoryWorker) -> None:
        self._worker = worker
        self._due: dict[str, list[tuple[float, str]]] = {name: [] for name in worker.queues}
        self.turns = 0
        turn = worker.jobs.starter.turn

        async def counted() -> None:
            self.turns += 1
            await turn()

        worker.jobs.starter.turn = counted  # type: ignore[method-assign]

    async def go(self, seconds: float, *, every_s: float) -> None:
        worker = self._worker
        for _ in range(int(seconds / every_s)):
            for name in ("begun", "priority", "intake"):
                queue, due = worker.queues[name], self._due[name]
                due += [(worker.clock.now_ms() + delay_s * 1000, body) for body, delay_s in queue.sent]
                queue.sent.clear()
                for at_ms, body in [*due]:
                    if at_ms <= worker.clock.now_ms():
                        due.remove((at_ms, body))
                        queue.put(body)
            await worker.receive()
            worker.clock.move(every_s)


def deny(worker: MemoryWorker, denied: Collection[Analysis]) -> list[Analysis]:
    """Have Rekognition deny these; returns the list of what was denied, one a Start."""
    start = worker.rekognition.start
    refused: list[Analysis] = []

    async def answer(analysis: Analysis, start_input: str) -> StartAnswer:
        if analysis in denied:
            refused.append(analysis)
            return Denied("not you")
        return await start(analysis, start_input)

    worker.rekognition.start = answer  # type: ignore[method-assign]
    return refused


def line_of(key: str, *analyses: Analysis, batch: str = "batch") -> str:
    members = {"batch": batch, "chunk": 0, "line": key, "analyses": [str(analysis) for analysis in analyses]}
    return json.dumps({"bucket": BUCKET, "key": key, **members})


async def test_an_analysis_that_is_denied_keeps_no_other_back_and_is_tried_seldom() -> None:
    worker = MemoryWorker(quota=50)
    refused = deny(worker, DENIED)
    rounds = Rounds(worker)
    for number in range(12):
        worker.queues["intake"].put(line_of(f"both{number}.mp4", MODERATION, CELEBRITIES))
    await rounds.go(120, every_s=1)
    for number in range(20):
        worker.queues["priority"].put(line_of(f"urgent{number}.mp4", MODERATION))
    await rounds.go(60, every_s=1)
    assert not worker.queues["priority"].waiting
    assert len(worker.rekognition.starts) == 32
    assert {(await worker.job(f"both{n}.mp4", CELEBRITIES)).state for n in range(12)} == {JobState.WAITING}
    before = len(refused)
    await rounds.go(HOUR_S, every_s=15)
    assert 4 <= len(refused) - before <= HOUR_S / worker.timings.denied_pause_s


async def test_what_was_denied_goes_on_by_itself_once_it_is_permitted() -> None:
    worker = MemoryWorker(quota=50)
    denied = {CELEBRITIES}
    deny(worker, denied)
    rounds = Rounds(worker)
    for number in range(12):
        worker.queues["intake"].put(line_of(f"{number}.mp4", MODERATION, CELEBRITIES))
        worker.queues["intake"].put(line_of(f"alone{number}.mp4", CELEBRITIES))
    await rounds.go(HOUR_S, every_s=31)
    denied.clear()
    await rounds.go(LONGEST_S + 300, every_s=10)
    for name in [f"{n}.mp4" for n in range(12)] + [f"alone{n}.mp4" for n in range(12)]:
        assert (await worker.job(name, CELEBRITIES)).state is JobState.RUNNING


async def test_lines_of_nothing_but_a_denied_analysis_wait_without_a_look_at_their_objects() -> None:
    worker = MemoryWorker(quota=50)
    refused = deny(worker, DENIED)
    head = worker.videos.head
    looked: list[ObjectRef] = []

    async def counted(ref: ObjectRef, *, checksum: bool = False) -> Video:
        looked.append(ref)
        return await head(ref, checksum=checksum)

    worker.videos.head = counted  # type: ignore[method-assign]
    for number in range(40):
        worker.queues["intake"].put(line_of(f"{number}.mp4", CELEBRITIES))
    rounds = Rounds(worker)
    await rounds.go(600, every_s=15)
    looked.clear()
    refused.clear()
    await rounds.go(HOUR_S, every_s=15)
    assert len(looked) <= len(refused)


async def test_the_delay_of_what_is_denied_grows_up_to_the_longest_of_sqs() -> None:
    worker = MemoryWorker(quota=50)
    deny(worker, DENIED)
    for number in range(7):
        await worker.admit(worker.line(f"{number}.mp4", analyses=(CELEBRITIES,)))
        worker.clock.move(1000)
    delays = [delay_s for _, delay_s in worker.queues["begun"].sent]
    assert delays == [30, 60, 120, 240, 480, 900, 900]


async def test_attempts_that_a_batchs_budget_refuses_use_no_turn_and_let_other_batches_begin() -> None:
    worker = MemoryWorker(quota=20)
    big = Batch("big", "big", "list.csv", created_ms=1, total=200, chunks=1, manifest_key="m")
    await worker.deployment.batches.create(replace(big, max_cost_micros=70_000))
    for number in range(40):
        line = worker.line(f"{number}.mp4", id=LineId("big", str(number), 0), analyses=(MODERATION, Analysis.LABELS))
        try:
            await worker.admit(line)
        except LineMustWait:
            continue
    for _ in range(4):
        await worker.reconcile(after_s=125)
    assert len(set(worker.queues["begun"].sent)) > 20
    for number in range(5):
        worker.queues["priority"].put(line_of(f"urgent{number}.mp4", MODERATION, batch="other"))
    rounds = Rounds(worker)
    await rounds.go(20, every_s=1)
    assert [(await worker.job(f"urgent{number}.mp4")).state for number in range(5)] == [JobState.RUNNING] * 5
    await rounds.go(HOUR_S, every_s=5)
    assert rounds.turns == 5


async def test_what_its_batchs_budget_refuses_comes_back_later_each_time_and_soon_again_once_there_was_money() -> None:
    worker = MemoryWorker(quota=20)
    batch = Batch("batch", "batch", "list.csv", created_ms=1, total=10, chunks=1, manifest_key="m")
    await worker.deployment.batches.create(replace(batch, max_cost_micros=10_000))
    await worker.admit()

    async def delay_s() -> int | None:
        with pytest.raises(LineMustWait) as wait:
            await worker.admit(worker.line("b.mp4"))
        return wait.value.delay_s

    first_s = worker.timings.batch_budget_retry_s
    assert [await delay_s(), await delay_s()] == [first_s, first_s]
    worker.clock.move(first_s)
    assert await delay_s() == 2 * first_s
    worker.complete(await worker.job())
    await worker.receive_completions()
    await worker.admit(worker.line("c.mp4"))
    assert await delay_s() == first_s


async def test_a_receive_after_a_refused_attempt_asks_for_begun_videos_last_and_waits_for_none() -> None:
    worker = MemoryWorker(quota=50)
    deny(worker, DENIED)
    await worker.admit(worker.line("begun.mp4", analyses=(MODERATION, CELEBRITIES)))
    ((due, _),) = worker.queues["begun"].sent
    worker.clock.move(31)
    worker.queues["begun"].put(due)
    worker.queues["priority"].put(line_of("urgent.mp4", MODERATION))
    await worker.receive()
    assert len(worker.queues["priority"].waiting) == 1
    worker.queues["begun"].put(due)
    worker.queues["priority"].put(line_of("urgent too.mp4", MODERATION))
    worker.clock.move(31)
    await worker.receive()
    assert [len(worker.queues[name].waiting) for name in ("begun", "priority")] == [1, 0]
    worker.queues["priority"].put(line_of("next.mp4", MODERATION))
    await worker.receive()
    assert not worker.queues["begun"].waiting


def test_refusals_within_one_delay_are_one_and_keys_are_forgotten_before_they_are_too_many() -> None:
    clock = SetClock(tick_s=0)
    delays: Backoffs[str] = Backoffs(15, clock)
    assert [delays.refused("a"), delays.refused("a"), delays.delay_s("b")] == [15, 15, 0]
    clock.move(15)
    assert (delays.refused("a"), delays.delay_s("a")) == (30, 30)
    for number in range(1_000):
        delays.refused(str(number))
    assert delays.delay_s("a") == 0
