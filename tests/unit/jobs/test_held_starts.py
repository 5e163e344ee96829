"""While starts are held nothing new is started, nothing is lost by it, and what was started goes on."""

import json
from dataclasses import replace

import pytest

from reelsift.aws.rekognition import Throttled, Unclear
from reelsift.domain.analysis import Analysis
from reelsift.domain.hold import Kind
from reelsift.domain.job import JobState
from reelsift.jobs.admission import SlotHold
from reelsift.jobs.batch_gate import LineMustWait
from reelsift.manifests.messages import AttemptMessage, parse_message
from support.memory_stores import BUCKET
from support.memory_worker import MODERATION, NO_WAITS, MemoryWorker, succeeded

QUICK = replace(NO_WAITS, held_s=0)


async def hold(worker: MemoryWorker) -> None:
    """Hold starts, and let so much time pass that each worker has to know."""
    await worker.deployment.hold_switch.hold([Kind.STARTS], by="me", note="", now_ms=worker.clock.now_ms())
    worker.clock.move(4)


async def release(worker: MemoryWorker) -> None:
    await worker.deployment.hold_switch.release([Kind.STARTS], by="me", note="", now_ms=worker.clock.now_ms())
    worker.clock.move(4)


def body(key: str) -> str:
    return json.dumps({"bucket": BUCKET, "key": key, "batch": "batch", "chunk": 0, "line": key})


async def test_no_message_is_received_while_starts_are_held_so_none_ages_and_all_are_started_once_released() -> None:
    worker = MemoryWorker(timings=QUICK)
    worker.queues["intake"].put(body("a.mp4"))
    await hold(worker)
    for _ in range(20):
        await worker.receive()
    assert (len(worker.queues["intake"].waiting), worker.rekognition.starts) == (1, [])
    await release(worker)
    await worker.receive()
    assert (await worker.job()).state is JobState.RUNNING


async def test_slots_that_running_jobs_leave_behind_are_not_kept_for_nothing() -> None:
    worker = MemoryWorker(timings=QUICK, quota=4)
    keys = [f"{number}.mp4" for number in range(4)]
    for key in keys:
        await worker.admit(worker.line(key))
    await hold(worker)
    for key in keys:
        worker.complete(await worker.job(key))
    await worker.receive_completions()
    await worker.receive()
    reserved = [row for row in worker.tables["slots"].rows.values() if "reserved_by" in row]
    assert len(reserved) == 1


async def test_what_was_started_runs_on_and_alerts() -> None:
    worker = MemoryWorker(timings=QUICK)
    await worker.admit()
    await hold(worker)
    worker.rekognition.pages.append(succeeded(98.5))
    worker.complete(await worker.job())
    await worker.receive_completions()
    assert (await worker.job()).state is JobState.CLOSED
    assert len(worker.alerts.sent) == 1


async def test_a_line_in_hand_goes_back_and_its_object_is_left_alone() -> None:
    worker = MemoryWorker(timings=QUICK)
    await hold(worker)
    worker.videos.unanswered.add("a.mp4")
    with pytest.raises(LineMustWait):
        await worker.admit()


async def test_a_line_that_waits_for_its_turn_when_starts_are_held_is_not_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worker = MemoryWorker(timings=QUICK)

    async def turn() -> None:
        await hold(worker)

    monkeypatch.setattr(worker.jobs.starter, "turn", turn)
    worker.queues["intake"].put(body("a.mp4"), receives=4)
    await worker.receive()
    assert (worker.rekognition.starts, await worker.slots_held()) == ([], [])
    assert worker.dead["intake"].sent == []
    ((sent, delay_s),) = worker.queues["intake"].sent
    assert (json.loads(sent)["line"], delay_s) == ("a.mp4", worker.timings.line_retry_s)
    monkeypatch.undo()
    await release(worker)
    worker.queues["intake"].put(sent)
    await worker.receive()
    assert (await worker.job()).state is JobState.RUNNING


async def test_a_due_attempt_in_hand_goes_back_and_is_started_once_starts_are_released() -> None:
    worker = MemoryWorker(timings=QUICK, quota=1)
    await worker.admit(worker.line(analyses=(MODERATION, Analysis.LABELS)))
    ((due, _),) = worker.queues["begun"].sent
    worker.complete(await worker.job())
    await worker.receive_completions()
    await hold(worker)
    attempt = parse_message(due, message_id="m", sent_ms=1)
    assert isinstance(attempt, AttemptMessage)
    with pytest.raises(LineMustWait):
        await worker.jobs.admissions.attempt(attempt, SlotHold(None))
    assert len(worker.rekognition.starts) == 1
    await release(worker)
    worker.queues["begun"].put(due)
    await worker.receive()
    assert (await worker.job(analysis=Analysis.LABELS)).state is JobState.RUNNING


async def test_a_start_that_is_refused_when_starts_are_held_is_taken_back() -> None:
    worker = MemoryWorker(timings=QUICK)

    async def start(analysis: Analysis, start_input: str) -> Throttled:
        await hold(worker)
        worker.rekognition.starts.append(start_input)
        assert analysis is MODERATION
        return Throttled()

    worker.rekognition.start = start  # type: ignore[method-assign]
    await worker.admit()
    job = await worker.job()
    assert (job.state, len(worker.rekognition.starts), await worker.slots_held()) == (JobState.WAITING, 1, [])
    assert len(worker.queues["begun"].sent) == 1


async def test_a_start_that_may_have_been_accepted_is_not_sent_again_until_starts_are_released() -> None:
    worker = MemoryWorker(timings=QUICK)

    async def start(analysis: Analysis, start_input: str) -> Unclear:
        await hold(worker)
        worker.rekognition.starts.append(start_input)
        assert analysis is MODERATION
        return Unclear("no answer")

    accepted = worker.rekognition.start
    worker.rekognition.start = start  # type: ignore[method-assign]
    await worker.admit()
    worker.rekognition.start = accepted  # type: ignore[method-assign]
    for _ in range(3):
        await worker.reconcile(after_s=120)
    assert ((await worker.job()).state, len(worker.rekognition.starts)) == (JobState.STARTING, 1)
    await release(worker)
    await worker.reconcile(after_s=120)
    assert ((await worker.job()).state, len(worker.rekognition.starts)) == (JobState.RUNNING, 2)


async def test_what_is_held_is_measured_and_nothing_is_sent_where_nothing_is() -> None:
    worker = MemoryWorker(timings=QUICK)
    await worker.parts.gauges.step()
    assert not [name for name in worker.metrics.counted if name[0] == "Held"]
    await hold(worker)
    await worker.parts.gauges.step()
    assert worker.metrics.counted["Held", "starts"] == 1
