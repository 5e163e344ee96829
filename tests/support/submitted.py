"""Batches as `submit` leaves them, their chunks as small as a test wants them, and what a queue then holds."""

import json
from collections.abc import Sequence
from typing import Any

from reelsift.aws.deployment import Deployment
from reelsift.aws.queue import QueueName
from reelsift.domain.batch import Batch, Chunk, Counts, chunk_key
from reelsift.domain.line import LineId, OutcomeStatus
from reelsift.domain.outcome import Outcome
from reelsift.domain.video import ObjectRef
from reelsift.manifests.chunks import ChunkWriter
from reelsift.manifests.manifest_row import GoodRow, ManifestRow
from reelsift.runtime.clock import now_ms

FILE = "m.csv"


def bucket_of(deployment: Deployment) -> str:
    return f"{deployment.settings.deployment}-videos"


def good_rows(deployment: Deployment, count: int, prefix: str = "", **members: Any) -> list[GoodRow]:
    bucket = bucket_of(deployment)
    return [GoodRow(row, ObjectRef(bucket, f"{prefix}{row}.mp4", **members)) for row in range(1, count + 1)]


async def submitted(
    deployment: Deployment, batch_id: str, rows: Sequence[ManifestRow], *, chunk_lines: int = 10_000, **members: Any
) -> Batch:
    """A batch whose lines are the rows of `m.csv`, in chunks of `chunk_lines`. Its rows are rewritten, not cut."""
    writer = ChunkWriter(limit=chunk_lines)
    files = list(writer.add(FILE, rows))
    last = writer.close()
    files += [last] if last else []
    batch = Batch(
        batch_id,
        batch_id,
        FILE,
        created_ms=now_ms(),
        total=len(rows),
        chunks=len(files),
        due_at_ms=now_ms(),
        # Its watch would give it chunk rows of the usual size.
        manifest_key="inventory/manifest.json",
        files=0,
        **members,
    )
    for file in files:
        key = chunk_key(batch_id, file.number)
        await deployment.work.put(key, file.body, "application/gzip")
        await deployment.chunks.add(
            Chunk(batch_id, file.number, Counts(), total=file.lines, source_key=key, due_at_ms=now_ms() + file.number)
        )
    await deployment.batches.create(batch)
    return batch


async def taken_from(deployment: Deployment, queue: QueueName = "intake") -> list[dict[str, Any]]:
    """The messages of a queue, in the order of their lines, which are gone then."""
    found: list[dict[str, Any]] = []
    while messages := await deployment.queues[queue].receive(10, wait_s=0, visibility_s=60):
        found += [json.loads(message.body) for message in messages]
        await deployment.queues[queue].delete([message.receipt for message in messages])
    return sorted(found, key=lambda message: (message["batch"], message["chunk"], row_of(message)))


def row_of(message: dict[str, Any]) -> int:
    return int(message["line"].rpartition(":")[2])


async def end(
    deployment: Deployment,
    messages: Sequence[dict[str, Any]],
    status: OutcomeStatus = OutcomeStatus.SUCCEEDED,
    **members: Any,
) -> int:
    """What becomes of lines once they were taken from the queue. Returns how many had not ended before."""
    outcomes = [
        Outcome(
            LineId(message["batch"], message["line"], message["chunk"], message.get("round", 1)),
            ObjectRef(message["bucket"], message["key"]),
            status,
            finished_ms=now_ms(),
            **members,
        )
        for message in messages
    ]
    return await deployment.outcomes.record(outcomes)


async def counts_of(deployment: Deployment, batch_id: str) -> Counts:
    return sum([chunk.counts async for chunk in deployment.chunks.of_batch(batch_id)], Counts())


async def batch_of(deployment: Deployment, batch_id: str) -> Batch:
    batch = await deployment.batches.get(batch_id)
    assert batch is not None
    return batch
