"""Chunks become messages: a little ahead of the work, by whichever worker claims them."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Container, Sequence
from functools import partial

import structlog

from reelsift.aws.chunks import Chunks
from reelsift.aws.errors import is_outage
from reelsift.aws.quota import Quota
from reelsift.aws.table import ConditionFailed
from reelsift.batches.send.chunk_cache import ChunkCache
from reelsift.batches.send.chunk_sender import ChunkSender
from reelsift.domain.allotment import Sender, allot
from reelsift.domain.batch import HELD, WORKING, Batch, Chunk
from reelsift.domain.hold import Kind
from reelsift.manifests.chunks import ChunkError
from reelsift.runtime.active_batches import ActiveBatches
from reelsift.runtime.clock import Clock, as_ms
from reelsift.runtime.faults import Faults
from reelsift.runtime.holds import Holds
from reelsift.runtime.timings import Timings
from reelsift.settings import Settings

WRITES_AT_ONCE = 16

CANDIDATES = 3
"""Unsent chunks of a batch that are read: the next one to send, the one to read ahead, and one to spare."""

_log = structlog.get_logger(__name__)

_ChunkName = tuple[str, int]


class Expander:
    """Keeps a few lines of each batch on the queues. Needs no slot."""

    def __init__(
        self,
        *,
        chunks: Chunks,
        quota: Quota,
        cache: ChunkCache,
        sender: ChunkSender,
        active_batches: ActiveBatches,
        holds: Holds,
        faults: Faults,
        settings: Settings,
        stop: asyncio.Event,
        timings: Timings,
        clock: Clock,
    ) -> None:
        self._chunks = chunks
        self._quota = quota
        self._cache = cache
        self._sender = sender
        self._active_batches = active_batches
        self._holds = holds
        self._faults = faults
        self._settings = settings
        self._stop = stop
        self._timings = timings
        self._clock = clock
        self._taken: dict[_ChunkName, Chunk] = {}
        self._left_alone: dict[_ChunkName, float] = {}
        self._unsent: dict[str, tuple[float, list[Chunk]]] = {}
        self._until = 0.0

    async def step(self) -> None:
        """See to the chunks at work, and send lines of those batches that have room, for as long as any has."""
        began = self._clock.monotonic()
        self._until = began + self._timings.expander_step_s
        self._taken.clear()
        self._left_alone = {name: until for name, until in self._left_alone.items() if until > began}
        while await self._round() and not self._stop.is_set() and self._clock.monotonic() < self._until:
            pass

    async def _round(self) -> bool:
        """Send once for each batch that has room. Returns whether anything was sent."""
        active_batches = await self._active_batches.batches()
        batches = {batch.batch_id: batch for batch in active_batches if batch.reevaluation is None}
        self._unsent = {name: kept for name, kept in self._unsent.items() if name in batches}
        if not batches:
            return False
        at_work: dict[str, list[Chunk]] = defaultdict(list)
        for chunk in await self._at_work():
            at_work[chunk.batch_id].append(chunk)
        chunks = [(batches[name], chunk) for name, of_batch in at_work.items() for chunk in of_batch if name in batches]
        for start in range(0, len(chunks), WRITES_AT_ONCE):
            await asyncio.gather(
                *(self._see_to(batch, chunk) for batch, chunk in chunks[start : start + WRITES_AT_ONCE])
            )
        window = await self._window()
        candidates = await self._candidates(list(batches.values()), at_work, window)
        sends = [
            partial(self._send, batch, chunk, 0)
            for batch, chunk in chunks
            if self._left_off(chunk) and batch.state not in HELD and self._sendable(chunk)
        ]
        for urgent in (True, False):
            senders = [
                _sender(batches[name], at_work[name], of_batch)
                for name, of_batch in candidates.items()
                if batches[name].urgent is urgent
            ]
            sends += [
                partial(self._send_first, batches[name], candidates[name], lines)
                for name, lines in allot(window, senders).items()
            ]
        return await self._all(sends)

    async def _all(self, sends: Sequence[Callable[[], Awaitable[bool]]]) -> bool:
        """Send one after the other, as long as there is time. A fault that only one of them meets holds up no other."""
        failures: list[Exception] = []
        sent = False
        for send in sends:
            if self._stop.is_set() or self._clock.monotonic() > self._until:
                break
            try:
                sent |= await send()
            except Exception as error:
                if is_outage(error):
                    raise
                failures.append(error)
        if failures:
            raise failures[0]
        return sent

    async def _at_work(self) -> list[Chunk]:
        """The chunks at work: as the index knows them, or later where this worker has just taken them on."""
        chunks = {(chunk.batch_id, chunk.number): chunk for chunk in await self._chunks.at_work()}
        for name, taken in self._taken.items():
            read = chunks.get(name)
            if read is None or _place(read) < _place(taken):
                chunks[name] = taken
        return list(chunks.values())

    async def _window(self) -> int:
        return self._settings.lines_ahead or 2 * await self._quota.value() + 50

    async def _see_to(self, batch: Batch, chunk: Chunk) -> None:
        """Have a chunk reported whose lines have all ended, and lines sent again that were dropped or lost."""
        now = self._clock.now_ms()
        due = (chunk.due_at_ms or 0) <= now
        nobody_sends = chunk.sent == chunk.claimed
        try:
            if chunk.complete:
                await self._chunks.to_report(chunk, now_ms=now)
                self._active_batches.wake()
            elif batch.state in HELD:
                return
            elif chunk.resend and (nobody_sends or due):
                await self._chunks.rewind(chunk, due_at_ms=now)
            elif due and nobody_sends and chunk.claimed and chunk.pending:
                # While starts are held lines wait, and none is lost: once they are released it has all that time again.
                if chunk.counts.ended > chunk.seen or await self._holds.held(Kind.STARTS):
                    await self._chunks.postpone(chunk, now + as_ms(self._settings.stall_s))
                else:
                    await self._chunks.rewind(chunk, due_at_ms=now)
                    _log.warning("lines_lost", batch=chunk.batch_id, chunk=chunk.number, then="they are sent again")
        except ConditionFailed:
            return

    async def _candidates(
        self, batches: Sequence[Batch], at_work: dict[str, list[Chunk]], window: int
    ) -> dict[str, list[Chunk]]:
        """For each batch the chunks that lines can be sent of now, in the order to send them in, as far as they can
        matter.
        """
        found: dict[str, list[Chunk]] = {}
        for start in range(0, len(batches), WRITES_AT_ONCE):
            some = batches[start : start + WRITES_AT_ONCE]
            chunks = await asyncio.gather(
                *(self._candidates_of(batch, at_work[batch.batch_id], window) for batch in some)
            )
            found |= {batch.batch_id: of_batch for batch, of_batch in zip(some, chunks, strict=True)}
        return found

    async def _candidates_of(self, batch: Batch, at_work: Sequence[Chunk], window: int) -> list[Chunk]:
        if batch.state in HELD:
            return []
        stopped = batch.stopped is not None or batch.state not in WORKING
        begun = [
            chunk
            for chunk in at_work
            if chunk.sent == chunk.claimed < chunk.end
            and self._sendable(chunk)
            and not (stopped and chunk.skip_reason is None)
        ]
        if stopped or sum(chunk.end - chunk.claimed for chunk in begun) >= window:
            return begun
        known = {chunk.number for chunk in at_work}
        return begun + [chunk for chunk in await self._unsent_of(batch, known) if self._sendable(chunk)]

    async def _unsent_of(self, batch: Batch, known: Container[int]) -> list[Chunk]:
        """The first chunks of a batch of which nothing was sent, but for those that are `known` to be at work."""
        until, chunks = self._unsent.get(batch.batch_id, (0.0, []))
        left = [chunk for chunk in chunks if chunk.number not in known]
        if self._clock.monotonic() < until and (left or not chunks):
            return left
        chunks = await self._chunks.unsent(batch.batch_id, CANDIDATES)
        # An inventory that is still read gets more of them at any moment.
        keep_s = (
            min(self._timings.unsent_fresh_s, self._settings.reconcile_s) if chunks or batch.total is not None else 0
        )
        self._unsent[batch.batch_id] = self._clock.monotonic() + keep_s, chunks
        return [chunk for chunk in chunks if chunk.number not in known]

    async def _send_first(self, batch: Batch, candidates: Sequence[Chunk], lines: int) -> bool:
        """Send up to so many lines of a batch's first chunk; of the next one where another worker was first at that,
        and there is room for all of it.
        """
        for chunk, ahead in zip(candidates, [*candidates[1:], None], strict=True):
            if await self._send(batch, chunk, lines, ahead if lines > chunk.end - chunk.claimed else None):
                return True
            if lines <= chunk.end:
                return False
        return False

    async def _send(self, batch: Batch, chunk: Chunk, room: int, ahead: Chunk | None = None) -> bool:
        """Take on the lines that some worker left off at, and as many more as there is room for, and send them; read
        the chunk `ahead` meanwhile.

        False where another worker was first, the chunk cannot be read, or this worker fails over its lines.
        """
        with structlog.contextvars.bound_contextvars(batch=chunk.batch_id, chunk=chunk.number):
            try:
                lines = await self._cache.lines(chunk, anew=self._left_off(chunk))
            except ChunkError as error:
                await self._put_off(chunk, error)
                return False
            upto, open_lines = lines.reach(chunk, room)
            self._unsent.pop(chunk.batch_id, None)
            try:
                claimed = await self._chunks.claim_lines(chunk, upto, lines=open_lines, due_at_ms=self._lease_end())
            except ConditionFailed:
                return False
            name = chunk.batch_id, chunk.number
            self._taken[name] = claimed
            reading = asyncio.create_task(self._read_ahead(ahead))
            try:
                self._taken[name] = await self._sender.send(batch, claimed, lines)
            except Exception as error:
                if is_outage(error):
                    raise
                # A fault of this program: its neighbours, and other batches, do not wait for it.
                self._faults.swallow("lines_not_sent", error, again_in_s=self._settings.expand_lease_s)
                self._leave_alone(chunk)
                return False
            finally:
                await reading
        return True

    async def _read_ahead(self, chunk: Chunk | None) -> None:
        if chunk is None:
            return
        try:
            await self._cache.lines(chunk)
        except Exception as error:  # noqa: BLE001 - whoever sends this chunk meets the same error, and judges it
            _log.debug("not_read_ahead", number=chunk.number, error=str(error))

    async def _put_off(self, chunk: Chunk, error: ChunkError) -> None:
        """Leave a chunk that cannot be read alone for a while, out of its neighbours' way."""
        _log.error(
            "chunk_damaged",
            key=chunk.source_key,
            error=str(error),
            then=f"none of its lines is sent; read again in {self._settings.expand_lease_s:g} s",
            mend="restore the object in the work bucket, or cancel the batch and submit its source again",
        )
        self._leave_alone(chunk)
        try:
            await self._chunks.claim_lines(chunk, chunk.claimed, due_at_ms=self._lease_end())
        except ConditionFailed:
            return

    def _leave_alone(self, chunk: Chunk) -> None:
        self._left_alone[chunk.batch_id, chunk.number] = self._clock.monotonic() + self._settings.expand_lease_s

    def _sendable(self, chunk: Chunk) -> bool:
        return (chunk.batch_id, chunk.number) not in self._left_alone

    def _lease_end(self) -> int:
        return self._clock.now_ms() + as_ms(self._settings.expand_lease_s)

    def _left_off(self, chunk: Chunk) -> bool:
        """Whether a worker has taken on lines of the chunk, and stopped before it had sent them."""
        return chunk.sent < chunk.claimed and (chunk.due_at_ms or 0) <= self._clock.now_ms()


def _place(chunk: Chunk) -> tuple[int, int, int]:
    """How far a chunk is: this only grows."""
    return chunk.rewound, chunk.claimed, chunk.sent


def _sender(batch: Batch, at_work: Sequence[Chunk], candidates: Sequence[Chunk]) -> Sender:
    return Sender(
        batch.batch_id,
        batch.priority,
        in_flight=sum(min(chunk.in_flight, chunk.pending) for chunk in at_work),
        unsent=sum(chunk.end - chunk.claimed for chunk in candidates),
    )
