"""A delivered inventory becomes a batch: a row that any worker reads it by, so that the intake goes on at once."""

from contextlib import suppress

import structlog

from reelsift.aws.batches import Batches
from reelsift.aws.objects import WorkBucket
from reelsift.aws.outcomes import Outcomes
from reelsift.aws.table import ConditionFailed
from reelsift.domain.batch import Batch, BatchState
from reelsift.domain.line import Line, OutcomeStatus
from reelsift.domain.outcome import Outcome, failed
from reelsift.domain.video import ObjectRef
from reelsift.inventories.files import InventoryFiles
from reelsift.manifests.inventory import MAX_CHECKSUM_BYTES, InventoryUnusable
from reelsift.manifests.inventory_delivery import delivered_manifest, inventory_batch_id, inventory_name
from reelsift.runtime.clock import Clock
from reelsift.settings import Settings

_log = structlog.get_logger(__name__)


class InventoryDeliveries:
    """Takes the messages by which S3 says that an inventory is complete."""

    def __init__(
        self, *, batches: Batches, outcomes: Outcomes, work: WorkBucket, settings: Settings, clock: Clock
    ) -> None:
        self._batches = batches
        self._outcomes = outcomes
        self._work = work
        self._settings = settings
        self._clock = clock

    def takes(self, line: Line) -> bool:
        """Whether a line stands for an inventory that was delivered, rather than for a video."""
        return delivered_manifest(line, self._work.bucket) is not None

    async def take(self, line: Line) -> None:
        """Make the batch of the inventory that a line stands for, once however often that comes, and end the line."""
        manifest_key = delivered_manifest(line, self._work.bucket)
        assert manifest_key is not None  # noqa: S101 - the caller has asked
        try:
            checksum = await InventoryFiles(self._work.client, self._work.bucket, manifest_key).fetch(
                line.ref.key, MAX_CHECKSUM_BYTES
            )
        except InventoryUnusable as unusable:
            why = f"{line.ref.uri}: {unusable.message}"
            _log.warning("inventory_unusable", reason=unusable.reason, message=why)
            now = self._clock.now_ms()
            outcome = failed(line.id, line.ref, unusable.reason, why, now_ms=now, context=line.context)
            await self._outcomes.record([outcome])
            return
        now = self._clock.now_ms()
        batch = Batch(
            batch_id=inventory_batch_id(manifest_key, checksum),
            name=inventory_name(manifest_key),
            source=ObjectRef(self._work.bucket, manifest_key).uri,
            created_ms=now,
            total=None,
            chunks=0,
            state=BatchState.PREPARING,
            analyses=line.analyses,
            again=line.again,
            priority=int(line.priority),
            share=self._settings.share_identical,
            due_at_ms=now,
            manifest_bucket=self._work.bucket,
            manifest_key=manifest_key,
        )
        with suppress(ConditionFailed):
            await self._batches.create(batch)
            _log.info("inventory_delivered", batch=batch.batch_id, source=batch.source)
        message = f"its videos are the lines of batch {batch.batch_id}"
        await self._outcomes.record([Outcome(line.id, line.ref, OutcomeStatus.SUCCEEDED, now, None, message)])
