"""A batch: one submitted list of videos, counted chunk by chunk."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from enum import StrEnum

from reelsift.domain.failure import Reason
from reelsift.domain.filters import Filters
from reelsift.domain.line import DIRECT_CHUNKS
from reelsift.domain.reevaluation import Reevaluation

CHUNK_LINES = 10_000
"""Lines in a chunk at most: the unit of expansion, of counting and of reports."""

DIRECT_REST_MS = 24 * 3600 * 1000
"""A batch of lines that no manifest names is over once the last of them ended so long ago."""

AT_ONCE_MS = 0
"""The due time of what any worker may take up at once. It is no time of day: the clock of the machine from which a
person submits, pauses or retries a batch may be ahead by hours, and workers would leave it alone for as long.
"""

FILE_CHUNKS = 10_000
"""Numbers that each data file of an inventory has for its chunks, so that files can be split side by side."""


class BatchState(StrEnum):
    """Named as S3 Batch Operations names the states of a job."""

    PREPARING = "Preparing"
    """Its lists are still being read; what was read is worked on already."""
    ACTIVE = "Active"
    PAUSING = "Pausing"
    """Nothing more of it is started; what was started goes on."""
    PAUSED = "Paused"
    CANCELLING = "Cancelling"
    """Nothing more of it is started, and what was not ends as SKIPPED; what was started goes on."""
    COMPLETING = "Completing"
    """Every line has its outcome, and the report is being written."""
    COMPLETE = "Complete"
    CANCELLED = "Cancelled"


WORKING = frozenset({BatchState.PREPARING, BatchState.ACTIVE})
"""The states in which lines of a batch may be started."""

HELD = frozenset({BatchState.PAUSING, BatchState.PAUSED})

OVER = frozenset({BatchState.COMPLETE, BatchState.CANCELLED})
"""The states of a batch of which nothing more comes, unless a line of it is retried."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many lines ended, and how.

    `size` is the bytes of the ended lines whose size is known. Of what they paid for: `billed` lines, `billed_ms` of
    video time, `billed_bytes` of video, `slot_ms` in which their jobs held slots, `cost_micros` millionths of a dollar.
    `partly_failed` of the lines that succeeded lack an analysis that they need not have.
    """

    succeeded: int = 0
    failed: int = 0
    skipped: int = 0
    size: int = 0
    billed: int = 0
    billed_ms: int = 0
    billed_bytes: int = 0
    slot_ms: int = 0
    cost_micros: int = 0
    partly_failed: int = 0

    @property
    def ended(self) -> int:
        return self.succeeded + self.failed + self.skipped

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, name) + getattr(other, name) for name in COUNTED))

    def __neg__(self) -> "Counts":
        return Counts(*(-getattr(self, name) for name in COUNTED))


COUNTED = tuple(field.name for field in fields(Counts))
"""The names of everything that is counted."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Up to 10,000 lines of a batch. `source_key` is where the work bucket keeps them; a batch of lines pushed
    straight onto the queue has chunks that only count, with no source and no total. `size` is the bytes of those of
    its lines whose size is known.

    Lines are sent in the order of the file: the first `sent` are known to have been, up to `claimed` some worker is at
    it, and `in_flight` of them are sent and have no outcome yet (roughly: what is sent twice is counted twice until it
    is rewound). `reached` is the furthest that was ever claimed, and `rewound` how often the sending began anew: lines
    before `reached` may have ended. `resend` says that lines which were sent have to be sent again: they were dropped,
    or reopened. The lines from `skip_from` on were ended all at once, as SKIPPED for `skip_reason`.

    `seen` is how many lines had ended when the chunk was last looked at: none more since then means that it has
    stalled. `reported` tells the files of its report, once they are written.

    A chunk that only counts is `closed` while its batch is reported: a line that ends in it after that opens it again.
    Its report has `pieces` of 10,000 lines at most. `last_ms` (epoch milliseconds) is when the last of its lines ended,
    and `writes` how often its counts were written: both tell whether it has rested.
    """

    batch_id: str
    number: int
    counts: Counts
    total: int | None = None
    size: int = 0
    source_key: str | None = None
    claimed: int = 0
    sent: int = 0
    in_flight: int = 0
    reached: int = 0
    rewound: int = 0
    resend: bool = False
    skip_reason: Reason | None = None
    skip_from: int | None = None
    seen: int = 0
    due_at_ms: int | None = None
    reported: bool = False
    closed: bool = False
    pieces: int = 0
    last_ms: int = 0
    writes: int = 0

    @property
    def complete(self) -> bool:
        return self.closed or (self.total is not None and self.counts.ended >= self.total)

    @property
    def only_counts(self) -> bool:
        """Whether it has no file: its lines are those that have an outcome in it."""
        return self.source_key is None

    @property
    def reportable(self) -> bool:
        """Whether its lines are in the report of its batch: what another batch's line names it for is not."""
        return self.closed or self.total is not None

    @property
    def end(self) -> int:
        """How many of its lines are ever sent: all before `skip_from`."""
        return self.total or 0 if self.skip_from is None else self.skip_from

    @property
    def skipped_lines(self) -> int:
        """How many of its lines were ended at once: all from `skip_from` on."""
        return (self.total or 0) - self.end

    @property
    def pending(self) -> int:
        """How many of its lines some worker has taken on, whenever that was, and have no outcome yet."""
        return max(0, max(self.reached, self.claimed) - (self.counts.ended - self.skipped_lines))


@dataclass(frozen=True, slots=True)
class Tally:
    """The sums of a batch's own chunks below the number `next`: of those that were there, `chunks` in number.

    `done` of them have all their outcomes and their report; they have `lines` and `size` (bytes), and `counts` of ended
    lines. `worst` is the one with the most failures, `worst_failed` of them.
    """

    next: int = 0
    chunks: int = 0
    done: int = 0
    lines: int = 0
    size: int = 0
    counts: Counts = Counts()
    worst: int = 0
    worst_failed: int = 0

    @property
    def all_done(self) -> bool:
        return self.done == self.chunks

    def add(self, chunk: Chunk) -> "Tally":
        """With a chunk whose number is `next` or higher."""
        worse = chunk.counts.failed > self.worst_failed
        return Tally(
            next=chunk.number + 1,
            chunks=self.chunks + 1,
            done=self.done + (chunk.complete and chunk.reported),
            lines=self.lines + (chunk.total or 0),
            size=self.size + chunk.size,
            counts=self.counts + chunk.counts,
            worst=chunk.number if worse else self.worst,
            worst_failed=max(self.worst_failed, chunk.counts.failed),
        )


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A data file of an inventory that becomes chunks of a batch, and how far that is.

    `number` counts from 0, `name` is what its lines are named after, `md5` and `size` (bytes) are the manifest's. Once
    it is `done`: how many rows it has (`seen`), how many became `lines` in how many `chunks`, of how many bytes
    (`line_bytes`), and how many were passed over, by what they lacked.
    """

    batch_id: str
    number: int
    name: str
    key: str
    size: int
    md5: str
    done: bool = False
    seen: int = 0
    lines: int = 0
    chunks: int = 0
    line_bytes: int = 0
    passed_over: tuple[tuple[str, int], ...] = ()
    tries: int = 0
    due_at_ms: int | None = None

    @property
    def first_chunk(self) -> int:
        """The number of the first of its chunks."""
        return self.number * FILE_CHUNKS


@dataclass(frozen=True, slots=True)
class ImportTerms:
    """What the importer vouches for, since no answer tells it.

    `as_set`: the answers were asked for as the deployment is set now, so that they count as analysed. `unchanged`: an
    object whose row names neither ETag nor version still holds what was analysed.
    """

    as_set: bool = False
    unchanged: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """The settings of a batch, and where it stands.

    `total` (lines), `chunks` and `size` (bytes of the lines whose size is known) are known once everything it lists has
    been read. A batch of lines pushed straight onto the queue is `direct`: more may always come, so its total never is.
    An inventory (`manifest_key` in `manifest_bucket`) is read by the workers: `files` is the number of its data files,
    None until its manifest has been read, and `tries` is how often a worker has begun that and did not leave off.

    `priority` is that of S3 Batch Operations: 0 to 2,147,483,647, higher first. `max_cost_micros` (millionths of a
    dollar) bounds what may be started. With `imports` its lines bring recorded answers in and start nothing. A
    `reevaluation` has the videos of the archive for lines, as far as it gets to them, and starts nothing either. With
    `share` videos of identical content (SHA-256) are analysed once. `stopped`
    is why nothing more of it is started, `held_because` why it paused itself, and `excused` are the counts from which
    on its failures are judged again after that. `report_key` is the manifest of its report in the work bucket;
    `report_failures` is how often the program has failed over writing it, and `report_failed` why there is none. A
    direct batch is `closing` once its lines have rested: until it is reported, or another line ends.

    The chunks of a large batch are counted a part at a time: `tally` is how far the present count has come.
    `done_tally` are the chunks at its beginning that are all done: each count goes on from there, until a line of the
    batch is reopened.
    """

    batch_id: str
    name: str
    source: str
    created_ms: int
    total: int | None
    chunks: int
    size: int = 0
    state: BatchState = BatchState.ACTIVE
    analyses: tuple[str, ...] = ()
    again: bool = False
    priority: int = 0
    share: bool = False
    imports: ImportTerms | None = None
    reevaluation: Reevaluation | None = None
    max_cost_micros: int | None = None
    filters: Filters = field(default_factory=Filters)
    finished_ms: int | None = None
    due_at_ms: int | None = None
    manifest_bucket: str | None = None
    manifest_key: str | None = None
    files: int | None = None
    tries: int = 0
    stopped: Reason | None = None
    held_because: str | None = None
    excused: Counts = Counts()
    passed_over: tuple[tuple[str, int], ...] = ()
    report_key: str | None = None
    report_failures: int = 0
    report_failed: str | None = None
    closing: bool = False
    tally: Tally = Tally()
    done_tally: Tally = Tally()

    @property
    def direct(self) -> bool:
        """Whether its lines were pushed straight onto the queue, so that more may always come."""
        return self.total is None and self.manifest_key is None and self.reevaluation is None

    @property
    def urgent(self) -> bool:
        """Whether its lines go to the priority queue, which is asked before that of the others."""
        return self.priority > 0

    def chunk(self, number: int, due_at_ms: int) -> Chunk:
        """A chunk of a batch whose list was split where it was submitted, as it is before anything of it is sent: all
        are full but the last.
        """
        total = min(CHUNK_LINES, (self.total or 0) - number * CHUNK_LINES)
        return Chunk(
            batch_id=self.batch_id,
            number=number,
            counts=Counts(),
            total=total,
            source_key=chunk_key(self.batch_id, number),
            due_at_ms=due_at_ms,
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
        due_at_ms=created_ms + DIRECT_REST_MS,
    )


def chunk_key(batch_id: str, number: int) -> str:
    """Where the work bucket keeps the lines of a chunk."""
    return f"batches/{batch_id}/chunks/{number:09d}.jsonl.gz"


def total_counts(chunks: Iterable[Chunk]) -> Counts:
    """The sums of a batch."""
    return sum((chunk.counts for chunk in chunks), Counts())
