"""What follows a result: the lines that wait for it, and the sinks; and that a job is CLOSED only after all of it."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from reelsift.aws.errors import AwsUnavailable, is_outage
from reelsift.domain.alert import Alert
from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.job import Job, JobState
from reelsift.domain.line import LineId, OutcomeStatus
from reelsift.domain.video_verdict import Said
from reelsift.jobs import waiting_lines
from reelsift.jobs.closer import Closer
from reelsift.jobs.waiting_lines import MOST_CONTENT_CHANGES, WAITERS_AT_ONCE
from reelsift.reviews.desk import worker_items
from reelsift.runtime.faults import Faults
from support.live import always
from support.memory_worker import MODERATION, MemoryWorker, RecordedBus, succeeded


class Sink:
    """Notes the results it gets, and fails where it is told to."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.got: list[tuple[Job, list[Alert]]] = []
        self.closings: list[Job] = []

    async def settled(self, job: Job, alerts: Sequence[Alert]) -> None:
        await asyncio.sleep(0)
        if self.failure is not None:
            raise self.failure
        self.got.append((job, list(alerts)))

    def closed(self, job: Job) -> None:
        self.closings.append(job)


def closer(worker: MemoryWorker, *sinks: Sink) -> Closer:
    deployment = worker.deployment
    return Closer(
        jobs=deployment.jobs,
        verdicts=worker.jobs.verdicts,
        teller=worker.jobs.teller,
        attempts=worker.jobs.attempts,
        lines=worker.jobs.lines,
        items=worker_items(deployment, always(worker.policy.handling), worker.clock),
        sinks=sinks,
        closed_sinks=sinks,
        faults=Faults(worker.metrics),
        settings=worker.settings,
        clock=worker.clock,
    )


def raising(failure: Exception) -> Any:
    """Stands for a request that fails."""

    async def fail(*_arguments: Any) -> None:
        raise failure

    return fail


async def settled(worker: MemoryWorker, *, confidence: float | None = None, lines: Sequence[str] = ()) -> Job:
    """A SETTLED job whose worker died before it closed it, and the lines that wait for it beside `a.mp4`."""
    await worker.admit()
    for name in lines:
        await worker.admit(worker.line(id=LineId("batch", name, 0)))
    worker.rekognition.pages.append(succeeded(confidence))
    worker.complete(await worker.job())
    query = worker.tables["outcomes"]
    query.failure = AwsUnavailable("the table does not answer")
    worker.alerts.failure = AwsUnavailable("the topic does not answer")
    await worker.receive_completions()
    query.failure = worker.alerts.failure = None
    job = await worker.job()
    assert job.state is JobState.SETTLED
    return job


async def test_every_line_that_waits_has_its_outcome_and_only_one_of_them_pays() -> None:
    worker = MemoryWorker()
    names = [str(number) for number in range(3)]
    job = await settled(worker, lines=names)
    await closer(worker).close(job)
    outcomes = [await worker.outcome(name) for name in ["a.mp4", *names]]
    assert [outcome and (outcome.status, outcome.billed_ms) for outcome in outcomes] == [
        (OutcomeStatus.SUCCEEDED, 2000),
        *[(OutcomeStatus.SUCCEEDED, 0)] * 3,
    ]
    assert (await worker.job()).state is JobState.CLOSED


async def test_a_video_that_stands_in_a_manifest_very_often_is_delivered_to_every_line() -> None:
    worker = MemoryWorker()
    job = await settled(worker)
    for number in range(WAITERS_AT_ONCE + 5):
        await worker.deployment.waiters.add(
            job.key, worker.line(id=LineId("batch", str(number), 0), analyses=(MODERATION,))
        )
    await closer(worker).close(job)
    assert await worker.waiting() == []
    assert await worker.outcome(str(WAITERS_AT_ONCE + 4)) is not None


async def test_sinks_get_every_result_and_after_that_the_closed_job() -> None:
    worker = MemoryWorker()
    job = await settled(worker, confidence=98)
    one, other = Sink(), Sink()
    await closer(worker, one, other).close(job)
    for sink in (one, other):
        ((got, alerts),) = sink.got
        assert got == job
        assert [alert.label for alert in alerts] == ["Explicit"]
        assert sink.closings == [await worker.job()]


async def test_a_sink_that_fails_keeps_the_job_open_and_nobody_else_from_anything() -> None:
    worker = MemoryWorker()
    job = await settled(worker)
    bad, good = Sink(AwsUnavailable("away")), Sink()
    with pytest.raises(AwsUnavailable):
        await closer(worker, bad, good).close(job)
    assert (await worker.job()).state is JobState.SETTLED
    assert await worker.outcome() is not None
    assert len(good.got) == 1
    assert good.closings == []
    bad.failure = None
    await closer(worker, bad, good).close(job)
    assert (await worker.job()).state is JobState.CLOSED
    assert (len(bad.got), len(good.got)) == (1, 2)  # at least once each


async def test_an_event_waits_for_no_sink_and_is_not_told_again_when_the_close_is() -> None:
    bus = RecordedBus()
    worker = MemoryWorker(bus=bus)
    job = await settled(worker)
    bad = Sink(AwsUnavailable("away"))
    with pytest.raises(AwsUnavailable):
        await closer(worker, bad).close(job)
    assert ((await worker.job()).state, bus.heard()) == (JobState.SETTLED, [(1, "approved")])
    bad.failure = None
    await closer(worker, bad).close(job)
    assert ((await worker.job()).state, bus.heard()) == (JobState.CLOSED, [(1, "approved")])


async def test_a_fault_of_the_program_does_not_hide_behind_an_outage_and_all_that_failed_is_seen() -> None:
    worker = MemoryWorker()
    job = await settled(worker)
    sinks = Sink(AwsUnavailable("away")), Sink(KeyError("a fault of this program")), Sink(AwsUnavailable("too"))
    with pytest.raises(ExceptionGroup) as raised:
        await closer(worker, *sinks).close(job)
    assert [str(error) for error in raised.value.exceptions] == ["away", "'a fault of this program'", "too"]
    assert not is_outage(raised.value)


async def test_a_job_stays_open_until_people_are_asked_what_its_verdict_asks_them() -> None:
    worker = MemoryWorker()
    job = await settled(worker, confidence=98)
    items = worker.deployment.review_items
    of_video, items.of_video = items.of_video, raising(AwsUnavailable("away"))  # type: ignore[method-assign]
    with pytest.raises(AwsUnavailable):
        await closer(worker).close(job)
    assert (await worker.job()).state is JobState.SETTLED
    items.of_video = of_video  # type: ignore[method-assign]
    await closer(worker).close(job)
    assert [item.name for item in await items.of_video(job.key.video_id)] == ["verdict"]
    assert (await worker.job()).state is JobState.CLOSED


async def test_outages_together_are_one_outage() -> None:
    worker = MemoryWorker()
    job = await settled(worker)
    worker.tables["outcomes"].failure = AwsUnavailable("the table too")
    with pytest.raises(ExceptionGroup) as raised:
        await closer(worker, Sink(AwsUnavailable("the topic"))).close(job)
    assert is_outage(raised.value)


async def test_a_job_that_is_closed_twice_is_counted_once() -> None:
    worker = MemoryWorker()
    job = await settled(worker)
    sink = Sink()
    await closer(worker, sink).close(job)
    await closer(worker, sink).close(job)
    assert len(sink.closings) == 1


async def test_a_worker_that_slept_through_the_close_leaves_the_lines_of_the_next_attempt_alone() -> None:
    worker = MemoryWorker()
    job = await settled(worker)
    await closer(worker).close(job)
    await worker.admit(worker.line(id=LineId("batch", "again", 0), again=True, submitted_ms=worker.clock.now_ms() + 1))
    assert (await worker.job()).attempt == 2
    sink = Sink()
    await closer(worker, sink).close(job)  # the sleeper
    assert await worker.waiting() == ["again"]
    assert await worker.outcome("again") is None
    assert sink.closings == []


async def test_an_alert_is_published_and_carries_the_same_id_each_time() -> None:
    worker = MemoryWorker()
    job = await settled(worker, confidence=98)
    reviews = worker.deployment.reviews
    note, reviews.alert_sent = reviews.alert_sent, raising(AwsUnavailable("away"))  # type: ignore[method-assign]
    with pytest.raises(AwsUnavailable):
        await worker.jobs.closer.close(job)
    reviews.alert_sent = note  # type: ignore[method-assign]
    await worker.jobs.closer.close(job)
    await worker.jobs.closer.close(job)  # it was noted: not a third time
    assert len({alert.alert_id for alert in worker.alerts.sent}) == 1
    assert worker.metrics.counted["Alerts",] == len(worker.alerts.sent) == 2


async def test_a_result_below_the_threshold_alerts_nobody() -> None:
    worker = MemoryWorker()
    await worker.jobs.closer.close(await settled(worker, confidence=60))
    assert worker.alerts.sent == []


async def test_a_line_whose_object_changed_follows_it_a_few_times_with_what_it_has_paid() -> None:
    worker = MemoryWorker()
    changed = Failure(Reason.OBJECT_CHANGED, "overwritten")
    for changes in (0, MOST_CONTENT_CHANGES):
        await worker.admit(worker.line(f"{changes}.mp4", content_changes=changes))
        worker.videos.changed.add(f"{changes}.mp4")
        worker.complete(await worker.job(f"{changes}.mp4"))
        await worker.receive_completions()
    (sent,) = worker.queues["intake"].sent
    assert '"content_changes": 1' in sent[0]
    assert '"paid_ms": 2000' in sent[0]
    assert await worker.outcome("0.mp4") is None
    last = await worker.outcome(f"{MOST_CONTENT_CHANGES}.mp4")
    assert last is not None
    assert last.reason is changed.reason


async def test_what_a_line_has_paid_counts_once_though_the_content_that_it_paid_for_comes_back() -> None:
    worker = MemoryWorker(analyses="content_moderation,labels")
    await worker.admit()
    worker.complete(await worker.job())
    await worker.receive_completions()
    body = ""
    for starts in (2, 3):
        # The same bytes were uploaded anew: another object, and the ETag of before.
        worker.videos.changed.add("a.mp4")
        worker.complete(await worker.job(analysis=Analysis.LABELS))
        worker.queues["intake"].sent.clear()
        await worker.receive_completions()
        ((body, _),) = worker.queues["intake"].sent
        assert json.loads(body)["paid_ms"] == 2000 * starts
        worker.videos.changed.clear()
        worker.queues["intake"].put(body)
        await worker.receive()
    worker.complete(await worker.job(analysis=Analysis.LABELS))
    await worker.receive_completions()
    outcome = await worker.outcome()
    assert outcome is not None
    assert outcome.status is OutcomeStatus.SUCCEEDED
    assert len(worker.rekognition.starts) == 4
    assert (outcome.billed_ms, outcome.cost_micros) == (4 * 2000, 4 * 3333)


async def test_a_job_that_was_given_up_sends_its_lines_anew_but_not_those_that_have_ended() -> None:
    worker = MemoryWorker()
    job = await settled(worker, lines=["b", "c"])
    given_up = replace(job, result=replace(job.result, failure=Failure(Reason.CANCELLED, "stopped")))
    await worker.deployment.jobs.change(job, given_up)
    ended: Any = await worker.deployment.waiters.of_job(job.key, 10)
    await worker.jobs.lines.end([waiter.line for waiter in ended if waiter.line.id.line == "b"], job, Said())
    await closer(worker).close(given_up)
    assert len(worker.queues["intake"].sent) == 2
    assert await worker.waiting() == []


async def test_a_line_that_this_version_cannot_read_keeps_no_other_from_its_end_and_is_not_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(waiting_lines, "WAITERS_AT_ONCE", 3)
    worker = MemoryWorker()
    await worker.admit()
    for number in range(8):
        line = replace(worker.line(), id=LineId("batch", f"line-{number}", 0))
        await worker.admit(line)
    rows = [row for row in worker.tables["outcomes"].rows.values() if row["batch"].startswith("waiters##")]
    later = [row for row in rows if row["line_name"] in {f"line-{number}" for number in range(4)}]
    for row in later:
        row["analyses"] = ["of_a_later_version"]
    worker.complete(await worker.job())
    await worker.receive_completions()
    lines = ["a.mp4", *(f"line-{number}" for number in range(8))]
    ended = [name for name in lines if await worker.deployment.outcomes.get(LineId("batch", name, 0)) is not None]
    assert ended == ["a.mp4", "line-4", "line-5", "line-6", "line-7"]
    job = await worker.job()
    assert (job.state, job.program_failures) == (JobState.SETTLED, 1)
    for row in later:
        row["analyses"] = ["content_moderation"]
    await worker.reconcile(after_s=worker.settings.recheck_settled_s)
    assert (await worker.job()).state is JobState.CLOSED
    assert all([await worker.deployment.outcomes.get(LineId("batch", name, 0)) for name in lines])
