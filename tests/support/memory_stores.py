"""Stores that keep their rows in memory, for tests of what workers decide.

They refuse what the real ones refuse. What they leave out is DynamoDB: its expressions, and that its indexes lag.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from botocore.exceptions import ClientError

from reelsift.aws.batches import Batches
from reelsift.aws.chunks import Chunks
from reelsift.aws.jobs import Jobs
from reelsift.aws.metrics import Metrics
from reelsift.aws.objects import PIECE_BYTES, ObjectWriter, WorkBucket
from reelsift.aws.outcomes import ChunkProgress, Outcomes, count
from reelsift.aws.queue import Queue
from reelsift.aws.quota import Quota
from reelsift.aws.source_files import SourceFiles
from reelsift.aws.table import ConditionFailed
from reelsift.domain.batch import OVER, Batch, BatchState, Chunk, SourceFile
from reelsift.domain.failure import Reason
from reelsift.domain.job import Job, JobKey, JobState
from reelsift.domain.outcome import Outcome
from reelsift.settings import Settings

BUCKET = "videos"


@lru_cache(maxsize=None, typed=True)
def settings(**members: Any) -> Settings:
    """The defaults, with these settings. Nobody can change them, and to make them takes longer than many a test."""
    arn = "arn:aws:sns:eu-west-1:123456789012:t"
    needed = {
        "work_bucket": "work",
        "data_buckets": frozenset({BUCKET}),
        "completions_topic_arn": arn,
        "alerts_topic_arn": arn,
        "rekognition_role_arn": "arn:aws:iam::123456789012:role/r",
    }
    return Settings(**(needed | members))


class MemoryBatches(Batches):
    def __init__(self, *batches: Batch) -> None:
        self.rows = {batch.batch_id: batch for batch in batches}

    def __getitem__(self, batch_id: str) -> Batch:
        return self.rows[batch_id]

    async def get(self, batch_id: str) -> Batch | None:
        return self.rows.get(batch_id)

    async def active(self, limit: int) -> list[Batch]:
        over = {*OVER, BatchState.COMPLETING}
        return [batch for batch in self.rows.values() if batch.state not in over][:limit]

    async def due_completing(self, now_ms: int, limit: int) -> list[Batch]:
        rows = [batch for batch in self.rows.values() if batch.state is BatchState.COMPLETING]
        return [batch for batch in rows if batch.due_at_ms is not None and batch.due_at_ms <= now_ms][:limit]

    async def change(self, batch: Batch, **changes: Any) -> Batch:
        stored = self.rows[batch.batch_id]
        if (stored.state, stored.due_at_ms) != (batch.state, batch.due_at_ms):
            raise ConditionFailed("batches")
        self.rows[batch.batch_id] = replace(stored, **changes)
        return replace(batch, **changes)


class MemoryChunks(Chunks):
    """`open` says for each chunk in which partition of the open index it stands, if in any."""

    def __init__(self, *chunks: Chunk) -> None:
        self.rows: dict[tuple[str, int], Chunk] = {}
        self.open: dict[tuple[str, int], str | None] = {}
        self.reports: dict[tuple[str, int], Mapping[str, Any]] = {}
        for chunk in chunks:
            self.put(chunk, "chunk" if chunk.claimed else "unsent")

    def put(self, chunk: Chunk, partition: str | None) -> Chunk:
        self.rows[chunk.batch_id, chunk.number] = chunk
        self.open[chunk.batch_id, chunk.number] = partition
        return chunk

    def __getitem__(self, number: int) -> Chunk:
        """The chunk of the one batch that there is."""
        (chunk,) = [chunk for chunk in self.rows.values() if chunk.number == number]
        return chunk

    async def add(self, chunk: Chunk) -> None:
        stored = self.rows.get((chunk.batch_id, chunk.number))
        if stored is None or stored.total is None:
            self.put(chunk, "unsent")

    async def get(self, batch_id: str, number: int) -> Chunk | None:
        return self.rows.get((batch_id, number))

    async def of_batch(self, batch_id: str) -> AsyncGenerator[Chunk, None]:
        for name, chunk in sorted(self.rows.items()):
            if name[0] == batch_id:
                yield chunk

    async def page(self, batch_id: str, start: int, limit: int) -> list[Chunk]:
        of_batch = [chunk async for chunk in self.of_batch(batch_id) if chunk.number >= start]
        return of_batch[:limit]

    async def report_files(self, batch_id: str) -> AsyncIterator[tuple[int, dict[str, Any]]]:
        for (name, number), files in sorted(self.reports.items()):
            if name == batch_id:
                yield number, dict(files)

    async def unsent(self, batch_id: str, limit: int) -> list[Chunk]:
        return [chunk for chunk in self._in("unsent") if chunk.batch_id == batch_id][:limit]

    async def at_work(self) -> list[Chunk]:
        return self._in("chunk")

    async def due_reports(self, now_ms: int, limit: int) -> list[Chunk]:
        return [chunk for chunk in self._in("report") if (chunk.due_at_ms or 0) <= now_ms][:limit]

    async def claim_lines(self, chunk: Chunk, upto: int, *, lines: int | None = None, due_at_ms: int) -> Chunk:
        stored = self._as_read(chunk, "claimed", "sent", "due_at_ms", "skip_from")
        taken = upto - chunk.claimed if lines is None else lines
        in_flight, reached = stored.in_flight + taken, max(stored.reached, upto)
        return self.put(
            replace(stored, claimed=upto, reached=reached, in_flight=in_flight, due_at_ms=due_at_ms), "chunk"
        )

    async def lines_sent(self, chunk: Chunk, upto: int | None = None, *, due_at_ms: int) -> Chunk:
        sent = chunk.claimed if upto is None else upto
        return self._changed(chunk, sent=sent, seen=chunk.counts.ended, due_at_ms=due_at_ms)

    async def postpone(self, chunk: Chunk, due_at_ms: int) -> Chunk:
        return self._changed(chunk, seen=chunk.counts.ended, due_at_ms=due_at_ms)

    async def rewind(self, chunk: Chunk, *, due_at_ms: int) -> Chunk:
        rewound = chunk.rewound + 1
        return self._changed(chunk, claimed=0, sent=0, in_flight=0, rewound=rewound, resend=False, due_at_ms=due_at_ms)

    async def skip_unclaimed(self, chunk: Chunk, reason: Reason, *, now_ms: int) -> Chunk:
        stored = self._as_read(chunk, "claimed", "reached", "skip_from")
        first = max(chunk.reached, chunk.claimed)
        counts = replace(stored.counts, skipped=stored.counts.skipped + (chunk.total or 0) - first)
        skipped = replace(stored, skip_reason=reason, skip_from=first, counts=counts)
        return self.put(skipped if first else replace(skipped, due_at_ms=now_ms), "chunk" if first else "report")

    async def to_report(self, chunk: Chunk, *, now_ms: int) -> Chunk:
        return self.put(replace(self._as_read(chunk, "due_at_ms"), due_at_ms=now_ms), "report")

    async def claim_report(self, chunk: Chunk, due_at_ms: int) -> Chunk:
        return self.put(replace(self._as_read(chunk, "due_at_ms"), due_at_ms=due_at_ms), "report")

    async def reported(self, chunk: Chunk, files: Mapping[str, Any]) -> None:
        self.put(replace(self._as_read(chunk, "due_at_ms"), reported=True, due_at_ms=None), None)
        self.reports[chunk.batch_id, chunk.number] = files

    def _in(self, partition: str) -> list[Chunk]:
        rows = [self.rows[name] for name, of_row in self.open.items() if of_row == partition]
        return sorted(rows, key=lambda chunk: (chunk.due_at_ms or 0, chunk.number))

    def _as_read(self, chunk: Chunk, *members: str) -> Chunk:
        stored = self.rows[chunk.batch_id, chunk.number]
        if any(getattr(stored, name) != getattr(chunk, name) for name in members):
            raise ConditionFailed("batches")
        return stored

    def _changed(self, chunk: Chunk, **changes: Any) -> Chunk:
        stored = self._as_read(chunk, "due_at_ms", "claimed")
        return self.put(replace(stored, **changes), self.open[chunk.batch_id, chunk.number])


class MemorySourceFiles(SourceFiles):
    def __init__(self, *files: SourceFile) -> None:
        self.rows = {(file.batch_id, file.number): file for file in files}

    async def change(self, file: SourceFile, **changes: Any) -> SourceFile:
        if self.rows[file.batch_id, file.number].due_at_ms != file.due_at_ms:
            raise ConditionFailed("batches")
        changed = self.rows[file.batch_id, file.number] = replace(file, **changes)
        return changed


class MemoryOutcomes(Outcomes):
    """Outcomes, counted in their chunks as they are written."""

    def __init__(self, chunks: MemoryChunks) -> None:
        self.rows: dict[str, Outcome] = {}
        self._of = chunks

    async def record(self, outcomes: Sequence[Outcome]) -> int:
        new = [outcome for outcome in outcomes if outcome.id.line not in self.rows]
        for outcome in new:
            self.rows[outcome.id.line] = outcome
            name = outcome.id.batch_id, outcome.id.chunk
            chunk = self._of.rows[name]
            self._of.rows[name] = replace(chunk, counts=chunk.counts + count([outcome]), in_flight=chunk.in_flight - 1)
        return len(new)

    async def progress(self, batch_id: str, chunk: int) -> ChunkProgress:
        return ChunkProgress(ended={outcome.id.line async for outcome in self.of_chunk(batch_id, chunk)})

    async def of_chunk(self, batch_id: str, chunk: int, *, after: str = "") -> AsyncGenerator[Outcome, None]:
        for outcome in self.rows.values():
            if (outcome.id.batch_id, outcome.id.chunk) == (batch_id, chunk) and outcome.id.line > after:
                yield outcome


class MemoryJobs(Jobs):
    def __init__(self, *jobs: Job) -> None:
        self.rows = {job.key: job for job in jobs}
        self.open: dict[str | None, dict[JobState, int]] = {}

    async def get_readable(self, keys: Sequence[JobKey]) -> tuple[dict[JobKey, Job], set[JobKey]]:
        return {key: self.rows[key] for key in keys if key in self.rows}, set()

    async def count_open(self, batch_id: str | None = None) -> dict[JobState, int]:
        return self.open.get(batch_id, {})


class MemoryWork(WorkBucket):
    def __init__(self) -> None:
        self.bucket = "work"
        self.objects: dict[str, bytes] = {}
        self.content_types: dict[str, str] = {}

    async def put(self, key: str, body: bytes, content_type: str) -> None:
        self.objects[key] = body
        self.content_types[key] = content_type

    async def get(self, key: str) -> bytes:
        if key not in self.objects:
            error: Any = {"Error": {"Code": "NoSuchKey"}, "ResponseMetadata": {"HTTPStatusCode": 404}}
            raise ClientError(error, "GetObject")
        return self.objects[key]

    def writer(self, key: str, content_type: str) -> ObjectWriter:
        return _Written(self, key, content_type)

    async def pieces(self, key: str) -> AsyncGenerator[bytes, None]:
        body = await self.get(key)
        for start in range(0, len(body), PIECE_BYTES):
            await asyncio.sleep(0)
            yield body[start : start + PIECE_BYTES]

    async def delete(self, key: str) -> None:
        self.objects.pop(key, None)

    async def listed_below(self, prefix: str) -> AsyncGenerator[tuple[str, int], None]:
        for key in sorted(self.objects):
            if key.startswith(prefix):
                yield key, len(self.objects[key])

    async def erase_below(self, prefix: str) -> int:
        erased = [key for key in self.objects if key.startswith(prefix)]
        for key in erased:
            del self.objects[key]
        return len(erased)


class _Written(ObjectWriter):
    """An object of which nothing is there before it is closed."""

    def __init__(self, work: MemoryWork, key: str, content_type: str) -> None:
        self._work, self._name, self._type, self._data = work, key, content_type, bytearray()

    async def write(self, data: bytes) -> None:
        self._data += data

    async def __aexit__(self, kind: object, error: object, trace: object) -> None:
        if error is None:
            self._work.objects[self._name] = bytes(self._data)
            self._work.content_types[self._name] = self._type


class MemoryQueue(Queue):
    def __init__(self) -> None:
        self.bodies: list[str] = []

    async def send(self, bodies: Sequence[str], *, delay_s: int = 0, attributes: dict[str, str] | None = None) -> None:
        assert not delay_s
        assert attributes is None
        self.bodies += bodies


class MemoryMetrics(Metrics):
    def __init__(self) -> None:
        self.counted: Counter[tuple[str, ...]] = Counter()

    def count(self, name: str, value: float = 1, **dimensions: str) -> None:
        self.counted[name, *dimensions.values()] += int(value)


class FixedQuota(Quota):
    def __init__(self, slots: int) -> None:
        self.slots = slots

    async def value(self) -> int:
        return self.slots
