"""A chunk that this worker has taken on: kept from the others while its lines are sent, and given back."""

import asyncio
from typing import Self

import structlog

from reelsift.aws.chunks import Chunks
from reelsift.aws.table import ConditionFailed
from reelsift.domain.batch import Chunk
from reelsift.runtime.clock import now_ms
from reelsift.settings import Settings

KEPT_A_LEASE = 3
"""How often in a lease it is renewed: two renewals may fail."""

_log = structlog.get_logger(__name__)


class HeldChunk:
    """The lines `sent` to `claimed` of a chunk, and how far they are sent.

    They are sent in parts, in order, several at a time; what counts is how far they are sent without a gap, so that
    whoever goes on after this worker repeats little.
    """

    def __init__(self, chunks: Chunks, chunk: Chunk, settings: Settings) -> None:
        self._chunks = chunks
        self.chunk = chunk
        self._lease_s = settings.expand_lease_s
        self._stall_s = settings.stall_s
        self._parts: dict[int, int] = {}
        self._over = asyncio.Event()
        self.sent = chunk.sent
        self.lost = False
        """Whether another worker goes on with these lines, or they are to be sent anew: nothing more is sent here."""

    async def __aenter__(self) -> Self:
        self._keeping = asyncio.create_task(self._keep())
        return self

    async def __aexit__(self, kind: object, error: object, trace: object) -> None:
        """Note how far the lines are sent. What is not sent of them is anybody's at once, and what is sent and lost
        shows after `stall_s`.
        """
        if isinstance(error, asyncio.CancelledError):
            self._keeping.cancel()
            return
        self._over.set()
        await self._keeping
        if self.lost:
            return
        try:
            await self._note(self._stall_s if self.sent == self.chunk.claimed else 0)
        except ConditionFailed:
            self.lost = True

    def part_sent(self, start: int, end: int) -> None:
        """Note that the lines from `start` up to `end` are sent."""
        self._parts[start] = end
        while self.sent in self._parts:
            self.sent = self._parts.pop(self.sent)

    async def _keep(self) -> None:
        """Renew the lease until it is over."""
        while not self._over.is_set():
            try:
                await asyncio.wait_for(self._over.wait(), self._lease_s / KEPT_A_LEASE)
            except TimeoutError:
                await self._renew()

    async def _renew(self) -> None:
        try:
            await self._note(self._lease_s)
        except ConditionFailed:
            self.lost = True
            self._over.set()
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the next renewal is the remedy
            _log.warning("lease_not_renewed", batch=self.chunk.batch_id, chunk=self.chunk.number, error=str(error))

    async def _note(self, seconds: float) -> None:
        due_at_ms = now_ms() + int(seconds * 1000)
        self.chunk = await self._chunks.lines_sent(self.chunk, self.sent, due_at_ms=due_at_ms)
