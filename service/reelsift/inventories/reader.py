"""Inventories are read by the whole fleet: the manifest by one worker, its data files by any."""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

import structlog

from reelsift.aws.deployment import Deployment
from reelsift.aws.errors import is_outage
from reelsift.aws.table import ConditionFailed
from reelsift.domain.batch import Batch, BatchState, Chunk, Counts, SourceFile, chunk_key
from reelsift.domain.failure import Reason
from reelsift.domain.filters import VIDEO_SUFFIXES, Sieve
from reelsift.inventories.chunking import BatchOver, InventoryCut
from reelsift.inventories.claim import Claim, WorkerStops
from reelsift.inventories.files import InventoryFiles, Portion
from reelsift.inventories.total import InventoryTotals, is_read
from reelsift.manifests.chunks import ChunkWriter
from reelsift.manifests.inventory import MANIFEST_NAME, Inventory, InventoryUnusable
from reelsift.runtime.active_batches import ActiveBatches
from reelsift.runtime.clock import now_ms
from reelsift.runtime.tasks import Tasks

CANDIDATES = 10
"""Due manifests or files read at a time: enough for several workers to find one each."""

PUT_OFF_S = 15
"""What met an outage of AWS is begun again after this."""

FILES_AT_ONCE = 500
"""Rows of data files written between two looks at the claim."""

_AnyClaim = Claim[Batch] | Claim[SourceFile]

_log = structlog.get_logger(__name__)


class InventoryReader:
    """Reads one manifest or data file at a time, beside everything else. Needs no slot."""

    def __init__(self, deployment: Deployment, active_batches: ActiveBatches, stop: asyncio.Event) -> None:
        self._deployment = deployment
        self._active_batches = active_batches
        self._settings = deployment.settings
        self._stop = stop
        self._tasks = Tasks()
        self._totals = InventoryTotals(deployment, active_batches)
        self._opened: tuple[str, Inventory] | None = None

    async def step(self) -> None:
        """Tell batches whose inventory has been read, and read what is due unless that is being done already."""
        await self._totals.step()
        if not await self._tasks.room(1):
            return
        claim = await self._claim()
        if claim is not None:
            self._tasks.spawn(self._read_on(claim))

    async def drain(self) -> None:
        await self._tasks.join()

    @property
    def _lease_ms(self) -> int:
        return int(self._settings.expand_lease_s * 1000)

    async def _claim(self) -> _AnyClaim | None:
        """Take on a manifest, or else a data file."""
        batches, now = self._deployment.batches, now_ms()
        for batch in await batches.due_inventories(now, CANDIDATES):
            try:
                row = await batches.change(batch, tries=batch.tries + 1, due_at_ms=now + self._lease_ms)
            except ConditionFailed:
                continue
            return Claim(row, batches.change, self._lease_ms, self._stop)
        if not any(map(is_read, await self._active_batches.batches())):
            return None
        due = await self._deployment.source_files.due(now, CANDIDATES)
        # Workers that look at the same moment see the same files: each begins with another.
        for file in random.sample(due, len(due)):
            try:
                claimed = await self._deployment.source_files.change(
                    file, tries=file.tries + 1, due_at_ms=now + self._lease_ms
                )
            except ConditionFailed:
                continue
            return Claim(claimed, self._deployment.source_files.change, self._lease_ms, self._stop)
        return None

    async def _read_on(self, first: _AnyClaim) -> None:
        """Read what was claimed, and then whatever else is due."""
        claim: _AnyClaim | None = first
        while claim is not None:
            with structlog.contextvars.bound_contextvars(batch=claim.row.batch_id):
                await self._read(claim)
            try:
                claim = None if self._stop.is_set() else await self._claim()
            except Exception as error:
                if not is_outage(error):
                    raise
                _log.warning("aws_unavailable", error=f"{type(error).__name__}: {error}", then="the next step goes on")
                return

    async def _read(self, claim: _AnyClaim) -> None:
        """Read what was claimed. What another worker has taken over is left to it."""
        try:
            if isinstance(claim.row, Batch):
                await self._read_manifest(claim)
            else:
                await self._read_file(claim)
        except ConditionFailed:
            _log.info("inventory_taken_over")
        except WorkerStops:
            await claim.leave(now_ms())
        except Exception as error:  # noqa: BLE001 - one inventory's failure must not become the worker's
            if not is_outage(error):
                # A fault of this program. The claim runs out by itself, and is judged when it has too often.
                _log.exception("inventory_failed", tries=claim.row.tries)
                self._deployment.metrics.count("MessagesFailed")
                return
            _log.warning("inventory_put_off", error=f"{type(error).__name__}: {error}", again_in_s=PUT_OFF_S)
            await claim.leave(now_ms() + PUT_OFF_S * 1000)

    async def _read_manifest(self, claim: Claim[Batch]) -> None:
        """Make the rows of an inventory's data files, then let the batch know how many there are."""
        batches = self._deployment.batches
        files = self._files(claim.row)
        try:
            self._check_tries(claim.row)
            inventory = await files.open(self._settings.data_buckets)
        except InventoryUnusable as unusable:
            await self._tell_unusable(claim, files.damaged(MANIFEST_NAME, claim.row.manifest_key or "", unusable))
            return
        rows = await asyncio.to_thread(source_files, claim.row.batch_id, inventory)
        for start in range(0, len(rows), FILES_AT_ONCE):
            await claim.keep()
            await self._deployment.source_files.add(rows[start : start + FILES_AT_ONCE])
        await claim.keep()
        batch = await batches.change(claim.row, files=len(rows), due_at_ms=now_ms())
        self._active_batches.wake()
        _log.info("inventory_opened", files=len(rows), format=inventory.format)
        await self._totals.look(batch)

    async def _tell_unusable(self, claim: Claim[Batch], portion: Portion) -> None:
        """An inventory that cannot be used is a batch of one line, which says why."""
        batch = claim.row
        writer = ChunkWriter()
        list(writer.add(portion.file, portion.rows))
        cut = writer.close()
        assert cut is not None  # noqa: S101 - the one line is in it
        await claim.keep()
        key = chunk_key(batch.batch_id, 0)
        await self._deployment.work.put(key, cut.body, "application/gzip")
        await self._deployment.chunks.add(
            Chunk(batch.batch_id, 0, Counts(), total=cut.lines, source_key=key, due_at_ms=now_ms())
        )
        await self._deployment.batches.change(
            claim.row, state=BatchState.ACTIVE, total=cut.lines, chunks=1, files=0, due_at_ms=now_ms()
        )
        self._active_batches.wake()
        _warn(portion)

    async def _read_file(self, claim: Claim[SourceFile]) -> None:
        """Cut a data file into chunks, as far as its batch still wants them."""
        cut = InventoryCut(self._deployment, claim)
        try:
            batch = await cut.begin()
            async with aclosing(self._portions(batch, claim)) as portions:
                async for portion in portions:
                    _warn(portion)
                    await cut.add(portion)
            await cut.close()
        except BatchOver:
            cut.leave_off()
        file = await cut.done()
        _log.info("inventory_file_read", file=file.name, rows=file.seen, lines=file.lines)
        stored = await self._deployment.batches.get(file.batch_id)
        if stored is not None and stored.total is None:
            await self._totals.look(stored)

    async def _portions(self, batch: Batch, claim: Claim[SourceFile]) -> AsyncGenerator[Portion, None]:
        files, file = self._files(batch), claim.row
        try:
            self._check_tries(file)
            inventory = await self._inventory(batch, files)
        except InventoryUnusable as unusable:
            yield files.damaged(file.name, file.key, unusable)
            return
        sieve = Sieve(batch.filters, VIDEO_SUFFIXES)
        async with aclosing(files.portions_of(file, inventory, sieve, claim.keep)) as portions:
            async for portion in portions:
                yield portion

    async def _inventory(self, batch: Batch, files: InventoryFiles) -> Inventory:
        """What the manifest says of all files. Of the last inventory it is remembered, but for its list of files."""
        if self._opened is None or self._opened[0] != batch.batch_id:
            inventory = await files.open(self._settings.data_buckets)
            self._opened = (batch.batch_id, replace(inventory, files=()))
        return self._opened[1]

    def _files(self, batch: Batch) -> InventoryFiles:
        bucket = batch.manifest_bucket or self._deployment.work.bucket
        return InventoryFiles(self._deployment.work.client, bucket, batch.manifest_key or "")

    def _check_tries(self, row: Batch | SourceFile) -> None:
        """Raises InventoryUnusable where workers die of it, or fail, each time."""
        if row.tries > self._settings.max_receives:
            why = f"{row.tries - 1} workers began to read it and none finished; their logs tell of {row.batch_id}"
            raise InventoryUnusable(Reason.GAVE_UP, why)


def source_files(batch_id: str, inventory: Inventory) -> "list[SourceFile]":
    """The rows of an inventory's data files. Instead of a time to look they have their number: so the first files of
    each inventory come before the second ones, and a small inventory does not wait for the end of a large one.
    """
    return [
        SourceFile(batch_id, number, name, file.key, file.size, file.md5, due_at_ms=number + 1)
        for number, (name, file) in enumerate(inventory.named_files)
    ]


def _warn(portion: Portion) -> None:
    damage = portion.damage
    if damage is not None:
        _log.warning("inventory_damaged", reason=damage.reason, message=f"{damage.ref.uri}: {damage.message}")
