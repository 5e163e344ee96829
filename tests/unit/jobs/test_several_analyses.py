"""A line that waits for several jobs ends with the last of them, whatever happens between two requests."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from reelsift.aws.errors import AwsUnavailable
from reelsift.aws.waiters import Waiter
from reelsift.domain.analysis import Analysis
from reelsift.domain.batch import Batch, BatchState
from reelsift.domain.failure import Reason
from reelsift.domain.job import Job, JobKey, JobState
from reelsift.domain.line import Line, LineId, OutcomeStatus
from reelsift.domain.outcome import TopLabel
from support.memory_worker import MODERATION, MemoryWorker, found_nothing, succeeded

LABELS = Analysis.LABELS
TEXT = Analysis.TEXT
EMPTY = {MODERATION: succeeded(), LABELS: {"JobStatus": "SUCCEEDED", "Labels": []}}
EMPTY[TEXT] = {"JobStatus": "SUCCEEDED", "TextDetections": []}

Step = Callable[[], Awaitable[None]]


async def end(worker: MemoryWorker, analysis: Analysis) -> None:
    worker.rekognition.pages.append(EMPTY[analysis])
    worker.complete(await worker.job(analysis=analysis))
    await worker.receive_completions()


async def settle(worker: MemoryWorker, analysis: Analysis) -> None:
    """As `end`, by a worker that dies before it has read who waits."""
    worker.tables["outcomes"].failure = AwsUnavailable("the table does not answer")
    try:
        await end(worker, analysis)
    finally:
        worker.tables["outcomes"].failure = None
    assert (await worker.job(analysis=analysis)).state is JobState.SETTLED


async def close(worker: MemoryWorker, analysis: Analysis) -> None:
    await worker.jobs.closer.close(await worker.job(analysis=analysis))


async def waiters(worker: MemoryWorker, *analyses: Analysis) -> list[str]:
    video_id = (await worker.job()).key.video_id
    return [
        waiter.line.id.line
        for analysis in analyses
        for waiter in await worker.deployment.waiters.of_job(JobKey(video_id, analysis), 10)
    ]


def around_the_row(
    monkeypatch: pytest.MonkeyPatch, worker: MemoryWorker, analysis: Analysis, before: Step, after: Step
) -> None:
    """Steps of others, once, around the next write of a row under the job of this analysis."""
    add = worker.deployment.waiters.add
    done: list[JobKey] = []

    async def slow_add(key: JobKey, line: Line) -> Waiter:
        if key.analysis is not analysis or done:
            return await add(key, line)
        done.append(key)
        await before()
        waiter = await add(key, line)
        await after()
        return waiter

    monkeypatch.setattr(worker.deployment.waiters, "add", slow_add)


async def test_only_labels_are_kept_of_a_video_beside_its_verdict() -> None:
    """Texts may be personal, and no two videos have the same: they would crowd out what videos have in common."""
    worker = MemoryWorker(quota=2, analyses="content_moderation,text")
    await worker.admit()
    worker.rekognition.pages.append(succeeded(92.0))
    worker.complete(await worker.job())
    await worker.receive_completions()
    worker.rekognition.pages.append(read_texts(*(f"Directed by {number}" for number in range(12))))
    worker.complete(await worker.job(analysis=TEXT))
    await worker.receive_completions()
    outcome = await worker.outcome()
    assert outcome is not None
    assert outcome.top_labels == (TopLabel(MODERATION, "Explicit", 92.0),)
    assert (outcome.peak_analysis, outcome.peak_label) == (MODERATION, "Explicit")
    rows = [*worker.tables["jobs"].rows.values(), *worker.tables["outcomes"].rows.values()]
    assert "Directed by" not in repr(rows)


def read_texts(*texts: str) -> dict[str, Any]:
    rows = [
        {"Timestamp": 500, "TextDetection": {"Type": "LINE", "Id": place, "DetectedText": text, "Confidence": 99.5}}
        for place, text in enumerate(texts)
    ]
    return found_nothing(TEXT) | {"TextDetections": rows}


async def test_a_line_is_not_lost_though_one_job_ends_before_and_one_after_it_is_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It joins the first job, whose end lets it wait for the second; it joins the second, and reads that it has a
    result: then the row under the second is all there is of it.
    """
    worker = MemoryWorker(quota=2, analyses="content_moderation,labels")
    await worker.admit()
    around_the_row(monkeypatch, worker, LABELS, lambda: end(worker, MODERATION), lambda: settle(worker, LABELS))
    await worker.admit(worker.line(id=LineId("batch", "twin", 0)))
    await close(worker, LABELS)
    outcomes = [await worker.outcome(name) for name in ("a.mp4", "twin")]
    assert [outcome and outcome.status for outcome in outcomes] == [OutcomeStatus.SUCCEEDED] * 2
    assert await waiters(worker, MODERATION, LABELS) == []


async def test_no_row_is_left_of_a_line_that_waited_for_a_job_which_just_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The close of one job writes the line anew under another, which has just been closed, and under a third."""
    worker = MemoryWorker(quota=3, analyses="content_moderation,labels,text")
    await worker.admit()
    await settle(worker, MODERATION)
    around_the_row(monkeypatch, worker, LABELS, lambda: end(worker, LABELS), nothing)
    await close(worker, MODERATION)
    assert await worker.outcome() is None
    assert await waiters(worker, LABELS) == ["a.mp4"]
    await end(worker, TEXT)
    outcome = await worker.outcome()
    assert outcome is not None
    assert outcome.status is OutcomeStatus.SUCCEEDED
    assert await waiters(worker, MODERATION, LABELS, TEXT) == []


async def test_a_line_tells_the_verdict_though_the_last_that_it_needs_ends_while_it_is_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The close of the labels finds the moderation open, and a moment later ended."""
    worker = MemoryWorker(quota=2, analyses="content_moderation,labels")
    await worker.admit()
    await settle(worker, LABELS)
    around_the_row(monkeypatch, worker, MODERATION, nothing, lambda: settle(worker, MODERATION))
    await close(worker, LABELS)
    outcome = await worker.outcome()
    assert outcome is not None
    assert outcome.verdict == "approve"


async def test_a_line_of_a_cancelled_batch_tells_what_ends_between_its_look_at_the_job_and_its_own_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The moderation runs when the line joins it, and has ended when the labels turn out not to be started."""
    worker = MemoryWorker(quota=1)
    batches = worker.deployment.batches
    await batches.create(Batch("batch", "batch", "test", created_ms=1, total=1, chunks=1))
    line = worker.line()
    await worker.admit(replace(line, analyses=(MODERATION,)))
    batch = await batches.get("batch")
    assert batch is not None
    await batches.change(batch, state=BatchState.CANCELLING)
    worker.clock.move(worker.timings.batch_fresh_s)
    add, get_many = worker.deployment.waiters.add, worker.deployment.jobs.get_many
    joined: list[Line] = []

    async def join(key: JobKey, line: Line) -> Waiter:
        joined.append(line)
        return await add(key, line)

    async def look(keys: Sequence[JobKey]) -> Sequence[Job]:
        if joined and (await worker.job()).state is JobState.RUNNING:
            await end(worker, MODERATION)
        return await get_many(keys)

    monkeypatch.setattr(worker.deployment.waiters, "add", join)
    monkeypatch.setattr(worker.deployment.jobs, "get_many", look)
    await worker.admit(replace(line, analyses=(MODERATION, LABELS)))
    outcome = await worker.outcome()
    assert outcome is not None
    assert (outcome.status, outcome.reason) == (OutcomeStatus.SKIPPED, Reason.CANCELLED)
    assert (outcome.verdict, outcome.billed_ms) == ("approve", 2000)


async def nothing() -> None:
    return None
