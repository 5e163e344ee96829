"""A batch: one submitted manifest, counted chunk by chunk."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from reelsift.domain.line import DIRECT_CHUNKS

CHUNK_LINES = 10_000
"""Lines in a chunk at most: the unit of expansion and of counting."""


class BatchState(StrEnum):
    """Named as S3 Batch Operations names the states of a job."""

    PREPARING = "Preparing"
    """An inventory was delivered, and its rows are not all cut into chunks yet."""
    ACTIVE = "Active"
    COMPLETE = "Complete"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many lines ended, and how; `billed_ms` is the video time they paid for."""

    succeeded: int = 0
    failed: int = 0
    skipped: int = 0
    billed_ms: int = 0

    @property
    def ended(self) -> int:
        return self.succeeded + self.failed + self.skipped

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.succeeded + other.succeeded,
            self.failed + other.failed,
            self.skipped + other.skipped,
            self.billed_ms + other.billed_ms,
        )


@dataclass(frozen=True, slots=True)
class Chunk:
    """Up to 10,000 lines of a batch. `source_key` is where the work bucket keeps them; a batch of lines pushed
    straight onto the queue has chunks that only count, with no source and no total. `seen` is how many lines had
    ended when the chunk was last looked at: none more since then means that it has stalled.
    """

    batch_id: str
    number: int
    counts: Counts
    total: int | None = None
    source_key: str | None = None
    expanded_ms: int | None = None
    seen: int = 0
    priority: bool = False
    look_at_ms: int | None = None

    @property
    def complete(self) -> bool:
        return self.total is not None and self.counts.ended >= self.total


@dataclass(frozen=True, slots=True)
class Batch:
    """The settings of a batch. `total` is None for lines pushed straight onto the queue: more may come; and for an
    inventory (`manifest_key` in the work bucket) until its rows have been read. `tries` is how often a worker has begun
    to read it and was not seen to leave off.
    """

    batch_id: str
    name: str
    source: str
    created_ms: int
    total: int | None
    chunks: int
    state: BatchState = BatchState.ACTIVE
    analyses: tuple[str, ...] = ()
    again: bool = False
    priority: bool = False
    finished_ms: int | None = None
    look_at_ms: int | None = None
    manifest_key: str | None = None
    tries: int = 0

    @property
    def direct(self) -> bool:
        """Whether its lines were pushed straight onto the queue, so that more may always come."""
        return self.total is None and self.state is not BatchState.PREPARING

    def chunk(self, number: int, look_at_ms: int) -> Chunk:
        """A chunk as it is before its expansion: all are full but the last."""
        total = min(CHUNK_LINES, (self.total or 0) - number * CHUNK_LINES)
        return Chunk(
            batch_id=self.batch_id,
            number=number,
            counts=Counts(),
            total=total,
            source_key=chunk_key(self.batch_id, number),
            priority=self.priority,
            look_at_ms=look_at_ms,
        )


def direct_batch(batch_id: str, created_ms: int) -> Batch:
    """The batch of lines that were pushed straight onto the queue."""
    return Batch(
        batch_id=batch_id,
        name=batch_id,
        source="lines sent to the queue",
        created_ms=created_ms,
        total=None,
        chunks=DIRECT_CHUNKS,
    )


def chunk_key(batch_id: str, number: int) -> str:
    """Where the work bucket keeps the lines of a chunk."""
    return f"batches/{batch_id}/chunks/{number:06d}.jsonl.gz"


def total_counts(chunks: Iterable[Chunk]) -> Counts:
    """The sums of a batch."""
    return sum((chunk.counts for chunk in chunks), Counts())
