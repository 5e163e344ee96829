"""Whether a line may start something: what its batch says at this moment."""

from functools import partial

from reelsift.aws.batches import Batches
from reelsift.aws.chunks import Chunks
from reelsift.aws.errors import AwsUnavailable
from reelsift.aws.remembered import RememberedByKey
from reelsift.aws.table import ConditionFailed
from reelsift.domain.batch import HELD, WORKING, Batch, BatchState
from reelsift.domain.failure import Reason
from reelsift.domain.line import DIRECT_PREFIX, Line
from reelsift.runtime.clock import Clock
from reelsift.runtime.timings import Timings
from reelsift.settings import Settings

KNOWN_BATCHES = 1_000
"""Rows remembered at a time: messages may name any number of batches."""

_STOPPED = frozenset({BatchState.CANCELLING, BatchState.CANCELLED})


class LineMustWait(Exception):
    """The line cannot be admitted yet: its message is to be sent anew, delayed by `delay_s`. None is a moment."""

    def __init__(self, delay_s: int | None = None) -> None:
        super().__init__("again in a moment" if delay_s is None else f"again in {delay_s} s")
        self.delay_s = delay_s


class LineTroubled(AwsUnavailable):
    """S3 fails over the object of a line: the line is to be sent anew as `line`, which knows for how long that is so.
    `outage` is whether S3 answers about nothing else either.
    """

    def __init__(self, cause: str, line: Line) -> None:
        super().__init__(cause)
        self.line = line

    @property
    def outage(self) -> bool:
        return self.line.trouble.seen_ms is None


class LineDropped(Exception):
    """The line's batch is paused. Its chunk knows that it is to be sent again, so that its message can go."""


class NotPermitted(Exception):
    """Nothing more is started for this batch, for the reason in `reason`; what was started goes on."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class BatchGate:
    """Asks batches, and remembers their answers for a moment."""

    def __init__(
        self,
        *,
        batches: Batches,
        chunks: Chunks,
        settings: Settings,
        timings: Timings,
        clock: Clock,
    ) -> None:
        self._batches = batches
        self._chunks = chunks
        self._settings = settings
        self._timings = timings
        self._clock = clock
        self._rows: RememberedByKey[str, Batch | None] = RememberedByKey(
            lambda _: timings.batch_fresh_s, most=KNOWN_BATCHES, monotonic=clock.monotonic
        )

    async def batch(self, batch_id: str) -> Batch | None:
        """The batch as it was `batch_fresh_s` ago at most. None for lines that were pushed straight onto the queue."""
        if batch_id.startswith(DIRECT_PREFIX):
            return None
        return await self._rows.get(batch_id, partial(self._batches.get, batch_id))

    async def shares(self, batch_id: str) -> bool:
        """Whether a line of this batch may take over the analysis of a video of identical content."""
        batch = await self.batch(batch_id)
        return self._settings.share_identical if batch is None or batch.direct else batch.share

    async def stopped(self, batch_id: str) -> Reason | None:
        """Why nothing more of a batch is started; None where nobody has stopped it."""
        batch = await self.batch(batch_id)
        if batch is None or (batch.stopped is None and batch.state not in _STOPPED):
            return None
        return Reason.MAX_COST if batch.stopped is Reason.MAX_COST else Reason.CANCELLED

    async def held(self, batch_id: str) -> bool:
        """Whether nothing of a batch is started until somebody resumes it."""
        batch = await self.batch(batch_id)
        return batch is not None and batch.state in HELD

    async def check(self, line: Line) -> None:
        """Return where a line may start something. Raises NotPermitted, LineDropped and LineMustWait."""
        reason = await self.stopped(line.id.batch_id)
        if reason is not None:
            raise NotPermitted(reason)
        if await self.held(line.id.batch_id):
            if await self._chunks.mark_resend(line.id.batch_id, line.id.chunk):
                raise LineDropped
            raise LineMustWait(self._timings.paused_line_s)

    async def stop(self, batch_id: str, reason: Reason) -> bool:
        """Have nothing more of a batch started. False where that was so already."""
        self._rows.forget(batch_id)
        while (batch := await self._batches.get(batch_id)) is not None:
            if batch.stopped is not None or batch.state not in WORKING | HELD:
                return False
            try:
                await self._batches.change(
                    batch,
                    stopped=reason,
                    state=BatchState.CANCELLING,
                    tally=batch.done_tally,
                    due_at_ms=self._clock.now_ms(),
                )
            except ConditionFailed:
                continue
            return True
        return False
