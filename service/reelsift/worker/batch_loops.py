"""What works on batches, put together from the stores of a deployment."""

import asyncio

from reelsift.aws.deployment import Deployment
from reelsift.batches.send.chunk_cache import ChunkCache
from reelsift.batches.send.chunk_sender import ChunkSender
from reelsift.batches.send.expander import Expander
from reelsift.batches.send.known_outcomes import KnownOutcomes
from reelsift.batches.watch import BatchWatch
from reelsift.inventories.reader import InventoryReader
from reelsift.inventories.total import InventoryTotals
from reelsift.reporting.batch_report import BatchReports
from reelsift.reporting.chunk_report import ChunkReports
from reelsift.reporting.contents import ContentsReader
from reelsift.reporting.reporter import Reporter
from reelsift.reporting.source import LineSource
from reelsift.runtime.active_batches import ActiveBatches
from reelsift.runtime.clock import Clock
from reelsift.runtime.timings import Timings


def inventory_reader(
    deployment: Deployment, active_batches: ActiveBatches, stop: asyncio.Event, timings: Timings, clock: Clock
) -> InventoryReader:
    """What reads inventories."""
    batches, chunks, source_files = deployment.batches, deployment.chunks, deployment.source_files
    return InventoryReader(
        batches,
        chunks,
        source_files,
        deployment.work,
        deployment.metrics,
        InventoryTotals(batches, chunks, source_files, active_batches, clock),
        active_batches,
        deployment.settings,
        stop,
        timings,
        clock,
    )


def chunk_expander(
    deployment: Deployment, active_batches: ActiveBatches, stop: asyncio.Event, timings: Timings, clock: Clock
) -> Expander:
    """What sends the lines of chunks."""
    settings = deployment.settings
    known_outcomes = KnownOutcomes(deployment.jobs, settings, deployment.start_settings, clock)
    intake, priority = deployment.queues["intake"], deployment.queues["priority"]
    sender = ChunkSender(
        deployment.chunks, deployment.outcomes, known_outcomes, intake, priority, settings, stop, clock
    )
    cache = ChunkCache(deployment.work, deployment.outcomes)
    return Expander(deployment.chunks, deployment.quota, cache, sender, active_batches, settings, stop, timings, clock)


def batch_watch(deployment: Deployment, active_batches: ActiveBatches, timings: Timings, clock: Clock) -> BatchWatch:
    """What changes the states of batches."""
    return BatchWatch(
        deployment.batches,
        deployment.chunks,
        deployment.outcomes,
        deployment.jobs,
        deployment.metrics,
        active_batches,
        deployment.settings,
        timings,
        clock,
    )


def reporter(
    deployment: Deployment, active_batches: ActiveBatches, stop: asyncio.Event, timings: Timings, clock: Clock
) -> Reporter:
    """What writes reports."""
    batches, chunks, work, settings = deployment.batches, deployment.chunks, deployment.work, deployment.settings
    chunk_reports = ChunkReports(chunks, work, LineSource(deployment.outcomes, work))
    batch_reports = BatchReports(
        batches,
        chunks,
        work,
        chunk_reports,
        ContentsReader(deployment.jobs, work, settings.deployment, clock),
        deployment.announcements,
        deployment.metrics,
        settings.home_region,
        clock,
    )
    return Reporter(batches, chunks, chunk_reports, batch_reports, active_batches, stop, timings, clock)
