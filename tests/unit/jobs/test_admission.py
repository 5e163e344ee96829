"""One line meets the job of its video: it starts it, joins it, or takes the result it has."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from reelsift.aws.rekognition import StartAnswer
from reelsift.aws.table import Item
from reelsift.batches.retry.reopening import asked_again
from reelsift.domain.analysis import Analysis
from reelsift.domain.batch import Batch, BatchState
from reelsift.domain.failure import Reason
from reelsift.domain.job import Job, JobKey, JobState
from reelsift.domain.line import LineId, OutcomeStatus
from reelsift.domain.policy import Policy, Verdict
from reelsift.domain.video import Video
from reelsift.domain.video_verdict import VideoVerdict
from reelsift.jobs.admission import SlotHold
from reelsift.jobs.batch_gate import LineDropped, LineMustWait, NotPermitted
from reelsift.jobs.reservations import Reservation
from support.memory_stores import BUCKET
from support.memory_worker import GONE, MODERATION, MemoryWorker, found_nothing, succeeded
from support.reviews import verdict_of as stored_verdict

BATCH = Batch("batch", "batch", "list.csv", created_ms=1, total=10, chunks=1, manifest_key="m")


async def with_batch(worker: MemoryWorker, state: BatchState = BatchState.ACTIVE, *, chunk: bool = True) -> None:
    await worker.deployment.batches.create(replace(BATCH, state=state, due_at_ms=None))
    if chunk:
        await worker.deployment.chunks.add(BATCH.chunk(0, due_at_ms=1))


async def turn(worker: MemoryWorker, state: BatchState) -> None:
    """What a command does, and every worker has noticed."""
    batch = await worker.deployment.batches.get("batch")
    assert batch is not None
    await worker.deployment.batches.change(batch, state=state)
    worker.clock.move(worker.timings.batch_fresh_s)


async def closed(worker: MemoryWorker, key: str = "a.mp4") -> None:
    await worker.admit(worker.line(key))
    worker.complete(await worker.job(key))
    await worker.receive_completions()
    assert (await worker.job(key)).state is JobState.CLOSED


async def test_two_lines_of_one_video_are_one_job_and_wait_for_it_both() -> None:
    worker = MemoryWorker()
    await worker.admit()
    await worker.admit(worker.line(id=LineId("batch", "twin", 0)))
    assert len(worker.rekognition.starts) == 1
    assert await worker.waiting() == ["a.mp4", "twin"]
    assert len(await worker.slots_held()) == 1


async def test_a_line_that_is_delivered_twice_changes_nothing_the_second_time() -> None:
    worker = MemoryWorker()
    line = worker.line()
    await worker.admit(line)
    before = await worker.job()
    await worker.admit(line)
    assert await worker.job() == before
    assert worker.queues["intake"].sent == []


async def test_two_workers_with_one_line_start_it_once() -> None:
    worker = MemoryWorker()
    other = worker.another("other")
    line = worker.line()

    async def admit_elsewhere() -> None:
        (slot,) = await other.jobs.pool.take_now(1)
        await other.jobs.admissions.admit(line, SlotHold(slot))

    await asyncio.gather(worker.admit(line), admit_elsewhere())
    assert len(worker.rekognition.starts) == 1


async def test_a_result_that_came_after_the_line_answers_it_and_an_older_one_makes_it_skipped() -> None:
    worker = MemoryWorker()
    await closed(worker)
    for name, submitted_ms, status in (("before", 1, OutcomeStatus.SUCCEEDED), ("after", 2**60, OutcomeStatus.SKIPPED)):
        await worker.admit(worker.line(id=LineId("batch", name, 0), submitted_ms=submitted_ms))
        outcome = await worker.outcome(name)
        assert outcome is not None
        assert (outcome.status, outcome.billed_ms) == (status, 0)
    assert len(worker.rekognition.starts) == 1


async def test_a_line_that_asks_again_starts_the_next_attempt_for_itself() -> None:
    worker = MemoryWorker()
    await closed(worker)
    again = LineId("batch", "again", 0)
    await worker.admit(worker.line(id=again, again=True, submitted_ms=worker.clock.now_ms() + 1))
    job = await worker.job()
    assert (job.state, job.attempt, job.asked.by) == (JobState.RUNNING, 2, again)


async def test_a_result_that_does_not_do_for_a_line_is_waited_for_until_it_is_closed() -> None:
    worker = MemoryWorker()
    await closed(worker)
    job = await worker.job()
    await worker.deployment.jobs.change(job, replace(job, state=JobState.SETTLED, due_at_ms=1))
    with pytest.raises(LineMustWait):
        await worker.admit(worker.line(again=True, submitted_ms=2**60))


async def test_what_s3_says_of_the_object_is_the_lines_answer_and_keeps_what_it_had_paid() -> None:
    worker = MemoryWorker()
    worker.videos.failures["a.mp4"] = GONE
    await worker.admit(worker.line(paid_ms=2000, paid_micros=3333))
    outcome = await worker.outcome()
    assert outcome is not None
    assert (outcome.status, outcome.reason, outcome.billed_ms, outcome.cost_micros) == (
        OutcomeStatus.FAILED,
        Reason.OBJECT_MISSING,
        2000,
        3333,
    )


async def test_a_second_analysis_without_a_slot_waits_in_the_queue_as_an_attempt() -> None:
    worker = MemoryWorker(quota=1, analyses="content_moderation,labels")
    await worker.admit()
    assert len(worker.rekognition.starts) == 1
    ((body, delay_s),) = worker.queues["begun"].sent
    assert '"labels"' in body
    assert delay_s == 0


async def test_a_line_ends_once_without_what_it_need_not_have_and_a_retry_starts_only_that() -> None:
    worker = MemoryWorker(analyses="content_moderation,labels", required_analyses="moderation")
    await worker.admit()
    bad = {"JobStatus": "FAILED", "StatusMessage": "Unsupported codec/format."}
    for analysis, page in ((Analysis.LABELS, bad), (MODERATION, succeeded(99))):
        assert await worker.outcome() is None
        worker.rekognition.pages.append(page)
        worker.complete(await worker.job(analysis=analysis))
        await worker.receive_completions()
    first = await worker.outcome()
    assert first is not None
    assert (first.status, first.reason, first.verdict) == (OutcomeStatus.SUCCEEDED, Reason.PARTLY_FAILED, "reject")
    assert first.failed_analyses == ((Analysis.LABELS, Reason.UNSUPPORTED_CODEC),)
    assert (len(worker.rekognition.starts), len(worker.alerts.sent), first.billed_ms) == (2, 1, 2000)

    batch = await worker.deployment.batches.get("batch")
    assert batch is not None
    (opened,) = await worker.deployment.outcomes.reopen(
        [first], batch, now_ms=worker.clock.now_ms(), due_at_ms=0, watch_at_ms=0, resend=False
    )
    assert opened.analyses == (MODERATION, Analysis.LABELS)
    worker.clock.move(1)
    await worker.admit(asked_again(worker.line(again=True), opened))
    (_, _, third) = worker.rekognition.starts
    assert f":{Analysis.LABELS}:2" in third
    worker.complete(await worker.job(analysis=Analysis.LABELS))
    await worker.receive_completions()
    second = await worker.outcome()
    assert second is not None
    assert (second.status, second.reason, second.failed_analyses) == (OutcomeStatus.SUCCEEDED, None, ())
    # What the first round has paid is in it, and nothing twice.
    assert (second.verdict, second.billed_ms, len(worker.alerts.sent)) == ("reject", 4000, 1)


async def test_a_due_attempt_is_started_once_however_often_its_message_comes() -> None:
    worker = MemoryWorker(quota=1, analyses="content_moderation,labels")
    await worker.admit()
    ((body, _),) = worker.queues["begun"].sent
    worker.complete(await worker.job())
    await worker.receive_completions()
    for _ in range(2):
        worker.queues["begun"].put(body)
        await worker.receive()
    assert len(worker.rekognition.starts) == 2


async def test_a_line_of_a_paused_batch_is_dropped_once_its_chunk_knows_that_it_is_to_be_sent_again() -> None:
    worker = MemoryWorker()
    await with_batch(worker, BatchState.PAUSED)
    with pytest.raises(LineDropped):
        await worker.admit()
    chunk = await worker.deployment.chunks.get("batch", 0)
    assert chunk is not None
    assert chunk.resend
    assert worker.rekognition.starts == []


async def test_a_line_of_a_paused_batch_that_no_chunk_sends_again_comes_back_later() -> None:
    worker = MemoryWorker()
    await with_batch(worker, BatchState.PAUSED, chunk=False)
    with pytest.raises(LineMustWait) as wait:
        await worker.admit()
    assert wait.value.delay_s == worker.timings.paused_line_s


async def test_a_line_of_a_cancelled_batch_is_skipped_but_a_result_that_is_there_it_takes() -> None:
    worker = MemoryWorker()
    await with_batch(worker)
    await closed(worker, "done.mp4")
    await turn(worker, BatchState.CANCELLING)
    await worker.admit(worker.line("new.mp4"))
    await worker.admit(worker.line("done.mp4", id=LineId("batch", "again", 0), submitted_ms=2**60))
    new, done = await worker.outcome("new.mp4"), await worker.outcome("again")
    assert new is not None
    assert done is not None
    assert (new.status, new.reason) == (OutcomeStatus.SKIPPED, Reason.CANCELLED)
    assert (done.status, done.reason) == (OutcomeStatus.SKIPPED, Reason.ALREADY_ANALYSED)
    assert len(worker.rekognition.starts) == 1


async def test_an_answer_about_a_batch_is_believed_for_a_moment_only() -> None:
    worker = MemoryWorker()
    await with_batch(worker)
    await worker.admit(worker.line("a.mp4"))
    batch = await worker.deployment.batches.get("batch")
    assert batch is not None
    await worker.deployment.batches.change(batch, state=BatchState.PAUSED)
    await worker.admit(worker.line("b.mp4"))
    worker.clock.move(worker.timings.batch_fresh_s)
    with pytest.raises(LineDropped):
        await worker.admit(worker.line("c.mp4"))
    assert len(worker.rekognition.starts) == 2


async def test_a_job_that_never_ran_is_given_up_with_its_batch_so_that_others_may_start_it() -> None:
    worker = MemoryWorker(quota=1, analyses="content_moderation,labels")
    await with_batch(worker)
    await worker.admit()
    ((body, _),) = worker.queues["begun"].sent
    await turn(worker, BatchState.CANCELLING)
    worker.complete(await worker.job())
    await worker.receive_completions()
    worker.queues["begun"].put(body)
    await worker.receive()
    assert len(worker.rekognition.starts) == 1
    resent = worker.queues["intake"].sent
    assert len(resent) == 1
    assert '"a.mp4"' in resent[0][0]


async def test_a_slot_that_was_lost_meanwhile_is_not_bound_and_the_line_comes_again() -> None:
    worker = MemoryWorker(quota=1)
    (slot,) = await worker.jobs.pool.take_now(1)
    row = worker.tables["slots"].rows[0,]
    row["reserved_by"] = "another worker"
    worker.jobs.pool.put_back(slot)
    with pytest.raises(LineMustWait):
        await worker.admit()
    assert worker.rekognition.starts == []
    assert "holder" not in worker.tables["slots"].rows[0,]
    assert await worker.jobs.pool.take_now(1) == []
    assert worker.metrics.counted["BudgetRefusals",] == 0


async def of_analysis(worker: MemoryWorker, analysis: Analysis) -> Job | None:
    video = Video(BUCKET, "a.mp4", "etag of a.mp4")
    return await worker.deployment.jobs.get(JobKey(video.video_id, analysis))


async def test_no_analysis_of_a_line_is_started_before_each_has_its_job() -> None:
    worker = MemoryWorker(analyses="content_moderation,labels")
    start, seen = worker.rekognition.start, list[JobState | None]()

    async def watched(analysis: Analysis, start_input: str) -> StartAnswer:
        labels = await of_analysis(worker, Analysis.LABELS)
        seen.append(labels.state if labels else None)
        return await start(analysis, start_input)

    worker.rekognition.start = watched  # type: ignore[method-assign]
    await worker.admit()
    assert seen == [JobState.WAITING, JobState.STARTING]
    assert len(await worker.slots_held()) == 2
    for analysis in (MODERATION, Analysis.LABELS):
        job = await of_analysis(worker, analysis)
        assert job is not None
        assert [waiter.line.id.line for waiter in await worker.deployment.waiters.of_job(job.key, 5)] == ["a.mp4"]


async def test_what_a_worker_had_announced_as_it_died_the_next_delivery_of_the_line_starts() -> None:
    worker = MemoryWorker(analyses="content_moderation,labels")
    start = worker.rekognition.start

    async def dies(*_: object) -> StartAnswer:
        raise asyncio.CancelledError

    worker.rekognition.start = dies  # type: ignore[method-assign, assignment]
    with pytest.raises(asyncio.CancelledError):
        await worker.admit()
    worker.rekognition.start = start  # type: ignore[method-assign]
    labels = await of_analysis(worker, Analysis.LABELS)
    assert labels is not None
    assert (labels.state, await worker.deployment.waiters.of_job(labels.key, 5)) == (JobState.WAITING, [])
    await worker.admit()
    (sent,) = worker.queues["begun"].sent
    assert '"labels"' in sent[0]
    assert len(await worker.deployment.waiters.of_job(labels.key, 5)) == 1


async def test_an_announced_analysis_for_which_there_is_no_money_is_given_up_at_once() -> None:
    worker = MemoryWorker(analyses="content_moderation,labels")
    await with_batch(worker)
    reservations = worker.jobs.admissions._reservations
    reserve = reservations.reserve

    async def for_moderation_only(job: Job) -> Reservation:
        if job.analysis is Analysis.LABELS:
            raise NotPermitted(Reason.MAX_COST)
        return await reserve(job)

    reservations.reserve = for_moderation_only  # type: ignore[method-assign]
    with pytest.raises(LineMustWait):  # for what it has started
        await worker.admit()
    labels = await of_analysis(worker, Analysis.LABELS)
    assert labels is not None
    assert labels.result.failure is not None
    assert (labels.state, labels.result.failure.reason) == (JobState.CLOSED, Reason.MAX_COST)
    assert worker.queues["intake"].sent == []  # its own message goes on
    worker.complete(await worker.job())
    await worker.receive_completions()
    await worker.admit()
    outcome = await worker.outcome()
    assert outcome is not None
    assert (outcome.status, outcome.reason, outcome.verdict) == (OutcomeStatus.SKIPPED, Reason.MAX_COST, "approve")


NEEDS_TEXT_TOO = Policy.parse("text: {bad: {words: [bad], review: 50, alert: 95}}")


def text_found(word: str) -> dict[str, Any]:
    read = {"Type": "LINE", "DetectedText": word, "Confidence": 99.0, "Id": 0}
    return found_nothing(Analysis.TEXT) | {"TextDetections": [{"Timestamp": 500, "TextDetection": read}]}


async def test_no_verdict_goes_out_without_the_analysis_whose_slot_was_lost() -> None:
    worker = MemoryWorker(quota=2, analyses="content_moderation,text", policy=NEEDS_TEXT_TOO)
    (slot,) = await worker.jobs.pool.take_now(1)
    worker.tables["slots"].rows[slot.number,]["reserved_by"] = "another worker"
    worker.jobs.pool.put_back(slot)
    with pytest.raises(LineMustWait):
        await worker.admit()
    worker.tables["slots"].rows.clear()
    await worker.reconcile(after_s=130)
    sent = [body for body, _ in worker.queues["begun"].sent]
    assert len(sent) == 2
    worker.queues["begun"].put(next(body for body in sent if '"text"' in body))
    await worker.receive()
    worker.rekognition.pages.append(text_found("bad"))
    worker.complete(await worker.job(analysis=Analysis.TEXT))
    await worker.receive_completions()
    video_id = (await worker.job()).key.video_id
    assert (await worker.deployment.reviews.get(video_id), worker.alerts.sent) == (None, [])

    worker.queues["begun"].put(next(body for body in sent if '"text"' not in body))
    await worker.receive()
    worker.complete(await worker.job())
    await worker.receive_completions()
    verdict = await stored_verdict(worker.deployment.reviews, video_id)
    assert verdict is not None
    assert (verdict.verdict, verdict.missing, len(worker.alerts.sent)) == (Verdict.REVIEW, (), 1)


async def test_the_analyses_of_a_line_are_announced_anew_where_another_worker_was_first_with_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worker = MemoryWorker(analyses="content_moderation,labels")
    transact = worker.deployment.jobs.table.transact

    async def others_first(parts: Mapping[Any, Item]) -> None:
        monkeypatch.undo()
        await worker.admit(worker.line(id=LineId("batch", "another", 0), analyses=(Analysis.LABELS,)))
        await transact(parts)

    monkeypatch.setattr(worker.deployment.jobs.table, "transact", others_first)
    await worker.admit()
    assert len(worker.rekognition.starts) == 2
    for analysis, waiting in ((MODERATION, 1), (Analysis.LABELS, 2)):
        key = (await worker.job(analysis=analysis)).key
        assert len(await worker.deployment.waiters.of_job(key, 5)) == waiting


async def paused_with_one_waiting(policy: Policy = NEEDS_TEXT_TOO) -> tuple[MemoryWorker, str]:
    """A worker whose batch was paused after one of two analyses has ended, and the message of the other's attempt."""
    worker = MemoryWorker(quota=1, analyses="content_moderation,text", policy=policy)
    await with_batch(worker)
    await worker.admit()
    ((body, _),) = worker.queues["begun"].sent
    worker.queues["begun"].sent.clear()
    worker.rekognition.pages.append(succeeded(99))
    worker.complete(await worker.job())
    await worker.receive_completions()
    await turn(worker, BatchState.PAUSING)
    return worker, body


async def verdict_of(worker: MemoryWorker) -> VideoVerdict | None:
    return await stored_verdict(worker.deployment.reviews, (await worker.job()).key.video_id)


async def test_a_pause_ends_nothing_and_a_resumed_batch_goes_on_where_it_was() -> None:
    worker, body = await paused_with_one_waiting()
    worker.queues["begun"].put(body)
    await worker.receive()
    assert worker.queues["begun"].sent == [(body, worker.timings.paused_line_s)]
    assert (await worker.job(analysis=Analysis.TEXT)).state is JobState.WAITING
    assert (await verdict_of(worker), worker.alerts.sent, await worker.outcome()) == (None, [], None)
    assert worker.queues["intake"].sent == []
    batch = await worker.deployment.batches.get("batch")
    assert batch is not None
    await worker.parts.watch._check(batch)
    batch = await worker.deployment.batches.get("batch")
    assert batch is not None
    assert batch.state is BatchState.PAUSED

    await turn(worker, BatchState.ACTIVE)
    worker.queues["begun"].put(body)
    await worker.receive()
    worker.complete(await worker.job(analysis=Analysis.TEXT))
    await worker.receive_completions()
    verdict, outcome = await verdict_of(worker), await worker.outcome()
    assert verdict is not None
    assert outcome is not None
    assert (verdict.verdict, verdict.missing, outcome.billed_ms) == (Verdict.REVIEW, (), 4000)


async def test_a_line_of_another_batch_takes_on_what_a_paused_batch_has_not_started() -> None:
    worker, body = await paused_with_one_waiting()
    other = worker.line(id=LineId("other", "x", 0), analyses=(Analysis.TEXT,))
    await worker.admit(other)
    worker.queues["begun"].put(body)
    await worker.receive()
    text = await worker.job(analysis=Analysis.TEXT)
    assert (text.state, text.attempt, text.asked.by) == (JobState.RUNNING, 1, other.id)
    assert await verdict_of(worker) is None
    worker.complete(text)
    await worker.receive_completions()
    mine, theirs = await worker.outcome(), await worker.deployment.outcomes.get(other.id)
    assert mine is not None
    assert theirs is not None
    assert (mine.verdict, mine.billed_ms, theirs.billed_ms) == ("review", 2000, 2000)
