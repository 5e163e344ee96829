"""What the newest videos that were paid for say about others: their length, the time they hold slots, their cost."""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from reelsift.aws.batches import Batches
from reelsift.aws.chunks import Chunks
from reelsift.domain.analysis import Analysis
from reelsift.domain.batch import Batch, Counts

BATCHES = 20
"""The newest batches, whose chunks are read."""

CHUNKS = 100
"""Chunks of one batch that are read at most."""

FEWEST_VIDEOS = 20
"""Sums of fewer videos say little about others."""

ENOUGH_VIDEOS = 2_000
"""More change nothing."""


@dataclass(frozen=True, slots=True)
class PaidVideos:
    """Sums over videos that were paid for, and what follows from them for others: None where they are too few."""

    counts: Counts = field(default_factory=Counts)

    @property
    def enough(self) -> bool:
        return self.counts.billed >= FEWEST_VIDEOS and self.counts.billed_ms > 0

    @property
    def bitrate(self) -> float | None:
        """Bits a second of the time that was paid for."""
        if not self.enough or not self.counts.billed_bytes:
            return None
        return self.counts.billed_bytes * 8 * 1000 / self.counts.billed_ms

    def billed_ms(self, size: float) -> float | None:
        """The video time that so many bytes are probably paid for as."""
        return None if self.bitrate is None else size * 8 * 1000 / self.bitrate

    def slot_ms(self, billed_ms: float) -> float | None:
        """How long slots are probably held for so much video time."""
        if not self.enough or not self.counts.slot_ms:
            return None
        return billed_ms * self.counts.slot_ms / self.counts.billed_ms

    def cost_micros(self, billed_ms: float) -> int | None:
        """What so much video time probably costs, in millionths of a dollar."""
        if not self.enough:
            return None
        return round(billed_ms * self.counts.cost_micros / self.counts.billed_ms)


async def read_paid_videos(
    batches: Batches, chunks: Chunks, analyses: Sequence[Analysis], like: Batch | None = None
) -> PaidVideos:
    """Sums over the newest batches, as if each of their videos had had one analysis, or the analyses of `like`.

    `analyses` are those that the deployment is set to: of a batch that names none.
    """
    counts = Counts()
    wanted = 1 if like is None else len(like.analyses or analyses)
    for batch in await batches.recent(BATCHES):
        counts += _in_analyses(wanted, await _of_batch(chunks, batch), len(batch.analyses or analyses))
        if counts.billed >= ENOUGH_VIDEOS:
            break
    return PaidVideos(counts)


async def _of_batch(chunks: Chunks, batch: Batch) -> Counts:
    counts = Counts()
    read = 0
    async with aclosing(chunks.of_batch(batch.batch_id)) as rows:
        async for chunk in rows:
            counts += chunk.counts
            read += 1
            if read == CHUNKS or counts.billed >= ENOUGH_VIDEOS:
                break
    return counts


def _in_analyses(wanted: int, counts: Counts, had: int) -> Counts:
    """A video has its bytes once, and all else in each of its analyses."""
    return replace(
        counts,
        billed_ms=counts.billed_ms * wanted // had,
        slot_ms=counts.slot_ms * wanted // had,
        cost_micros=counts.cost_micros * wanted // had,
    )
