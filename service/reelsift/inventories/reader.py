"""Inventories are read by the whole fleet: the manifest by one worker, its data files by any."""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import TypeVar

import structlog

from reelsift.aws.batches import Batches
from reelsift.aws.chunks import Chunks
from reelsift.aws.errors import is_outage
from reelsift.aws.objects import WorkBucket
from reelsift.aws.source_files import SourceFiles
from reelsift.aws.table import ConditionFailed
from reelsift.domain.batch import Batch, BatchState, Chunk, Counts, SourceFile, chunk_key
from reelsift.domain.failure import Reason
from reelsift.domain.filters import VIDEO_SUFFIXES, Sieve
from reelsift.inventories.files import FilePart, InventoryFiles, source_files
from reelsift.inventories.splitter import BatchOver, FileSplitter
from reelsift.inventories.total import InventoryTotals, is_read
from reelsift.manifests.chunks import ChunkWriter
from reelsift.manifests.inventory import MANIFEST_NAME, Inventory, InventoryUnusable
from reelsift.runtime.active_batches import ActiveBatches
from reelsift.runtime.clock import Clock
from reelsift.runtime.faults import Faults
from reelsift.runtime.lease import Lease, WorkerStops
from reelsift.runtime.tasks import Tasks
from reelsift.runtime.timings import Timings
from reelsift.settings import Settings

CANDIDATES = 10
"""Due manifests or files read at a time: enough for several workers to find one each."""

FILES_AT_ONCE = 500
"""Rows of data files that are written before the lease is seen to again."""

_Source = TypeVar("_Source", Batch, SourceFile)

_log = structlog.get_logger(__name__)


class InventoryReader:
    """Reads one manifest or data file at a time, beside everything else. Needs no slot."""

    def __init__(
        self,
        *,
        batches: Batches,
        chunks: Chunks,
        source_files: SourceFiles,
        work: WorkBucket,
        faults: Faults,
        totals: InventoryTotals,
        active_batches: ActiveBatches,
        settings: Settings,
        stop: asyncio.Event,
        timings: Timings,
        clock: Clock,
    ) -> None:
        self._batches = batches
        self._chunks = chunks
        self._source_files = source_files
        self._work = work
        self._faults = faults
        self._totals = totals
        self._active_batches = active_batches
        self._settings = settings
        self._stop = stop
        self._timings = timings
        self._clock = clock
        self._tasks = Tasks(faults, timings, clock)
        self._opened: tuple[str, Inventory] | None = None

    async def step(self) -> None:
        """Sum up the inventories that have been read, and read what is due unless something is being read already."""
        await self._totals.step()
        if not await self._tasks.room(1):
            return
        lease = await self._claim()
        if lease is not None:
            self._tasks.spawn(self._read_on(lease))

    async def drain(self) -> None:
        await self._tasks.join()

    async def _claim(self) -> Lease[Batch] | Lease[SourceFile] | None:
        """Take on a manifest, or else a data file."""
        now = self._clock.now_ms()
        for batch in await self._batches.due_inventories(now, CANDIDATES):
            of_manifest = self._lease(batch, self._batches.change)
            if await _taken(of_manifest):
                return of_manifest
        if not any(map(is_read, await self._active_batches.batches())):
            return None
        due = await self._source_files.due(now, CANDIDATES)
        # Workers that read at the same moment see the same files: each begins with another.
        for file in random.sample(due, len(due)):
            of_file = self._lease(file, self._source_files.change)
            if await _taken(of_file):
                return of_file
        return None

    def _lease(self, row: _Source, write: Callable[..., Awaitable[_Source]]) -> Lease[_Source]:
        return Lease(row, write, seconds=self._settings.expand_lease_s, clock=self._clock, stop=self._stop)

    async def _read_on(self, first: Lease[Batch] | Lease[SourceFile]) -> None:
        """Read what was claimed, and then whatever else is due."""
        lease: Lease[Batch] | Lease[SourceFile] | None = first
        while lease is not None:
            with structlog.contextvars.bound_contextvars(batch=lease.row.batch_id):
                await self._read(lease)
            try:
                lease = None if self._stop.is_set() else await self._claim()
            except Exception as error:
                if not is_outage(error):
                    raise
                _log.warning("aws_unavailable", error=f"{type(error).__name__}: {error}", then="the next step goes on")
                return

    async def _read(self, lease: Lease[Batch] | Lease[SourceFile]) -> None:
        """Read what was claimed. What another worker has taken over is left to it."""
        try:
            if isinstance(lease.row, Batch):
                await self._read_manifest(lease)
            else:
                await self._read_file(lease)
        except ConditionFailed:
            _log.info("inventory_taken_over")
        except WorkerStops:
            await self._give_up(lease, 0)
        except Exception as error:  # noqa: BLE001 - one inventory's failure must not become the worker's
            if not is_outage(error):
                # A fault of this program. The lease runs out by itself; the row is given up once that has happened
                # too often.
                self._faults.swallow("inventory_failed", error, tries=lease.row.tries)
                return
            again_in_s = self._timings.inventory_retry_s
            _log.warning("inventory_put_off", error=f"{type(error).__name__}: {error}", again_in_s=again_in_s)
            await self._give_up(lease, again_in_s)

    @staticmethod
    async def _give_up(lease: Lease[Batch] | Lease[SourceFile], after_s: float) -> None:
        """Let any worker read it after so many seconds: this try does not count."""
        await lease.release(after_s, tries=max(0, lease.row.tries - 1))

    async def _read_manifest(self, lease: Lease[Batch]) -> None:
        """Make the rows of an inventory's data files, then let the batch know how many there are."""
        files = self._files(lease.row)
        try:
            self._check_tries(lease.row)
            inventory = await files.open(self._settings.data_buckets)
        except InventoryUnusable as unusable:
            await self._make_unusable(lease, files.damaged(MANIFEST_NAME, lease.row.manifest_key or "", unusable))
            return
        rows = await asyncio.to_thread(source_files, lease.row.batch_id, inventory)
        for start in range(0, len(rows), FILES_AT_ONCE):
            await lease.keep()
            await self._source_files.add(rows[start : start + FILES_AT_ONCE])
        await lease.keep()
        batch = await self._batches.change(lease.row, files=len(rows), due_at_ms=self._clock.now_ms())
        self._active_batches.wake()
        _log.info("inventory_opened", files=len(rows), format=inventory.format)
        await self._totals.check(batch)

    async def _make_unusable(self, lease: Lease[Batch], part: FilePart) -> None:
        """Make the batch of an inventory that cannot be used one of one line, which says why."""
        batch = lease.row
        writer = ChunkWriter()
        list(writer.add(part.file, part.rows))
        chunk = writer.close()
        assert chunk is not None  # noqa: S101 - the one line is in it
        await lease.keep()
        key = chunk_key(batch.batch_id, 0)
        await self._work.put(key, chunk.body, "application/gzip")
        await self._chunks.add(
            Chunk(batch.batch_id, 0, Counts(), total=chunk.lines, source_key=key, due_at_ms=self._clock.now_ms())
        )
        await self._batches.change(
            lease.row, state=BatchState.ACTIVE, total=chunk.lines, chunks=1, files=0, due_at_ms=self._clock.now_ms()
        )
        self._active_batches.wake()
        _warn(part)

    async def _read_file(self, lease: Lease[SourceFile]) -> None:
        """Split a data file into chunks, as far as its batch still wants them."""
        splitter = FileSplitter(
            lease=lease,
            batches=self._batches,
            chunks=self._chunks,
            source_files=self._source_files,
            work=self._work,
            clock=self._clock,
        )
        try:
            batch = await splitter.begin()
            async with aclosing(self._parts(batch, lease)) as parts:
                async for part in parts:
                    _warn(part)
                    await splitter.add(part)
            await splitter.close()
        except BatchOver:
            splitter.leave_off()
        file = await splitter.finish()
        _log.info("inventory_file_read", file=file.name, rows=file.seen, lines=file.lines)
        stored = await self._batches.get(file.batch_id)
        if stored is not None and stored.total is None:
            await self._totals.check(stored)

    async def _parts(self, batch: Batch, lease: Lease[SourceFile]) -> AsyncGenerator[FilePart, None]:
        files, file = self._files(batch), lease.row
        try:
            self._check_tries(file)
            inventory = await self._inventory(batch, files)
        except InventoryUnusable as unusable:
            yield files.damaged(file.name, file.key, unusable)
            return
        sieve = Sieve(batch.filters, VIDEO_SUFFIXES)
        async with aclosing(files.parts_of(file, inventory, sieve, lease.keep)) as parts:
            async for part in parts:
                yield part

    async def _inventory(self, batch: Batch, files: InventoryFiles) -> Inventory:
        """What the manifest says of all files. Of the last inventory it is remembered, but for its list of files."""
        if self._opened is None or self._opened[0] != batch.batch_id:
            inventory = await files.open(self._settings.data_buckets)
            self._opened = (batch.batch_id, replace(inventory, files=()))
        return self._opened[1]

    def _files(self, batch: Batch) -> InventoryFiles:
        bucket = batch.manifest_bucket or self._work.bucket
        return InventoryFiles(self._work.client, bucket, batch.manifest_key or "")

    def _check_tries(self, row: Batch | SourceFile) -> None:
        """Raises InventoryUnusable where workers have died or failed over it again and again."""
        if row.tries > self._settings.max_receives:
            why = f"{row.tries - 1} workers began to read it and none finished; their logs tell of {row.batch_id}"
            raise InventoryUnusable(Reason.GAVE_UP, why)


async def _taken(lease: Lease[_Source]) -> bool:
    """Whether this worker has the row now, and no other was first. Each try to read it is counted."""
    try:
        await lease.claim(tries=lease.row.tries + 1)
    except ConditionFailed:
        return False
    return True


def _warn(part: FilePart) -> None:
    damage = part.damage
    if damage is not None:
        _log.warning("inventory_damaged", reason=damage.reason, message=f"{damage.ref.uri}: {damage.message}")
