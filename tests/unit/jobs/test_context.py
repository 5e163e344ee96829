"""What a line brings along about its video reaches the video's job, and comes back in the line's outcome."""

import json
from dataclasses import replace

from reelsift.batches.retry.order import RetryOrder
from reelsift.batches.retry.retry import retry
from reelsift.domain.analysis import Analysis
from reelsift.domain.context import LEFT_OUT
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.job import JobState
from reelsift.domain.line import Line, LineId, OutcomeStatus
from reelsift.manifests.messages import Lines, parse_message
from support.memory_worker import GONE, MemoryWorker

OWNER = {"owner": "u-17", "title": "A day at the beach"}


async def finish(worker: MemoryWorker, key: str = "a.mp4") -> None:
    worker.complete(await worker.job(key))
    await worker.receive_completions()


async def test_it_goes_with_the_job_to_the_outcome() -> None:
    worker = MemoryWorker()
    await worker.admit(worker.line(context=OWNER))
    assert (await worker.job()).asked.context == OWNER
    await finish(worker)
    assert (await worker.job()).asked.context == OWNER
    outcome = await worker.outcome()
    assert outcome is not None
    assert (outcome.status, outcome.context) == (OutcomeStatus.SUCCEEDED, OWNER)


async def test_a_line_without_one_costs_no_attribute() -> None:
    worker = MemoryWorker()
    await worker.admit()
    await worker.admit(worker.line("b.mp4", analyses=(Analysis.LABELS, Analysis.CONTENT_MODERATION)))
    await finish(worker)
    rows = [row for table in worker.tables.values() for row in table.rows.values()]
    assert rows
    assert not any("context" in row for row in rows)


async def test_a_line_that_joins_tells_what_the_asker_did_not() -> None:
    worker = MemoryWorker()
    await worker.admit()
    joins = replace(worker.line(context=OWNER), id=LineId("batch", "second", 0))
    await worker.admit(joins)
    assert (await worker.job()).asked.context == OWNER
    await worker.admit(replace(joins, id=LineId("batch", "third", 0), context={"owner": "another"}))
    assert (await worker.job()).asked.context == OWNER
    await finish(worker)
    outcomes = [await worker.deployment.outcomes.get(LineId("batch", line, 0)) for line in ("a.mp4", "second", "third")]
    assert [outcome.context if outcome else "none" for outcome in outcomes] == [None, OWNER, {"owner": "another"}]


async def test_another_attempt_keeps_what_was_said_unless_its_line_says_something() -> None:
    worker = MemoryWorker()
    await worker.admit(worker.line(context=OWNER))
    await finish(worker)
    worker.clock.move(1)
    await worker.admit(replace(worker.line(again=True), id=LineId("batch", "again", 0)))
    assert ((await worker.job()).attempt, (await worker.job()).asked.context) == (2, OWNER)
    await finish(worker)
    worker.clock.move(1)
    await worker.admit(replace(worker.line(again=True, context={"owner": "v"}), id=LineId("batch", "anew", 0)))
    assert ((await worker.job()).attempt, (await worker.job()).asked.context) == (3, {"owner": "v"})


async def test_an_attempt_that_is_tried_again_keeps_it() -> None:
    worker = MemoryWorker()
    await worker.admit(worker.line(context=OWNER))
    worker.rekognition.pages.append({"JobStatus": "FAILED", "StatusMessage": "InternalError"})
    await finish(worker)
    job = await worker.job()
    assert (job.attempt, job.state, job.asked.context) == (2, JobState.WAITING, OWNER)


async def test_a_line_whose_object_is_gone_or_too_large_has_it_in_its_outcome() -> None:
    worker = MemoryWorker()
    worker.videos.failures = {"a.mp4": GONE, "b.mp4": Failure(Reason.TOO_LARGE, "too large")}
    for key in worker.videos.failures:
        await worker.admit(worker.line(key, context=OWNER))
        outcome = await worker.outcome(key)
        assert outcome is not None
        assert (outcome.status, outcome.context) == (OutcomeStatus.FAILED, OWNER)


async def test_a_line_that_is_admitted_anew_after_its_object_changed_takes_it_along() -> None:
    worker = MemoryWorker()
    await worker.admit(worker.line(context=OWNER))
    worker.videos.changed.add("a.mp4")
    await finish(worker)
    ((body, _),) = worker.queues["intake"].sent
    parsed = parse_message(body, message_id="m", sent_ms=worker.clock.now_ms())
    assert isinstance(parsed, Lines)
    (line,) = parsed.lines
    assert isinstance(line, Line)
    assert (line.content_changes, line.context) == (1, OWNER)


async def test_a_retried_line_that_no_manifest_holds_takes_it_along() -> None:
    worker = MemoryWorker()
    worker.videos.failures = {"a.mp4": GONE}
    await worker.deployment.batches.ensure("direct-2026-11-30", now_ms=1)
    failed = replace(worker.line(context=OWNER), id=LineId("direct-2026-11-30", "m:1", 3))
    await worker.admit(failed)
    retried = await retry(worker.deployment, "direct-2026-11-30", RetryOrder())
    assert retried.sent == 1
    bodies = [json.loads(body) for body, _ in worker.queues["intake"].sent]
    assert [body["context"] for body in bodies if "context" in body] == [OWNER]


async def test_lines_of_which_something_was_left_out_are_counted_once() -> None:
    worker = MemoryWorker()
    line = worker.line(context=OWNER | {LEFT_OUT: "notes"})
    await worker.admit(line)
    await finish(worker)
    await worker.admit(line)
    assert worker.metrics.counted["ContextLeftOut",] == 1
