"""How far a batch is, what it has cost, and how fast it goes."""

from collections import Counter, deque
from dataclasses import dataclass
from decimal import Decimal

from reelsift.aws.deployment import Deployment
from reelsift.batches.lookup import batch_named
from reelsift.domain.batch import OVER, WORKING, Batch, BatchState, Counts
from reelsift.runtime.clock import now_ms

WINDOW_MS = 60_000
"""A rate that was watched is that of the last minute."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch is at one moment (`at_ms`, epoch milliseconds).

    `counts` are its ended lines. Its chunks have `listed` lines, `in_flight` of which are sent and have no outcome yet;
    `size` is the bytes of those whose size is known. `files_read` data files of an inventory are split into chunks
    already. `passed_over` counts objects that its lists name and that are no line, by what they lacked.
    """

    batch: Batch
    counts: Counts
    at_ms: int
    in_flight: int = 0
    listed: int = 0
    size: int = 0
    files_read: int = 0
    passed_over: tuple[tuple[str, int], ...] = ()

    @property
    def waiting(self) -> int | None:
        """Lines without an outcome. Of an inventory that is still being read, those found so far; None for a batch of
        lines sent straight to the queue, since more may always come.
        """
        if self.batch.direct:
            return None
        return max(0, self.expected - self.counts.ended)

    @property
    def expected(self) -> int:
        """Lines there are, as far as is known by now; of a re-evaluation the videos there were when it was ordered."""
        if self.batch.total is not None:
            return self.batch.total
        terms = self.batch.reevaluation
        return self.listed if terms is None else terms.videos or 0

    @property
    def complete(self) -> bool:
        """Whether every line has its outcome: the counts know it before a worker has noted it in the batch."""
        return self.batch.total is not None and self.waiting == 0

    @property
    def over(self) -> bool:
        """Whether nothing more comes: its report is written too."""
        return self.batch.state in OVER

    @property
    def state(self) -> BatchState:
        if self.complete and self.batch.state in WORKING:
            return BatchState.COMPLETING
        return self.batch.state

    @property
    def money(self) -> Decimal:
        """US dollars that its lines have paid."""
        return Decimal(self.counts.cost_micros) / 1_000_000

    @property
    def elapsed_ms(self) -> int:
        """From submitting to the end, or until now."""
        until = self.batch.finished_ms if self.over and self.batch.finished_ms else self.at_ms
        return max(1, until - self.batch.created_ms)


class Rate:
    """Lines a second: of the last minute where it was watched, else since the batch was made."""

    def __init__(self) -> None:
        self._seen: deque[tuple[int, int]] = deque()

    def see(self, progress: Progress) -> float:
        """The rate, with `progress` as the newest of what was seen."""
        self._seen.append((progress.at_ms, progress.counts.ended))
        while progress.at_ms - self._seen[0][0] > WINDOW_MS:
            self._seen.popleft()
        since_ms, ended = self._seen[0]
        # Lines that are retried are taken out of the counts.
        if progress.complete or progress.counts.ended <= ended:
            return progress.counts.ended / progress.elapsed_ms * 1000
        return (progress.counts.ended - ended) / (progress.at_ms - since_ms) * 1000


async def read_progress(deployment: Deployment, batch_id: str) -> Progress:
    """The progress of a batch by its id. Raises NoSuchBatch."""
    return await progress_of(deployment, await batch_named(deployment.batches, batch_id))


async def progress_of(deployment: Deployment, batch: Batch) -> Progress:
    """The progress of a batch by its rows, of which one page at a time is held."""
    counts, in_flight, listed, size = Counts(), 0, 0, 0
    async for chunk in deployment.chunks.of_batch(batch.batch_id):
        counts += chunk.counts
        in_flight += chunk.in_flight
        listed += chunk.total or 0
        size += chunk.size
    files_read = batch.files or 0
    passed_over = Counter(dict(batch.passed_over))
    if batch.state not in OVER and batch.total is None and batch.files is not None:
        files_read = 0
        passed_over.clear()
        async for file in deployment.source_files.of_batch(batch.batch_id):
            files_read += file.done
            passed_over.update(dict(file.passed_over))
    return Progress(
        batch, counts, now_ms(), in_flight, listed, max(size, batch.size), files_read, tuple(passed_over.most_common())
    )
