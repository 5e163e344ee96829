"""The upkeep of the copy: many small parts become one, and forgotten videos are taken out. By one worker at a time."""

import asyncio
import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import aclosing

import structlog
from botocore.exceptions import ClientError

from reelsift.archive.part import SUFFIX, UnreadablePart, part_schema
from reelsift.archive.part_rows import PartRows
from reelsift.archive.parts import Parts, StoredPart
from reelsift.aws.copy_upkeep import CopyUpkeep, CopyUpkeeps
from reelsift.aws.errors import code_of
from reelsift.aws.objects import WorkBucket
from reelsift.aws.table import ConditionFailed
from reelsift.reports.row_file import RowFile
from reelsift.runtime.clock import Clock, as_ms
from reelsift.runtime.lease import Lease, WorkerStops
from reelsift.runtime.timings import Timings

MERGED = 16
"""Parts of one size that become one."""

SIZES = (128 * 1024, 2 * 1024 * 1024)
"""Below each of these lengths (bytes) parts are of one size; longer ones stay as they are. So a row is written anew
some three times, and no merge has more than 32 MB to hold.
"""

_log = structlog.get_logger(__name__)


class CopyKeeper:
    """Looks after the copy once it is due."""

    def __init__(
        self,
        *,
        work: WorkBucket,
        upkeeps: CopyUpkeeps,
        stop: asyncio.Event,
        timings: Timings,
        clock: Clock,
    ) -> None:
        self._work = work
        self._parts = Parts(work)
        self._copy_upkeeps = upkeeps
        self._stop = stop
        self._timings = timings
        self._clock = clock
        self._under_way: asyncio.Task[None] | None = None

    async def step(self) -> None:
        """Look after the copy, if that is due. It may take minutes: then it goes on beside the loop, and the next step
        waits for it again.
        """
        if self._under_way is None:
            upkeep = await self._copy_upkeeps.get()
            if upkeep.due_at_ms is not None and upkeep.due_at_ms > self._clock.now_ms():
                return
            self._under_way = asyncio.create_task(self._keep(upkeep))
        done, _ = await asyncio.wait({self._under_way}, timeout=self._timings.report_step_s)
        for task in done:
            self._under_way = None
            task.result()

    async def drain(self) -> None:
        """Wait for what is under way, which is left off at the next part."""
        if self._under_way is not None:
            await asyncio.gather(self._under_way, return_exceptions=True)

    async def _keep(self, upkeep: CopyUpkeep) -> None:
        lease = Lease(
            upkeep, self._copy_upkeeps.change, seconds=self._timings.report_lease_s, clock=self._clock, stop=self._stop
        )
        try:
            await lease.claim()
            await self._finish(lease)
            await self._erase(lease)
            await self._compact(lease)
            await lease.release(self._timings.copy_upkeep_s)
        except ConditionFailed:
            _log.info("copy_taken_over")
        except WorkerStops:
            await lease.release()

    async def _finish(self, lease: Lease[CopyUpkeep]) -> None:
        """Delete what another worker has replaced and not deleted."""
        into, replaced = lease.row.into, lease.row.replaced
        if into is None:
            return
        keys = {part.key for part in await self._parts.all()}
        if into in keys:
            for key in keys.intersection(replaced):
                await lease.keep()
                await self._work.delete(key)
        await lease.claim(into=None, replaced=())

    async def _erase(self, lease: Lease[CopyUpkeep]) -> None:
        """Take out videos that were forgotten, or sealed, some time ago: what was about to be written then is there."""
        gone = await self._copy_upkeeps.gone(self._clock.now_ms() - as_ms(self._timings.copy_erasure_s))
        if not gone:
            return
        parts = 0
        for part in await self._parts.all():
            await lease.keep()
            parts += await self._replace(lease, [part], gone)
        await self._copy_upkeeps.erased(gone)
        _log.info("forgotten_videos_left_the_copy", videos=len(gone), parts=parts)

    async def _compact(self, lease: Lease[CopyUpkeep]) -> None:
        for group in _groups(await self._parts.all()):
            await lease.keep()
            await self._replace(lease, group)

    async def _replace(self, lease: Lease[CopyUpkeep], parts: Sequence[StoredPart], gone: Collection[str] = ()) -> bool:
        """Write parts as one, without these videos, and delete them. A part that is alone, and has none of these, stays
        as it is. Returns whether one was written.
        """
        held: dict[str, PartRows] = {}
        for part in parts:
            try:
                held[part.key] = await asyncio.to_thread(PartRows, await self._body(part))
            except UnreadablePart as error:
                # Nobody can say of whom it is: where somebody is to be forgotten, it goes.
                _log.warning("part_unreadable", part=part.key, error=str(error), deleted=bool(gone))
                if gone:
                    await self._work.delete(part.key)
            except ClientError as error:
                if code_of(error) != "NoSuchKey":
                    raise
        if len(held) < len(parts) and len(held) < MERGED // 2:
            # One that stays whatever is done: the others wait for more of their size.
            return False
        if gone and not await asyncio.to_thread(lambda: any(rows.has(gone) for rows in held.values())):
            return False
        into = f"{parts[0].key.rpartition('/')[0]}/merged-{uuid.uuid4().hex}{SUFFIX}"
        await lease.claim(into=into, replaced=tuple(held))
        async with self._work.writer(into, "application/vnd.apache.parquet") as writer:
            file = await asyncio.to_thread(RowFile, part_schema(), {})
            batches = _merged(list(held.values()), gone)
            while (batch := await asyncio.to_thread(next, batches, None)) is not None:
                await writer.write(await asyncio.to_thread(_add, file, batch))
                await lease.keep()
            await writer.write(await asyncio.to_thread(file.close))
            # It is there once the writer is closed: not by a worker that has slept through its lease.
            await lease.claim()
        for key in held:
            await self._work.delete(key)
        await lease.claim(into=None, replaced=())
        _log.info("parts_merged", parts=len(held), into=into)
        return True

    async def _body(self, part: StoredPart) -> bytes:
        body = bytearray()
        async with aclosing(self._work.pieces(part.key)) as pieces:
            async for piece in pieces:
                body += piece
        return bytes(body)


def _groups(parts: Sequence[StoredPart]) -> Iterator[list[StoredPart]]:
    """The parts of one month and of one size, so many at a time as become one."""
    groups: dict[tuple[str, int], list[StoredPart]] = {}
    for part in sorted(parts, key=lambda part: part.size):
        for size, most in enumerate(SIZES):
            if part.size < most:
                group = groups.setdefault((part.key.rpartition("/")[0], size), [])
                group.append(part)
                if len(group) == MERGED:
                    yield group
                    groups[part.key.rpartition("/")[0], size] = []
                break


def _merged(parts: Sequence[PartRows], gone: Collection[str]) -> "Iterator[object]":
    """The rows of parts, a batch at a time: of an answer that several have, those of the first."""
    seen: set[int] = set()
    for part in parts:
        yield from part.batches(without=seen, gone=gone)
        seen |= part.answers()


def _add(file: RowFile, batch: object) -> bytes:
    file.add_batch(batch)
    return file.take()
