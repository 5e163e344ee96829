"""Decisions and second opinions to the archive, once a day: their records, which hold ids, codes and pseudonyms."""

import asyncio
import gzip
import hashlib
import json
import math
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog

from reelsift.aws.decision_archive import PREFIX, ArchiveState, DecisionArchive
from reelsift.aws.decisions import Decisions
from reelsift.aws.opinions import Opinions
from reelsift.aws.table import ConditionFailed
from reelsift.domain.decision import Decision, SealedDecision, canonical
from reelsift.domain.opinion import Opinion
from reelsift.runtime.clock import Clock
from reelsift.runtime.lease import Lease, WorkerStops
from reelsift.runtime.timings import Timings

DECISIONS_AN_OBJECT = 2_000
"""Of the longest records, some 20 MB before they are packed: so much is held in memory."""

WRITES_AT_ONCE = 16

DAY_MS = 24 * 3600 * 1000

Archived = Decision | SealedDecision | Opinion
"""What the archive has lines of."""

_log = structlog.get_logger(__name__)


class Archiving:
    """Exports what no export has brought yet. Any worker may, one at a time; so may a person, at any time.

    What is exported is found by a mark on the decision itself and not by times: whose clock is behind decides in the
    past. An object is written first and the marks are taken away then, so a decision may be exported twice, never not
    at all.
    """

    def __init__(
        self,
        *,
        decisions: Decisions,
        opinions: Opinions,
        decision_archive: DecisionArchive,
        stop: asyncio.Event,
        timings: Timings,
        clock: Clock,
    ) -> None:
        self._decisions = decisions
        self._opinions = opinions
        self._decision_archive = decision_archive
        self._stop = stop
        self._timings = timings
        self._clock = clock

    async def step(self) -> None:
        """Export, if that is due and nobody is at it; for a while, so that the loop shows that it is alive."""
        state = await self._decision_archive.state()
        if state.due_at_ms is not None and state.due_at_ms > self._clock.now_ms():
            return
        try:
            await self.export(state, for_s=self._timings.report_step_s)
        except ConditionFailed:
            _log.info("archive_taken_over")
        except WorkerStops:
            _log.info("archive_left_off", then="another worker goes on")

    async def export(self, state: ArchiveState, *, for_s: float = math.inf) -> int:
        """Export everything that no export has brought; returns how many decisions that were. The next export is due
        with the next day (UTC), or at once where this one took longer than `for_s` and was left off.

        Raises ConditionFailed where somebody else is at it, and WorkerStops.
        """
        until_s = self._clock.monotonic() + for_s
        lease = Lease(
            state,
            self._decision_archive.change,
            seconds=self._timings.report_lease_s,
            clock=self._clock,
            stop=self._stop,
        )
        await lease.claim()
        exported, left_off = 0, False
        try:
            async for some in self._waiting():
                await lease.keep()
                await self._write(some)
                exported += len(some)
                left_off = self._clock.monotonic() >= until_s
                if left_off:
                    break
        except WorkerStops:
            await lease.release(decisions=lease.row.decisions + exported)
            raise
        now_ms = self._clock.now_ms()
        ended = {} if left_off else {"last_ms": now_ms}
        await self._decision_archive.change(
            lease.row,
            due_at_ms=now_ms if left_off else (now_ms // DAY_MS + 1) * DAY_MS,
            decisions=lease.row.decisions + exported,
            **ended,
        )
        _log.info("decisions_exported", decisions=exported, bucket=self._decision_archive.bucket, left_off=left_off)
        return exported

    async def _waiting(self) -> AsyncIterator[Sequence[Archived]]:
        """What is to be exported, in pieces: opinions after the decisions that they are about."""
        some: list[Archived] = []
        for waiting in (self._decisions.unarchived(), self._opinions.unarchived()):
            async for said in waiting:
                some.append(said)
                if len(some) == DECISIONS_AN_OBJECT:
                    yield some
                    some = []
        if some:
            yield some

    async def _write(self, decisions: Sequence[Archived]) -> None:
        body = await asyncio.to_thread(pack, decisions)
        now = datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC)
        # Named by what it holds: whoever writes it again writes the same.
        digest = hashlib.sha256(body).hexdigest()[:16]
        await self._decision_archive.put(f"{PREFIX}{now:%Y-%m-%d}/{now:%H%M%S}-{digest}.jsonl.gz", body)
        for start in range(0, len(decisions), WRITES_AT_ONCE):
            some = decisions[start : start + WRITES_AT_ONCE]
            await asyncio.gather(*(self._archived(said) for said in some))

    async def _archived(self, said: Archived) -> None:
        if isinstance(said, Opinion):
            await self._opinions.archived(said)
        else:
            await self._decisions.archived(said)


def pack(decisions: Sequence[Archived]) -> bytes:
    """An object of the archive: a line of JSON a decision or opinion, with its digest, which the next decision is
    chained by. Of a decision on a sealed video it says that there is one: restored, its video is sealed.
    """
    lines = (canonical({"digest": decision.digest, **_said(decision)}) for decision in decisions)
    return gzip.compress("".join(f"{line}\n" for line in lines).encode("ascii"), mtime=0)


def _said(decision: Archived) -> dict[str, Any]:
    if isinstance(decision, Opinion):
        return {"opinion": decision.record()}
    if isinstance(decision, Decision):
        return {"record": decision.record()}
    return {"sealed": {"video_id": decision.video_id, "number": decision.number, "at_ms": decision.at_ms}}


def _read(document: Mapping[str, Any]) -> Archived:
    if "opinion" in document:
        return Opinion.read(document["opinion"])
    if "sealed" in document:
        return SealedDecision(**document["sealed"], digest=document["digest"])
    return Decision.read(document["record"])


MOST_BYTES = 512 * 1024 * 1024
"""No object that was written here has so much when it is unpacked."""


class DamagedArchive(ValueError):
    """A line of an object of the archive is not what was written."""


def unpack(body: bytes) -> list[Archived]:
    """The decisions and opinions of an object of the archive. Raises DamagedArchive."""
    try:
        unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        lines = unpacker.decompress(body, MOST_BYTES).decode("ascii").splitlines()
        documents: list[dict[str, Any]] = [json.loads(line) for line in lines]
        decisions = [_read(document) for document in documents]
        digests = [document["digest"] for document in documents]
    except (zlib.error, KeyError, TypeError, ValueError) as error:
        raise DamagedArchive(f"{type(error).__name__}: {error}") from error
    if not unpacker.eof:
        raise DamagedArchive("it is cut off, or no object of an archive")
    for line, (decision, digest) in enumerate(zip(decisions, digests, strict=True), start=1):
        if decision.digest != digest:
            raise DamagedArchive(f"line {line}: its digest is another")
    return decisions
