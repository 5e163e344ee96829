"""Delivered inventories are cut into chunks, by whichever worker claims them."""

import asyncio
from contextlib import aclosing
from dataclasses import replace

import structlog

from reelsift.aws.batches import Batches
from reelsift.aws.deployment import Deployment
from reelsift.aws.errors import is_outage
from reelsift.aws.table import ConditionFailed
from reelsift.domain.batch import CHUNK_LINES, Batch, BatchState, chunk_key
from reelsift.domain.failure import Reason
from reelsift.domain.line import LineId
from reelsift.domain.outcome import Outcome, failed
from reelsift.manifests.chunks import ChunkFile, ChunkWriter
from reelsift.manifests.inventory import MANIFEST_NAME, Inventory, InventoryUnusable
from reelsift.worker.clock import now_ms
from reelsift.worker.inventory_files import InventoryFiles, Portion
from reelsift.worker.tasks import Tasks

CANDIDATES = 5
"""Due inventories read at a time: enough for several workers to find one each."""

PUT_OFF_S = 15
"""An inventory that met an outage of AWS is begun again after this."""

_log = structlog.get_logger(__name__)


class InventoryReader:
    """Reads one inventory at a time, beside everything else. Needs no slot.

    An inventory is read from its beginning to its end under one claim. A worker that dies over it leaves nothing but
    chunk files, which the next one writes again with the same lines: the batch has no lines before all are written.
    """

    def __init__(self, deployment: Deployment, stop: asyncio.Event) -> None:
        self._deployment = deployment
        self._settings = deployment.settings
        self._stop = stop
        self._tasks = Tasks()

    async def step(self) -> None:
        """Take up a delivered inventory, unless one is being read already."""
        if not await self._tasks.room(1):
            return
        batches = self._deployment.batches
        for batch in await batches.due_inventories(now_ms(), CANDIDATES):
            try:
                claimed = await batches.change(batch, tries=batch.tries + 1, look_at_ms=now_ms() + self._lease_ms)
            except ConditionFailed:
                continue
            self._tasks.spawn(self._read(claimed))
            return

    async def drain(self) -> None:
        await self._tasks.join()

    @property
    def _lease_ms(self) -> int:
        return int(self._settings.expand_lease_s * 1000)

    async def _read(self, batch: Batch) -> None:
        """Read a claimed inventory. What another worker has taken over is left to it."""
        claim = Claim(self._deployment.batches, batch, self._lease_ms, self._stop)
        with structlog.contextvars.bound_contextvars(batch=batch.batch_id):
            try:
                await self._prepare(claim)
            except ConditionFailed:
                _log.info("inventory_taken_over")
            except WorkerStops:
                await claim.leave(now_ms())
            except Exception as error:  # noqa: BLE001 - one inventory's failure must not become the worker's
                if not is_outage(error):
                    # A fault of this program. The claim runs out by itself, and is judged when it has too often.
                    _log.exception("inventory_failed", tries=batch.tries)
                    self._deployment.metrics.count("MessagesFailed")
                    return
                _log.warning("inventory_put_off", error=f"{type(error).__name__}: {error}", again_in_s=PUT_OFF_S)
                await claim.leave(now_ms() + PUT_OFF_S * 1000)

    async def _prepare(self, claim: "Claim") -> None:
        """Stage every line of an inventory, then make them the batch's."""
        work = self._deployment.work
        manifest_key = claim.batch.manifest_key or ""
        files = InventoryFiles(work.client, work.bucket, manifest_key)
        staging = _Staging(self._deployment, claim)
        try:
            inventory = await self._open(claim.batch, files)
        except InventoryUnusable as unusable:
            await staging.add(files.damaged(MANIFEST_NAME, manifest_key, unusable))
        else:
            async with aclosing(files.portions(inventory, claim.keep)) as portions:
                async for portion in portions:
                    await staging.add(portion)
        await staging.finish()

    async def _open(self, batch: Batch, files: InventoryFiles) -> Inventory:
        if batch.tries > self._settings.max_receives:
            # Workers die of it, or fail, each time.
            why = f"{batch.tries - 1} workers began to read it and none finished; their logs tell of {batch.batch_id}"
            raise InventoryUnusable(Reason.GAVE_UP, why)
        return await files.open(self._settings.data_buckets)


class WorkerStops(Exception):
    """The worker has been told to stop: another one is to begin what it leaves off."""


class Claim:
    """The right to read an inventory, kept by looking at it again well before others may."""

    def __init__(self, batches: Batches, batch: Batch, lease_ms: int, stop: asyncio.Event) -> None:
        self.batch = batch
        self._batches = batches
        self._lease_ms = lease_ms
        self._stop = stop

    async def keep(self) -> None:
        """Renew the claim once half of it has gone.

        Raises WorkerStops, or ConditionFailed where another worker has the inventory by now.
        """
        if self._stop.is_set():
            raise WorkerStops
        if (self.batch.look_at_ms or 0) - now_ms() < self._lease_ms / 2:
            self.batch = await self._batches.change(self.batch, look_at_ms=now_ms() + self._lease_ms)

    async def leave(self, look_at_ms: int) -> None:
        """Let any worker begin it from then on. Where that cannot be written the claim runs out by itself."""
        try:
            await self._batches.change(self.batch, tries=max(0, self.batch.tries - 1), look_at_ms=look_at_ms)
        except ConditionFailed:
            return
        except Exception as error:
            if not is_outage(error):
                raise
            _log.warning("aws_unavailable", error=f"{type(error).__name__}: {error}", then="the claim runs out")


class _Staging:
    """What was read of an inventory, in chunk files that count for nothing until `finish`."""

    def __init__(self, deployment: Deployment, claim: Claim) -> None:
        self._deployment = deployment
        self._claim = claim
        self._writer = ChunkWriter()
        self._seen = 0
        self._lines = 0
        self._chunks = 0
        self._damages: list[Outcome] = []

    async def add(self, portion: Portion) -> None:
        """Append a portion's rows, and store the chunks that they fill."""
        damage = portion.damage
        if damage is not None:
            line_id = LineId(self._claim.batch.batch_id, f"{portion.file}:{damage.row.row}", self._lines // CHUNK_LINES)
            message = f"{damage.ref.uri}: {damage.message}"
            self._damages.append(failed(line_id, damage.ref, damage.reason, message, now_ms=now_ms()))
            _log.warning("inventory_damaged", reason=damage.reason, message=message)
        self._seen += portion.seen
        self._lines += len(portion.rows)
        for chunk in await asyncio.to_thread(lambda: list(self._writer.add(portion.file, portion.rows))):
            await self._put(chunk)

    async def finish(self) -> None:
        """Make the batch one like others: the expander makes the chunks' rows, and everything else goes from there."""
        last = await asyncio.to_thread(self._writer.close)
        if last is not None:
            await self._put(last)
        await self._claim.keep()
        # Before the expander can come upon these lines, which would all be bad_line to it.
        await self._deployment.outcomes.record(self._damages)
        batch = self._claim.batch
        for number in range(self._chunks):
            await self._deployment.batches.add_chunk(
                replace(batch, total=self._lines, chunks=self._chunks).chunk(number, now_ms())
            )
        await self._deployment.batches.change(
            batch, state=BatchState.ACTIVE, total=self._lines, chunks=self._chunks, files=0, look_at_ms=now_ms()
        )
        _log.info("inventory_read", rows=self._seen, lines=self._lines, damaged=len(self._damages))

    async def _put(self, chunk: ChunkFile) -> None:
        # A claim that was lost must not write over what comes from the worker that has it now.
        await self._claim.keep()
        key = chunk_key(self._claim.batch.batch_id, chunk.number)
        await self._deployment.work.put(key, chunk.body, "application/gzip")
        self._chunks += 1
