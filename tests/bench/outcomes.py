"""A batch of which every line has ended: its report by a worker, then status and report by the command line."""

import asyncio
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3

from bench.measured import Taken, cpu_s, peak_mb, run
from reelsift.aws.deployment import Deployment, open_deployment
from reelsift.aws.items import pack
from reelsift.aws.outcomes import _outcome_row, count
from reelsift.aws.table import BATCH_ITEMS
from reelsift.cli.exits import Exit
from reelsift.demo.provision import Provisioner
from reelsift.demo.worker_process import WorkerProcess
from reelsift.domain.analysis import Analysis
from reelsift.domain.batch import CHUNK_LINES, Batch
from reelsift.domain.failure import Reason
from reelsift.domain.line import LineId, OutcomeStatus
from reelsift.domain.outcome import Outcome, TopLabel
from reelsift.domain.result import encode_result, key_of_result
from reelsift.domain.segments import Segment
from reelsift.domain.video import ObjectRef
from reelsift.manifests.chunks import ChunkWriter
from reelsift.manifests.manifest_row import GoodRow
from reelsift.settings import Settings
from rekognition_cloud.process import CloudProcess

BATCH = "20261122-000000-bench0"
WRITERS = 4
LOOK_S = 1.0
"""Between two looks at the batch's state."""

_LABELS = ("Smoking", "Alcoholic Beverages", "Weapons", "Exposed Female Nipple", "Hate Symbols", "Gambling")


def measure(lines: int, segments: int) -> dict[str, Any]:
    """Stage a batch of so many ended lines with the tables' own rows, and a result with so many segments for each; then
    have it reported and read. Without segments reports have no dataset of them.
    """
    with CloudProcess() as cloud, tempfile.TemporaryDirectory() as folder:
        settings = Provisioner(cloud.url).provision("reelsift-videos")
        env = (
            cloud.env
            | settings
            | {
                "REELSIFT_QUOTA": "20",
                "REELSIFT_LOG_LEVEL": "warning",
                "REELSIFT_SEGMENT_DATASET": str(segments > 0).lower(),
            }
        )
        _stage(cloud, settings, lines, segments)
        cloud.clear_requests()
        began = time.perf_counter()
        with WorkerProcess(env, Path(folder)) as worker:
            while _state(cloud) != "Complete":
                if worker.exit_code is not None:
                    raise RuntimeError(worker.log.read_text(encoding="utf-8"))
                time.sleep(LOOK_S)
            reported = Taken(round(time.perf_counter() - began, 2), cpu_s(worker.pid), peak_mb(worker.pid))
        requests = cloud.requests()
        command = [sys.executable, "-m", "reelsift.cli"]
        cloud.clear_requests()
        status = run([*command, "status", BATCH, "--json"], env)
        status_requests = cloud.requests()
        printed = run([*command, "report", BATCH, "--csv"], env, expected=Exit.LINES_FAILED)
        return {
            "what": "a batch that has ended",
            "lines": lines,
            "segments_a_video": segments,
            "report_by_worker": _members(reported),
            "report_requests": requests,
            "status": _members(status),
            "status_requests": status_requests,
            "report_command": _members(printed),
        }


def _members(taken: Taken) -> dict[str, float]:
    return {"seconds": taken.seconds, "cpu_s": round(taken.cpu_s, 2), "peak_mb": round(taken.peak_mb, 1)}


def _stage(cloud: CloudProcess, settings: dict[str, str], lines: int, segments: int) -> None:
    client, s3, bucket = _client(cloud, "dynamodb"), _client(cloud, "s3"), settings["REELSIFT_WORK_BUCKET"]
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(lambda items: _write(client, items), _pages(lines)))
        if segments:
            results = (result_of(outcome_of(row), segments) for row in range(lines))
            list(pool.map(lambda stored: [s3.put_object(Bucket=bucket, Key=k, Body=b) for k, b in stored], results))
    asyncio.run(_stage_batch(Settings.model_validate(_plain(settings)), cloud, lines))


async def _stage_batch(settings: Settings, cloud: CloudProcess, lines: int) -> None:
    """The batch and its chunks, through the program's own writers, with the counts of their outcomes."""
    os.environ |= {name: value for name, value in cloud.env.items() if name.startswith("AWS_")}
    async with open_deployment(settings) as deployment:
        await stage_batch(deployment, lines)


async def stage_batch(deployment: Deployment, lines: int) -> None:
    """A batch, and its chunks with the counts of their lines, all of which have ended; without these outcomes."""
    chunks = -(-lines // CHUNK_LINES)
    batch = Batch(BATCH, "bench", "bench", 1, lines, chunks, due_at_ms=1)
    await deployment.batches.create(batch)
    for number in range(chunks):
        await _stage_chunk(deployment, batch, number)


async def _stage_chunk(deployment: Deployment, batch: Batch, number: int) -> None:
    chunk = batch.chunk(number, 1)
    outcomes = [outcome_of(row) for row in _rows(number, chunk.total or 0)]
    writer = ChunkWriter()
    files = list(writer.add("m.csv", [GoodRow(int(o.id.line.partition(":")[2]), o.ref) for o in outcomes]))
    last = writer.close()
    body = (files or ([last] if last else []))[0].body
    assert chunk.source_key is not None
    await deployment.work.put(chunk.source_key, body, "application/gzip")
    await deployment.chunks.add(chunk)
    claimed = await deployment.chunks.claim_lines(chunk, chunk.total or 0, due_at_ms=2)
    await deployment.chunks.lines_sent(claimed, due_at_ms=3)
    await deployment.batches.table.transact(
        {"counts": deployment.chunks.count_item(batch.batch_id, number, count(outcomes), at_ms=4)}
    )


def _rows(chunk: int, lines: int) -> range:
    return range(chunk * CHUNK_LINES, chunk * CHUNK_LINES + lines)


def outcome_of(row: int) -> Outcome:
    """An outcome as bulk has them: most videos clean, some flagged, a few failed."""
    chance = random.Random(row)
    line = LineId(BATCH, f"m.csv:{row + 1}", row // CHUNK_LINES)
    ref = ObjectRef(
        "reelsift-videos", f"uploads/u{row % 5000:06d}/clip-{row:012x}.mp4", None, f"{row:032x}", 24_000_000
    )
    if chance.random() < 0.01:
        return Outcome(line, ref, OutcomeStatus.FAILED, 1_000, Reason.UNSUPPORTED_CODEC, "Unsupported codec/format.")
    labels = tuple((label, round(chance.uniform(50, 99), 4)) for label in _LABELS if chance.random() < 0.05)
    labels = tuple(sorted(labels, key=lambda label: -label[1]))
    peak = labels[0] if labels else (None, None)
    verdict = "approve" if not labels else "reject" if labels[0][1] > 95 else "review"
    return Outcome(
        line,
        ref,
        OutcomeStatus.SUCCEEDED,
        1_000,
        video_id=f"{row:040x}",
        verdict=verdict,
        peak_analysis=Analysis.CONTENT_MODERATION if labels else None,
        peak_label=peak[0],
        peak_confidence=peak[1],
        billed_ms=60_000,
        cost_micros=100_000,
        slot_ms=30_000,
        duration_ms=60_000,
        top_labels=tuple(TopLabel(Analysis.CONTENT_MODERATION, *label) for label in labels),
        results=("content_moderation/1-ab12cd34",),
    )


def result_of(outcome: Outcome, segments: int) -> list[tuple[str, bytes]]:
    """The result that an outcome rests on, if it rests on one: its key and its body."""
    analysis = Analysis.CONTENT_MODERATION
    head = {"analysis": str(analysis), "attempt": 1, "job_id": "0" * 64, "model_version": "7.0"}
    found = [
        Segment(
            analysis, _LABELS[n % len(_LABELS)], ("Some", "Parents"), n * 500, n * 500 + 400, 3, 90.5, 80.25, n * 500
        )
        for n in range(segments)
    ]
    return [(key_of_result(outcome.video_id or "", name), encode_result(head, found)) for name in outcome.results]


def _pages(lines: int) -> Iterator[list[dict[str, Any]]]:
    """The outcome rows, as many as DynamoDB writes in one request."""
    for start in range(0, lines, BATCH_ITEMS):
        rows = [_outcome_row(outcome_of(row)) for row in range(start, min(start + BATCH_ITEMS, lines))]
        yield [{"PutRequest": {"Item": pack(row)}} for row in rows]


def _write(client: Any, items: list[dict[str, Any]]) -> None:
    client.batch_write_item(RequestItems={"reelsift-outcomes": items})


def _state(cloud: CloudProcess) -> str:
    row = _client(cloud, "dynamodb").get_item(
        TableName="reelsift-batches", Key={"batch_id": {"S": BATCH}, "part": {"S": "meta"}}
    )["Item"]
    state: str = row["state"]["S"]
    return state


def _plain(settings: dict[str, str]) -> dict[str, str]:
    return {name.removeprefix("REELSIFT_").lower(): value for name, value in settings.items()}


def _client(cloud: CloudProcess, service: str) -> Any:
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=cloud.url,
        region_name="us-east-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
