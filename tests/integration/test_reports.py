"""Reports, step by step: what a worker writes of a chunk and at the end of a batch, and who goes on where one died."""

import asyncio
import hashlib
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pyarrow.parquet import ParquetFile  # type: ignore[import-untyped]
from pyarrow.types import is_list, is_struct  # type: ignore[import-untyped]

from integration.cli.rows import analysed, job, make_batch, outcome, segment
from reelsift.aws.deployment import Deployment, open_deployment
from reelsift.domain.analysis import Analysis
from reelsift.domain.batch import DIRECT_REST_MS, Batch, BatchState
from reelsift.domain.failure import Reason
from reelsift.domain.line import LineId, OutcomeStatus
from reelsift.domain.outcome import Outcome, TopLabel
from reelsift.domain.policy import Verdict
from reelsift.domain.result import encode_result, key_of_result
from reelsift.domain.segments import Segment
from reelsift.domain.video import ObjectRef, Video
from reelsift.manifests.lists import read_list
from reelsift.manifests.manifest_row import GoodRow
from reelsift.queries.demand import count_unexpanded
from reelsift.reports.parquet import arrow_schema
from reelsift.reports.segment_file import segment_schema
from reelsift.runtime.clock import now_ms
from reelsift.settings import load_settings
from rekognition_cloud.process import CloudProcess
from support import batch_loops
from support.acting import acting
from support.batch_report import ReportRow, ResultFile, report_rows, result_files

LINES = 25
CHUNK = 10
CUT_AT = 3
"""Of the last chunk, of five lines, two were cut."""

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"


@asynccontextmanager
async def opened(name: str) -> AsyncIterator[Deployment]:
    settings = load_settings()
    assert settings.deployment == name
    async with open_deployment(settings) as deployment:
        yield deployment


def outcomes() -> list[Outcome]:
    """What became of the lines of a batch, but for those that were cut: two FAILED, one was SKIPPED, one is flagged."""
    ended = [outcome("b1", row, chunk_lines=CHUNK, billed_ms=60_000, cost_micros=100_000) for row in range(1, 24)]
    ended[1] = outcome("b1", 2, OutcomeStatus.FAILED, chunk_lines=CHUNK)
    found = ObjectRef("videos", "21.mp4", "found")
    ended[20] = replace(outcome("b1", 21, OutcomeStatus.FAILED, chunk_lines=CHUNK), ref=found)
    ended[4] = replace(outcome("b1", 5, OutcomeStatus.SKIPPED, chunk_lines=CHUNK), reason=Reason.ALREADY_ANALYSED)
    ended[11] = replace(
        ended[11],
        video_id=FLAGGED.video_id,
        verdict="reject",
        peak_label="Weapons",
        peak_confidence=98.5,
        top_labels=(TopLabel(Analysis.CONTENT_MODERATION, "Weapons", 98.5),),
    )
    return ended


FLAGGED = Video("videos", "12.mp4", "etag")


async def ended_batch(deployment: Deployment) -> Batch:
    """A batch of which every line has ended, some as a range, and whose chunks wait for their reports."""
    batch = await make_batch(deployment, "b1", [f"{row}.mp4" for row in range(1, LINES + 1)], chunk_lines=CHUNK)
    chunks = deployment.chunks
    # The last chunk is smaller than the batch's others, which `Batch.chunk` knows nothing of.
    for chunk in [chunk async for chunk in chunks.of_batch("b1")]:
        claimed = await chunks.claim_lines(chunk, CUT_AT if chunk.number == 2 else CHUNK, due_at_ms=1)
        if chunk.number == 2:
            await chunks.skip_unclaimed(claimed, Reason.CANCELLED, now_ms=2)
    await deployment.outcomes.record(outcomes())
    found = job(FLAGGED, result_key="results/1.json", duration_ms=10_000)
    await analysed(deployment, found, [segment("Weapons", 98.5)], Verdict.REJECT)
    await to_report(deployment)
    return batch


async def to_report(deployment: Deployment) -> None:
    for chunk in [chunk async for chunk in deployment.chunks.of_batch("b1")]:
        if not chunk.reported:
            await deployment.chunks.to_report(chunk, now_ms=1)


async def end(deployment: Deployment, **changes: Any) -> Batch:
    """Have the reports of the chunks written, and the batch ended."""
    reporter = batch_loops.reporter(deployment)
    with acting("task"):
        await reporter.step()
    batch = await deployment.batches.get("b1")
    assert batch is not None
    await deployment.batches.change(batch, state=BatchState.COMPLETING, due_at_ms=1, **changes)
    with acting("task"):
        await reporter.step()
        await reporter.drain()
    ended = await deployment.batches.get("b1")
    assert ended is not None
    return ended


async def keys(deployment: Deployment) -> set[str]:
    answer = await deployment.work.client.list_objects_v2(Bucket=deployment.work.bucket, Prefix="reports/")
    return {entry["Key"] for entry in answer.get("Contents", [])}


async def rows(deployment: Deployment) -> list[ReportRow]:
    """The rows of the report, found by its manifest and held against the checksums."""
    manifest = await deployment.work.get("reports/b1/manifest.json")
    checksum = await deployment.work.get("reports/b1/manifest.json.md5")
    assert hashlib.md5(manifest, usedforsecurity=False).hexdigest() == checksum.decode()
    bodies: dict[ResultFile, bytes] = {}
    for file in result_files(manifest):
        assert file.bucket == deployment.work.bucket
        bodies[file] = await deployment.work.get(file.key)
        assert hashlib.md5(bodies[file], usedforsecurity=False).hexdigest() == file.md5
    return list(report_rows(manifest, bodies.__getitem__))


def line_of(row: ReportRow) -> int:
    return int(json.loads(row.message)["line"].partition(":")[2])


async def check(deployment: Deployment) -> None:
    """The report is whole: its rows, its manifest of failures, its Parquet, its numbers and its page agree."""
    found = await rows(deployment)
    assert sorted(map(line_of, found)) == list(range(1, LINES + 1))
    assert [line_of(row) for row in found if row.status == "failed"] == [2, 21, 24, 25]
    assert {row.error for row in found if row.status == "failed"} == {"object_missing", "cancelled"}
    succeeded = [line_of(row) for row in found if row.status == "succeeded"]
    assert succeeded == sorted(succeeded)
    again = read_list([await deployment.work.get("reports/b1/failed.csv")])
    assert [row.ref.key for row in again if isinstance(row, GoodRow)] == ["2.mp4", "21.mp4"]
    summary = json.loads(await deployment.work.get("reports/b1/summary.json"))
    assert (summary["lines"], summary["succeeded"], summary["failed"], summary["skipped"]) == (25, 20, 2, 3)
    assert (summary["money_usd"], summary["flagged_total"]) == (2.0, 1)
    assert {file["key"] for file in summary["files"]} | {"reports/b1/summary.json"} == await keys(deployment)
    for file in summary["files"]:
        body = await deployment.work.get(file["key"])
        assert (len(body), hashlib.md5(body, usedforsecurity=False).hexdigest()) == (file["bytes"], file["md5"])
    page = (await deployment.work.get("reports/b1/report.html")).decode()
    assert "s3://videos/12.mp4" in page
    assert "<svg" in page


class Mailbox:
    """A queue that gets what people are told."""

    def __init__(self, deployment: Deployment, url: str) -> None:
        self._sqs = deployment.clients.sqs
        self._url = url

    @classmethod
    async def subscribe(cls, deployment: Deployment) -> "Mailbox":
        sqs, topic = deployment.clients.sqs, deployment.settings.batches_topic_arn or ""
        queue = await sqs.create_queue(QueueName=f"{deployment.settings.deployment}-mailbox")
        attributes = await sqs.get_queue_attributes(QueueUrl=queue["QueueUrl"], AttributeNames=["QueueArn"])
        arn = attributes["Attributes"]["QueueArn"]
        # The queue is not of the deployment: it has to let the topic in.
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        await sqs.set_queue_attributes(QueueUrl=queue["QueueUrl"], Attributes={"Policy": policy})
        await deployment.clients.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        return cls(deployment, queue["QueueUrl"])

    async def read(self) -> list[dict[str, Any]]:
        answer = await self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


async def test_the_end_of_a_batch_is_a_report_of_every_line_and_a_mail(name: str) -> None:
    async with opened(name) as deployment:
        mailbox = await Mailbox.subscribe(deployment)
        await ended_batch(deployment)
        batch = await end(deployment)
        assert (batch.state, batch.report_key) == (BatchState.COMPLETE, "reports/b1/manifest.json")
        assert batch.finished_ms is not None
        await check(deployment)
        (mail,) = await mailbox.read()
        assert mail["Subject"] == "reelsift: batch b1 complete, 2 failed"
        assert "reelsift retry b1" in mail["Message"]
        assert mail["MessageAttributes"]["batch"]["Value"] == "b1"
        assert await count_unexpanded(deployment) == 0


async def test_lines_that_no_manifest_names_are_reported_once_they_have_rested_and_again_after_a_later_one(
    name: str,
) -> None:
    async def read(deployment: Deployment) -> Batch:
        batch = await deployment.batches.get(day)
        assert batch is not None
        return batch

    async def look(deployment: Deployment) -> Batch:
        with acting("task"):
            await batch_loops.direct_days(deployment).step()
        for _ in range(3):
            batch = await read(deployment)
            if batch.state is BatchState.ACTIVE:
                # As if the pause between two checks had passed.
                await deployment.batches.change(batch, due_at_ms=1)
            with acting("task"):
                await batch_loops.watch(deployment).step()
                reporter = batch_loops.reporter(deployment)
                await reporter.step()
                await reporter.drain()
        return await read(deployment)

    day, long_ago = "direct-2026-05-28", now_ms() - 2 * DIRECT_REST_MS
    async with opened(name) as deployment:
        mailbox = await Mailbox.subscribe(deployment)
        lines = [replace(outcome(day, row), finished_ms=long_ago) for row in range(1, 6)]
        await deployment.outcomes.record(lines)
        assert (await look(deployment)).state is BatchState.COMPLETE
        summary = json.loads(await deployment.work.get(f"reports/{day}/summary.json"))
        assert summary["succeeded"] == 5
        for file in summary["files"]:
            body = await deployment.work.get(file["key"])
            assert hashlib.md5(body, usedforsecurity=False).hexdigest() == file["md5"]
        (mail,) = await mailbox.read()
        assert mail["MessageAttributes"]["batch"]["Value"] == day
        with acting("task"):
            await deployment.outcomes.record([replace(outcome(day, 6), finished_ms=long_ago)])
        batch = await read(deployment)
        assert (batch.state, batch.closing) == (BatchState.ACTIVE, False)
        await deployment.batches.change(batch, due_at_ms=1)
        assert (await look(deployment)).state is BatchState.COMPLETE
        assert json.loads(await deployment.work.get(f"reports/{day}/summary.json"))["succeeded"] == 6


async def test_a_batch_that_was_stopped_ends_as_cancelled(name: str) -> None:
    async with opened(name) as deployment:
        mailbox = await Mailbox.subscribe(deployment)
        await ended_batch(deployment)
        batch = await end(deployment, stopped=Reason.CANCELLED)
        assert batch.state is BatchState.CANCELLED
        (mail,) = await mailbox.read()
        assert mail["Subject"] == "reelsift: batch b1 cancelled, 2 failed"


async def test_without_a_topic_nobody_is_told_and_a_batch_without_lines_ends_too(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REELSIFT_BATCHES_TOPIC_ARN")
    async with opened(name) as deployment:
        await make_batch(deployment, "b1", [])
        assert (await end(deployment)).state is BatchState.COMPLETE
        assert await rows(deployment) == []
        assert await keys(deployment) == {
            f"reports/b1/{file}" for file in ("manifest.json", "manifest.json.md5", "report.html", "summary.json")
        }


@pytest.mark.parametrize(
    ("service", "operation", "path", "skip"),
    [
        ("s3", "PutObject", "results/000000001-succeeded", 0),
        ("dynamodb", "UpdateItem", None, 1),
        ("s3", "PutObject", "failed.csv", 0),
        ("s3", "PutObject", "manifest.json", 1),
        ("sns", "Publish", None, 0),
    ],
)
async def test_a_worker_killed_after_any_write_leaves_a_report_that_another_completes(
    name: str, cloud: CloudProcess, service: str, operation: str, path: str | None, skip: int
) -> None:
    async with opened(name) as deployment:
        await ended_batch(deployment)
        hold = cloud.add_fault(
            "hold", service=service, operation=operation, path=path, skip=skip, times=1, when="after"
        )
        work = asyncio.create_task(end(deployment))
        await until_held(cloud, hold, work)
        await killed(work)
        cloud.release(hold)
        await leases_run_out(deployment)
        assert (await end(deployment)).state is BatchState.COMPLETE
        await check(deployment)


async def until_held(cloud: CloudProcess, hold: int, work: "asyncio.Task[Any]") -> None:
    """Wait until a request is held, which `work` is to send."""
    while not await asyncio.to_thread(cloud.held, hold):
        assert not work.done(), "nothing was written there"
        await asyncio.sleep(0.02)


async def killed(work: "asyncio.Task[Any]") -> None:
    """End a worker's tasks, with those it has begun itself, wherever they are."""
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        if task is work or "Reporter" in repr(task.get_coro()):
            task.cancel()
    await asyncio.gather(work, return_exceptions=True)


async def leases_run_out(deployment: Deployment) -> None:
    for chunk in [chunk async for chunk in deployment.chunks.of_batch("b1")]:
        if not chunk.reported:
            await deployment.chunks.claim_report(chunk, 1)


async def reopened(deployment: Deployment, ended: Outcome) -> LineId:
    """Send a line back to work, as `retry` does."""
    batch = await deployment.batches.get("b1")
    assert batch is not None
    (line,) = await deployment.outcomes.reopen(
        [ended], batch, now_ms=now_ms(), due_at_ms=1, watch_at_ms=now_ms(), resend=True
    )
    return line.id


async def test_a_retried_line_is_reported_anew_and_what_no_longer_failed_is_gone(name: str) -> None:
    async with opened(name) as deployment:
        await ended_batch(deployment)
        await end(deployment)
        for ended in (outcomes()[1], outcomes()[20]):
            line = await reopened(deployment, ended)
            well = replace(ended, id=line, status=OutcomeStatus.SUCCEEDED, reason=None)
            await deployment.outcomes.record([well])
        await to_report(deployment)
        assert (await end(deployment)).state is BatchState.COMPLETE
        found = await rows(deployment)
        assert sorted(map(line_of, found)) == list(range(1, LINES + 1))
        assert [row.error for row in found if row.status == "failed"] == ["cancelled", "cancelled"]
        assert not {"reports/b1/failed.csv", "reports/b1/results/000000000-failed.csv"} & await keys(deployment)


async def test_a_line_reopened_while_its_report_was_written_is_not_passed_over(name: str, cloud: CloudProcess) -> None:
    async with opened(name) as deployment:
        await ended_batch(deployment)
        hold = cloud.add_fault("hold", service="s3", operation="PutObject", path="part-000000000", when="after")
        work = asyncio.create_task(batch_loops.reporter(deployment).step())
        await until_held(cloud, hold, work)
        await reopened(deployment, outcomes()[1])
        cloud.release(hold)
        await work
        chunk = await deployment.chunks.get("b1", 0)
        assert chunk is not None
        assert not chunk.reported
        assert [chunk.number for chunk in await deployment.chunks.at_work()] == [0]


async def test_a_worker_that_slept_through_its_claim_writes_over_nothing(name: str, cloud: CloudProcess) -> None:
    async with opened(name) as deployment:
        await ended_batch(deployment)
        hold = cloud.add_fault(
            "hold", service="s3", operation="GetObject", path="chunks/000000000", times=1, when="after"
        )
        sleeper = asyncio.create_task(batch_loops.reporter(deployment).step())
        await until_held(cloud, hold, sleeper)
        await leases_run_out(deployment)
        await to_report(deployment)
        line = await reopened(deployment, outcomes()[1])
        await deployment.outcomes.record([replace(outcomes()[1], id=line, status=OutcomeStatus.SUCCEEDED, reason=None)])
        await to_report(deployment)
        await end(deployment)
        cloud.release(hold)
        await sleeper
        assert [line_of(row) for row in await rows(deployment) if row.status == "failed"] == [21, 24, 25]


async def test_an_outage_puts_the_end_of_a_batch_off_and_a_stopping_worker_leaves_it(
    name: str, cloud: CloudProcess
) -> None:
    async with opened(name) as deployment:
        await ended_batch(deployment)
        cloud.add_fault("error", service="sns", operation="Publish", code="AuthorizationError", status=403)
        batch = await end(deployment)
        assert batch.state is BatchState.COMPLETING
        assert now_ms() < (batch.due_at_ms or 0) < now_ms() + 60_000
        stop = asyncio.Event()
        reporter = batch_loops.reporter(deployment, stop)
        await deployment.batches.change(batch, due_at_ms=1)
        stepped = asyncio.create_task(reporter.step())
        stop.set()
        await stepped
        await reporter.drain()
        left = await deployment.batches.get("b1")
        assert left is not None
        assert left.state is BatchState.COMPLETING
        assert (left.due_at_ms or 0) <= now_ms()


async def test_a_chunk_whose_file_is_gone_is_reported_by_its_outcomes(name: str) -> None:
    async with opened(name) as deployment:
        await ended_batch(deployment)
        await deployment.work.delete("batches/b1/chunks/000000001.jsonl.gz")
        assert (await end(deployment)).state is BatchState.COMPLETE
        assert sorted(map(line_of, await rows(deployment))) == list(range(1, LINES + 1))


async def test_what_was_kept_of_a_chunk_for_the_end_is_made_anew_where_it_was_deleted(name: str) -> None:
    async with opened(name) as deployment:
        await ended_batch(deployment)
        await batch_loops.reporter(deployment).step()
        await deployment.work.delete_below("batches/b1/report/")
        assert (await end(deployment)).state is BatchState.COMPLETE
        await check(deployment)


async def test_parquet_holds_every_line_and_the_documented_query_reads_it(name: str, tmp_path: Path) -> None:
    async with opened(name) as deployment:
        await ended_batch(deployment)
        await end(deployment)
        parts = sorted(key for key in await keys(deployment) if key.startswith("reports/parquet/"))
        assert parts[0] == "reports/parquet/date=2026-05-28/batch=b1/part-000000000.parquet"
        lines = []
        for key in parts:
            (tmp_path / key).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / key).write_bytes(await deployment.work.get(key))
            lines += ParquetFile(tmp_path / key).read().to_pylist()
    assert [line["line"] for line in lines] == [f"list.csv:{row}" for row in range(1, LINES + 1)]
    assert lines[11]["top_labels"] == [{"analysis": "content_moderation", "label": "Weapons", "confidence": 98.5}]
    assert [line["finished"] is None for line in lines[22:]] == [False, True, True]
    duck = documented("reports/parquet/*").replace("s3://WORK_BUCKET", str(tmp_path))
    answer = duckdb.sql(duck)
    assert answer is not None
    assert answer.fetchall() == [
        ("b1", "FAILED", "object_missing", 2, 0.0, Decimal("0.000000")),
        ("b1", "SKIPPED", "already_analysed", 1, 0.0, Decimal("0.000000")),
        ("b1", "SKIPPED", "cancelled", 2, 0.0, Decimal("0.000000")),
        ("b1", "SUCCEEDED", None, 20, 20.0, Decimal("2.000000")),
    ]


async def test_the_documented_query_counts_each_answer_and_each_second_once(name: str, tmp_path: Path) -> None:
    """A video of two lines, in chunks of their own; a second batch with newer attempts, of which one found nothing."""
    moderated, labelled, cleared = (Video("videos", f"{row}.mp4", "etag") for row in (12, 13, 1))
    found = [
        segment("Exposed Nudity", 90.0, 0, 4_000, parents=("Explicit",)),
        segment("Explicit", 95.0, 1_000, 3_000),
        segment("Explicit", 95.0, 3_500, 6_000),
        segment("Weapons", 60.0, 9_000, 9_500),
    ]
    async with opened(name) as deployment:
        await ended_batch(deployment)
        await write_result(deployment, moderated, 1, found)
        await write_result(deployment, labelled, 1, [segment("Smoking", 70.0, 0, 9_000)])
        await write_result(deployment, cleared, 1, [segment("Alcohol", 99.0)])
        await write_result(deployment, labelled, 2, [segment("Smoking", 80.0, 0, 2_000)])
        await write_result(deployment, cleared, 2, [])
        first = [answer_of(row, video, 1) for row, video in enumerate((moderated, labelled, cleared, moderated), 1)]
        second = [answer_of(row, video, attempt) for row, (video, attempt) in enumerate(
            [(moderated, 1), (labelled, 2), (cleared, 2)], 1
        )]  # fmt: skip
        for batch_id, answers in (("b2", first), ("b3", second)):
            await report_chunks(deployment, batch_id, answers)
        for key in await keys(deployment):
            (tmp_path / key).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / key).write_bytes(await deployment.work.get(key))
    answer = duckdb.sql(documented("reports/segments/*").replace("s3://WORK_BUCKET", str(tmp_path)))
    assert answer is not None
    assert answer.fetchall() == [
        ("videos", "12.mp4", "content_moderation", "Explicit", 6.0),
        ("videos", "12.mp4", "content_moderation", "Weapons", 0.5),
        ("videos", "13.mp4", "content_moderation", "Smoking", 2.0),
    ]


def result_of(attempt: int) -> str:
    return f"content_moderation/{attempt}-ab12cd34"


async def write_result(deployment: Deployment, video: Video, attempt: int, segments: list[Segment]) -> None:
    head = {"analysis": "content_moderation", "attempt": attempt, "job_id": "j", "model_version": "7.0"}
    key = key_of_result(video.video_id, result_of(attempt))
    await deployment.work.put(key, encode_result(head, segments), "application/json")


def answer_of(row: int, video: Video, attempt: int) -> Outcome:
    """Of a line whose video was analysed in this attempt; each line is of a chunk of its own."""
    ended = outcome("", row, chunk_lines=1, video_id=video.video_id, results=(result_of(attempt),))
    return replace(ended, ref=ObjectRef(video.bucket, video.key))


async def report_chunks(deployment: Deployment, batch_id: str, outcomes: list[Outcome]) -> None:
    """Have a batch of these ended lines reported, chunk by chunk."""
    await make_batch(deployment, batch_id, [ended.ref.key for ended in outcomes], chunk_lines=1)
    await deployment.outcomes.record([replace(one, id=replace(one.id, batch_id=batch_id)) for one in outcomes])
    for chunk in [chunk async for chunk in deployment.chunks.of_batch(batch_id)]:
        claimed = await deployment.chunks.claim_lines(chunk, 1, due_at_ms=1)
        await deployment.chunks.to_report(claimed, now_ms=1)
    with acting("task"):
        await batch_loops.reporter(deployment).step()


async def test_a_result_that_is_too_large_to_be_read_ahead_is_in_the_dataset_too(name: str) -> None:
    video, many = Video("videos", "1.mp4", "etag"), 8_000
    async with opened(name) as deployment:
        await write_result(deployment, video, 1, [segment("Violence", 90.0, number) for number in range(many)])
        await report_chunks(deployment, "b2", [answer_of(1, video, 1)])
        (key,) = [key for key in await keys(deployment) if key.startswith("reports/segments/")]
        assert ParquetFile(BytesIO(await deployment.work.get(key))).metadata.num_rows == many


async def test_the_dataset_of_segments_can_be_switched_off(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(name) as deployment:
        await ended_batch(deployment)
        await end(deployment)
        assert "segments" in {key.split("/")[1] for key in await keys(deployment)}
        assert (
            "reports/segments/date=2026-05-28/batch=b1/"
            in (await deployment.work.get("reports/b1/report.html")).decode()
        )
    monkeypatch.setenv("REELSIFT_SEGMENT_DATASET", "false")
    async with opened(name) as deployment:
        for ended in (outcomes()[0], outcomes()[10], outcomes()[20]):
            await deployment.outcomes.record([replace(ended, id=await reopened(deployment, ended))])
        await to_report(deployment)
        await end(deployment)
        assert "segments" not in {key.split("/")[1] for key in await keys(deployment)}
        assert "reports/segments/" not in (await deployment.work.get("reports/b1/report.html")).decode()


ATHENA_TYPES = {
    "string": "string",
    "int64": "bigint",
    "int32": "int",
    "double": "double",
    "decimal128(18, 6)": "decimal(18,6)",
    "timestamp[ms, tz=UTC]": "timestamp",
}


def athena_type(arrow: Any) -> str:
    """What Athena calls a type of Arrow."""
    if is_list(arrow):
        return f"array<{athena_type(arrow.value_type)}>"
    if is_struct(arrow):
        return f"struct<{','.join(f'{member.name}:{athena_type(member.type)}' for member in arrow)}>"
    return ATHENA_TYPES[str(arrow)]


def documented(part: str) -> str:
    """The block of SQL in the documentation that has this in it."""
    blocks: list[str] = re.findall(r"```sql\n(.*?)```", OPERATIONS.read_text(encoding="utf-8"), re.DOTALL)
    (block,) = [block for block in blocks if part in block]
    return block


@pytest.mark.parametrize(("table", "schema"), [("reelsift_lines", arrow_schema), ("reelsift_segments", segment_schema)])
def test_the_documented_table_has_the_columns_that_are_written(table: str, schema: Callable[[], Any]) -> None:
    block = documented(f"CREATE EXTERNAL TABLE {table} ")
    columns = re.findall(r"^  `?(\w+)`? ([\w<>:,()]+?),?$", block, re.MULTILINE)
    assert columns == [(field.name, athena_type(field.type)) for field in schema()]
