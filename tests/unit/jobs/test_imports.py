"""A recorded answer becomes the result of its video: nothing is started, nothing paid, and nothing else comes by it."""

import asyncio
import gzip
import json
from collections import Counter, deque
from collections.abc import AsyncGenerator, Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Self, cast
from weakref import WeakSet

import pytest

from reelsift.aws import raw_answers, recorded_answers
from reelsift.aws.errors import AwsUnavailable
from reelsift.aws.jobs import Jobs
from reelsift.aws.objects import WorkBucket
from reelsift.aws.outcomes import Outcomes
from reelsift.aws.recorded_answers import MOST_BYTES, AnswerUnusable, RecordedAnswers
from reelsift.domain.analysis import Analysis
from reelsift.domain.batch import Batch, ImportTerms
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.job import JobState
from reelsift.domain.line import Line, LineId, OutcomeStatus, RecordedAnswer
from reelsift.domain.outcome import Outcome
from reelsift.domain.result import read_head
from reelsift.domain.video import ObjectRef
from reelsift.jobs import collector, imports
from reelsift.jobs.batch_gate import LineMustWait
from reelsift.jobs.closer import Closer
from reelsift.jobs.whole_answers import WHOLE_ANSWERS
from reelsift.manifests import saved_pages
from reelsift.manifests.messages import encode_line
from reelsift.runtime.lease import Lease
from support.memory_stores import BUCKET
from support.memory_worker import MODERATION, MemoryWorker, found_nothing, succeeded

ANSWER = f"s3://{BUCKET}/answers/a.json"
VIDEO = {"S3Object": {"Bucket": BUCKET, "Name": "a.mp4"}}


async def importer(
    *, as_set: bool = True, unchanged: bool = False, again: bool = False, **options: Any
) -> MemoryWorker:
    """A worker that knows of a batch of imports. `options` are its settings."""
    worker = MemoryWorker(**options)
    terms = ImportTerms(as_set=as_set, unchanged=unchanged)
    await worker.deployment.batches.create(
        Batch("batch", "batch", "list.csv", 1, total=5, chunks=1, imports=terms, again=again)
    )
    return worker


def line(worker: MemoryWorker, uri: str = ANSWER, analysis: Analysis | None = None, **members: Any) -> Line:
    ref = ObjectRef(BUCKET, "a.mp4", etag="etag of a.mp4")
    return replace(worker.line(), **{"ref": ref, "answer": RecordedAnswer(uri, analysis), **members})


def keep(worker: MemoryWorker, *pages: dict[str, Any], uri: str = ANSWER) -> None:
    worker.recorded.kept[uri] = json.dumps(list(pages)).encode()


async def ended(worker: MemoryWorker, key: str = "a.mp4") -> Outcome:
    outcome = await worker.outcome(key)
    assert outcome is not None
    return outcome


async def test_an_answer_is_judged_shown_and_found_as_if_it_had_been_collected_and_costs_nothing() -> None:
    worker = await importer()
    metadata = {"DurationMillis": 2000, "FrameRate": 29.97}
    keep(worker, succeeded(99) | {"Video": VIDEO, "VideoMetadata": metadata, "JobId": "theirs", "New": "member"})
    await worker.admit(line(worker))
    outcome, job = await ended(worker), await worker.job()
    assert (outcome.status, outcome.reason, outcome.verdict) == (OutcomeStatus.SUCCEEDED, Reason.IMPORTED, "reject")
    assert (outcome.billed_ms, outcome.cost_micros, outcome.duration_ms) == (0, 0, 2000)
    assert (job.state, job.start.imported_from, job.start.job_id) == (JobState.CLOSED, ANSWER, "theirs")
    assert (worker.rekognition.starts, worker.rekognition.asked, await worker.slots_held()) == ([], [], [])
    assert len(worker.alerts.sent) == 1
    assert {row["label"] for row in worker.tables["labels"].rows.values()} >= {"Explicit"}
    assert job.result.result_key is not None
    assert read_head(worker.work.objects[job.result.result_key])["frame_rate"] == 29.97
    (dataset,) = (body for key, body in worker.work.objects.items() if key.startswith("videos/"))
    assert read_head(dataset)["video"]["frame_rate"] == 29.97
    # Nothing of it is lost, not even what nobody knows.
    assert job.result.raw_key is not None
    assert json.loads(gzip.decompress(worker.work.objects[job.result.raw_key]))[0]["New"] == "member"


async def test_what_the_deployment_would_not_keep_of_an_answer_it_does_not_bring_in() -> None:
    worker = await importer(celebrities_min_confidence=98)
    people = [
        {"Timestamp": 0, "Celebrity": {"Name": name, "Id": name, "Confidence": confidence}}
        for name, confidence in (("Ada", 99), ("Noor", 97))
    ]
    keep(worker, found_nothing(Analysis.CELEBRITIES) | {"Celebrities": people})
    await worker.admit(line(worker, analyses=(Analysis.CELEBRITIES,)))
    assert {row["label"] for row in worker.tables["labels"].rows.values() if "label" in row} == {"Ada"}


async def test_what_was_brought_in_counts_as_analysed_where_somebody_vouches_for_its_settings() -> None:
    worker = await importer()
    keep(worker, succeeded(60))
    await worker.admit(line(worker))
    worker.clock.move(1)
    await worker.admit(replace(worker.line(), id=LineId("later", "a.mp4", 0)))
    later = await worker.deployment.outcomes.get(LineId("later", "a.mp4", 0))
    assert later is not None
    assert (later.reason, worker.rekognition.starts) == (Reason.ALREADY_ANALYSED, [])


async def test_where_nobody_does_it_has_a_verdict_and_another_line_pays_for_its_own_analysis() -> None:
    worker = await importer(as_set=False)
    keep(worker, succeeded(99))
    await worker.admit(line(worker))
    assert (await ended(worker)).verdict == "reject"
    worker.clock.move(1)
    await worker.admit(replace(worker.line(), id=LineId("later", "a.mp4", 0)))
    assert len(worker.rekognition.starts) == 1
    assert (await worker.job()).start.imported_from is None


async def test_pages_may_be_objects_of_their_own_and_answers_lie_together() -> None:
    worker = await importer()
    prefix = f"s3://{BUCKET}/a/"
    keep(worker, succeeded(60) | {"NextToken": "2"}, uri=f"{prefix}1.json")
    keep(worker, succeeded(99), uri=f"{prefix}2.json")
    keep(worker, found_nothing(Analysis.LABELS), uri=f"{prefix}3.json")
    await worker.admit(line(worker, prefix))
    assert "answers of several analyses" in (await ended(worker)).message
    for analysis in (MODERATION, Analysis.LABELS):
        await worker.admit(line(worker, prefix, analysis, id=LineId("batch", analysis, 0)))
        assert (await ended(worker, analysis)).reason is Reason.IMPORTED
        assert (await worker.job(analysis=analysis)).start.imported_from == prefix
    assert (await worker.job()).result.peak_confidence == 99


@pytest.mark.parametrize(
    ("page", "why"),
    [
        ({"JobStatus": "FAILED", "StatusMessage": "Unsupported codec"}, "the analysis FAILED: Unsupported codec"),
        ({"JobStatus": "IN_PROGRESS"}, "IN_PROGRESS"),
        (succeeded() | {"NextToken": "more"}, "cut short: its last page is missing"),
        (succeeded() | {"Video": {"S3Object": {"Bucket": BUCKET, "Name": "b.mp4"}}}, f"about s3://{BUCKET}/b.mp4"),
        ({"JobStatus": "SUCCEEDED", "Persons": []}, "no answer of GetContentModeration"),
        (succeeded() | {"ModerationLabels": [{"Timestamp": -1}]}, "page 1"),
        ({"JobId": "started"}, "the answer of a Start* operation"),
    ],
)
async def test_what_is_no_answer_about_the_object_is_refused_and_leaves_nothing(page: dict[str, Any], why: str) -> None:
    worker = await importer()
    keep(worker, page)
    await worker.admit(line(worker))
    outcome = await ended(worker)
    assert (outcome.status, outcome.reason) == (OutcomeStatus.FAILED, Reason.ANSWER_REFUSED)
    assert why in outcome.message
    assert (worker.tables["jobs"].rows, worker.work.objects) == ({}, {})


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ({"ref": ObjectRef(BUCKET, "a.mp4", etag="before")}, "holds other content now"),
        ({"ref": ObjectRef(BUCKET, "a.mp4")}, "neither the ETag nor the version"),
        ({"answer": RecordedAnswer("s3://videos/nothing.json")}, "there is no recorded answer"),
        ({"answer": RecordedAnswer("s3://videos/nothing/")}, "holds no answer"),
        ({"answer": RecordedAnswer(ANSWER, Analysis.LABELS)}, "holds no answer of labels"),
    ],
)
async def test_a_row_that_does_not_fit_its_object_or_its_answer_is_refused(members: dict[str, Any], why: str) -> None:
    worker = await importer()
    keep(worker, succeeded(99))
    await worker.admit(line(worker, **members))
    outcome = await ended(worker)
    assert (outcome.reason, why in outcome.message) == (Reason.ANSWER_REFUSED, True)
    assert worker.tables["jobs"].rows == {}


async def test_the_object_is_taken_for_what_was_analysed_only_where_somebody_says_so() -> None:
    worker = await importer(unchanged=True)
    keep(worker, succeeded(99))
    await worker.admit(line(worker, ref=ObjectRef(BUCKET, "a.mp4")))
    assert (await ended(worker)).reason is Reason.IMPORTED


async def test_what_changes_while_it_is_brought_in_is_no_longer_what_the_answer_is_about() -> None:
    worker = await importer()
    keep(worker, succeeded(99))
    worker.videos.changed.add("a.mp4")
    await worker.admit(line(worker))
    assert (await ended(worker)).reason is Reason.OBJECT_CHANGED
    assert worker.queues["intake"].sent == []


@pytest.mark.parametrize("again", [False, True])
async def test_an_own_result_stays_unless_it_is_to_be_replaced(again: bool) -> None:  # noqa: FBT001 - parametrised
    worker = await importer(again=again)
    await worker.admit(replace(worker.line(), id=LineId("before", "a.mp4", 0)))
    worker.complete(await worker.job())
    await worker.receive_completions()
    worker.clock.move(1)
    keep(worker, succeeded(99))
    await worker.admit(line(worker, again=again))
    outcome, job = await ended(worker), await worker.job()
    assert (job.start.imported_from, job.attempt) == ((ANSWER, 2) if again else (None, 1))
    assert outcome.reason is (Reason.IMPORTED if again else Reason.ALREADY_ANALYSED)
    assert outcome.cost_micros == 0


async def test_a_list_that_is_imported_again_is_not_read_again_where_it_names_the_analysis() -> None:
    worker = await importer()
    keep(worker, succeeded(99))
    await worker.admit(line(worker, analysis=MODERATION))
    worker.recorded.kept.clear()
    worker.clock.move(1)
    again = line(worker, analysis=MODERATION, id=LineId("batch", "again", 0))
    await worker.admit(again)
    assert (await ended(worker, "again")).reason is Reason.ALREADY_ANALYSED


async def test_what_runs_is_waited_for_and_what_failed_is_made_good() -> None:
    worker = await importer()
    keep(worker, succeeded(99))
    await worker.admit(replace(worker.line(), id=LineId("before", "a.mp4", 0)))
    with pytest.raises(LineMustWait):
        await worker.admit(line(worker))
    worker.rekognition.pages.append({"JobStatus": "FAILED", "StatusMessage": "Unsupported codec/format."})
    worker.complete(await worker.job())
    await worker.receive_completions()
    worker.clock.move(1)
    await worker.admit(line(worker))
    assert ((await ended(worker)).reason, (await worker.job()).attempt) == (Reason.IMPORTED, 2)


async def test_a_line_that_comes_twice_or_whose_worker_died_brings_its_answer_in_once() -> None:
    worker = await importer()
    keep(worker, succeeded(99))
    brought = line(worker)

    async def dies(*_: object) -> None:
        raise RuntimeError("dies")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(worker.work, "put", dies)
        with pytest.raises(RuntimeError):
            await worker.admit(brought)
    assert (await worker.job()).state is JobState.COLLECTING
    with pytest.raises(LineMustWait):
        await worker.admit(brought)
    await worker.reconcile(after_s=worker.settings.recheck_collecting_s + 1)
    assert (await ended(worker)).reason is Reason.IMPORTED
    await worker.admit(brought)
    assert ((await ended(worker)).reason, (await worker.job()).attempt, len(worker.alerts.sent)) == (
        Reason.IMPORTED,
        1,
        1,
    )


async def test_an_outage_is_no_refusal() -> None:
    worker = await importer()
    worker.recorded.kept[ANSWER] = AwsUnavailable("no network")
    with pytest.raises(AwsUnavailable):
        await worker.admit(line(worker))
    assert await worker.outcome() is None


async def test_a_cancelled_batch_brings_nothing_in_and_a_message_of_no_import_neither() -> None:
    worker = await importer()
    keep(worker, succeeded(99))
    batch = await worker.deployment.batches.get("batch")
    assert batch is not None
    await worker.deployment.batches.change(batch, stopped=Reason.CANCELLED)
    await worker.admit(line(worker))
    assert (await ended(worker)).reason is Reason.CANCELLED
    foreign = line(worker, id=LineId("other", "a.mp4", 0))
    await worker.admit(foreign)
    outcome = await worker.deployment.outcomes.get(foreign.id)
    assert outcome is not None
    assert (outcome.reason, worker.tables["jobs"].rows) == (Reason.ANSWER_REFUSED, {})


@pytest.mark.parametrize("analysis", [None, MODERATION])
async def test_what_was_brought_in_before_its_batch_was_cancelled_is_told_as_such(
    analysis: Analysis | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = await importer()
    keep(worker, succeeded(99))

    async def down(*_: object) -> None:
        raise AwsUnavailable("the bucket does not answer")

    with monkeypatch.context() as outage:
        outage.setattr(worker.work, "put", down)
        with pytest.raises(AwsUnavailable):
            await worker.admit(line(worker, analysis=analysis))
    assert (await worker.job()).state is JobState.COLLECTING
    batch = await worker.deployment.batches.get("batch")
    assert batch is not None
    await worker.deployment.batches.change(batch, stopped=Reason.CANCELLED)
    worker.clock.move(worker.timings.batch_fresh_s)
    with pytest.raises(LineMustWait):
        await worker.admit(line(worker, analysis=analysis))
    await worker.reconcile(after_s=600)
    outcome = await ended(worker)
    assert (outcome.status, outcome.reason) == (OutcomeStatus.SUCCEEDED, Reason.IMPORTED)


async def test_imports_need_no_slot() -> None:
    worker = await importer(unchanged=True)
    await worker.admit(replace(worker.line("other.mp4"), id=LineId("other", "other.mp4", 0)))
    keep(worker, succeeded(99))
    worker.queues["intake"].put(encode_line(line(worker)))
    await worker.receive()
    assert (await ended(worker)).reason is Reason.IMPORTED
    assert len(await worker.jobs.pool.take_now(4)) == 3


class _Page(dict[str, Any]):
    """A page that can be watched."""

    __hash__ = object.__hash__  # type: ignore[assignment]
    __eq__ = object.__eq__


class _LateThreads(ThreadPoolExecutor):
    """Threads that let go of what they did only when others are done: a busy machine may not run them before."""

    def __init__(self) -> None:
        super().__init__()
        self._held = deque[tuple[object, ...]](maxlen=4)

    def submit(self, function: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        future = super().submit(function, *given, **named)
        self._held.append((function, given, named, future))
        return future


@pytest.mark.parametrize(
    ("refused", "reason"),
    [(None, Reason.IMPORTED), ("brought in", Reason.ANSWER_REFUSED), ("collected", Reason.ANSWER_REFUSED)],
)
async def test_no_more_than_two_whole_answers_are_in_memory_at_a_time(
    monkeypatch: pytest.MonkeyPatch, refused: str | None, reason: Reason
) -> None:
    asyncio.get_running_loop().set_default_executor(_LateThreads())
    worker = await importer(unchanged=True)
    alive, most = WeakSet[_Page](), Counter[str]()
    read_saved, read_kept = saved_pages.read_pages, raw_answers.stored_pages

    def watched(page: dict[str, Any], *, spoilt: bool) -> _Page:
        watched_page = _Page(page | {"ModerationLabels": [{"Timestamp": "noon"}]} if spoilt else page)
        alive.add(watched_page)
        return watched_page

    def brought_in(data: bytes, rows: Collection[str]) -> list[tuple[int | None, dict[str, Any]]]:
        return [(element, watched(page, spoilt=refused == "brought in")) for element, page in read_saved(data, rows)]

    async def collected(work: WorkBucket, key: str) -> AsyncGenerator[dict[str, Any], None]:
        async for page in read_kept(work, key):
            for spoilt in (False, False, refused == "collected"):
                yield watched(page, spoilt=spoilt)

    def counted(owner: Any, name: str) -> None:
        slow = getattr(owner, name)

        async def call(*given: Any, **named: Any) -> Any:
            await asyncio.sleep(0.003)
            most[name] = max(most[name], len(alive))
            return await slow(*given, **named)

        monkeypatch.setattr(owner, name, call)

    monkeypatch.setattr(imports, "read_pages", brought_in)
    monkeypatch.setattr(collector, "stored_pages", collected)
    for owner, name in ((Jobs, "get"), (Lease, "keep"), (worker.work, "put"), (Outcomes, "record"), (Closer, "fail")):
        counted(owner, name)
    names = [f"{number}.mp4" for number in range(12)]
    for name in names:
        keep(worker, succeeded(60), uri=f"s3://{BUCKET}/answers/{name}")
    lines = [replace(worker.line(name), answer=RecordedAnswer(f"s3://{BUCKET}/answers/{name}")) for name in names]
    await asyncio.gather(*map(worker.admit, lines))
    assert {(await ended(worker, name)).reason for name in names} == {reason}
    assert most["get"] == WHOLE_ANSWERS
    assert most["keep"] == (0 if refused == "brought in" else WHOLE_ANSWERS)
    assert max(most.values()) == WHOLE_ANSWERS


class _Body:
    """An object's bytes as they come."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def read(self, size: int) -> bytes:
        piece, self.data = self.data[:size], self.data[size:]
        return piece


class _Bucket:
    """What of an S3 client reading takes: a million objects, which all hold the same."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    async def get_object(self, **_: str) -> dict[str, Any]:
        return {"Body": _Body(self.data)}

    def get_paginator(self, operation: str) -> Self:
        assert operation == "list_objects_v2"
        return self

    async def paginate(self, **_: str) -> AsyncGenerator[dict[str, Any], None]:
        for page in range(1_000):
            entry = {"ETag": '"e"', "Size": 2, "LastModified": datetime.now(UTC)}
            yield {"Contents": [{"Key": f"a/{page}-{number}", **entry} for number in range(1_000)]}


async def objects(data: bytes, uri: str = ANSWER) -> list[bytes]:
    recorded = RecordedAnswers(cast("Any", _Bucket(data)), frozenset({BUCKET}))
    return [body async for _, body in recorded.objects(uri)]


async def test_a_prefix_that_is_no_single_answer_is_refused_after_so_many_objects(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recorded_answers, "MOST_OBJECTS", 20)
    found = RecordedAnswers(cast("Any", _Bucket(b"[]")), frozenset({BUCKET})).objects(f"s3://{BUCKET}/a/")
    assert [(await anext(found))[1] for _ in range(20)] == [b"[]"] * 20
    with pytest.raises(AnswerUnusable, match="more than 20 objects lie below"):
        await anext(found)


async def test_an_object_is_read_within_bounds_however_much_it_unpacks_to() -> None:
    assert await objects(b"[]") == [b"[]"]
    assert await objects(gzip.compress(b"[1") + gzip.compress(b"]")) == [b"[1]"]
    for data in (b" " * (MOST_BYTES + 1), gzip.compress(b" " * (MOST_BYTES + 1))):
        with pytest.raises(AnswerUnusable, match="larger than 16 MiB"):
            await objects(data)
    for data, why in ((gzip.compress(b"[]")[:-9], "cut short"), (gzip.compress(b"[]")[:10] + b"\xff" * 9, "damaged")):
        with pytest.raises(AnswerUnusable, match=why):
            await objects(data)
    with pytest.raises(AnswerUnusable) as refused:
        await objects(b"[]", "s3://elsewhere/a.json")
    assert refused.value.failure.reason is Reason.BUCKET_NOT_ALLOWED
    assert isinstance(refused.value.failure, Failure)
