"""What works on batches, put together from the stores of a deployment."""

import asyncio
from dataclasses import dataclass

from reelsift.aws.deployment import Deployment
from reelsift.batches.direct_days import DirectDays
from reelsift.batches.send.chunk_cache import ChunkCache
from reelsift.batches.send.chunk_sender import ChunkSender
from reelsift.batches.send.expander import Expander
from reelsift.batches.send.known_outcomes import AskNeeds, KnownOutcomes
from reelsift.batches.watch import BatchWatch
from reelsift.inventories.reader import InventoryReader
from reelsift.inventories.total import InventoryTotals
from reelsift.jobs.seal_check import SealCheck
from reelsift.reporting.batch_report import BatchReports
from reelsift.reporting.chunk_report import ChunkReports
from reelsift.reporting.contents import ContentsReader
from reelsift.reporting.erasure import Erasure
from reelsift.reporting.hidden_videos import HiddenVideos
from reelsift.reporting.lines import LineSource
from reelsift.reporting.reporter import Reporter
from reelsift.reporting.segment_dataset import SegmentDataset
from reelsift.runtime.active_batches import ActiveBatches
from reelsift.runtime.clock import Clock
from reelsift.runtime.faults import Faults
from reelsift.runtime.holds import Holds
from reelsift.runtime.timings import Timings


def inventory_reader(
    deployment: Deployment, active_batches: ActiveBatches, stop: asyncio.Event, timings: Timings, clock: Clock
) -> InventoryReader:
    """What reads inventories."""
    batches, chunks, source_files = deployment.batches, deployment.chunks, deployment.source_files
    faults = Faults(deployment.metrics)
    return InventoryReader(
        batches=batches,
        chunks=chunks,
        source_files=source_files,
        work=deployment.work,
        faults=faults,
        totals=InventoryTotals(
            batches=batches,
            chunks=chunks,
            source_files=source_files,
            active_batches=active_batches,
            faults=faults,
            clock=clock,
        ),
        active_batches=active_batches,
        settings=deployment.settings,
        stop=stop,
        timings=timings,
        clock=clock,
    )


def chunk_expander(
    deployment: Deployment,
    needs: AskNeeds,
    active_batches: ActiveBatches,
    holds: Holds,
    stop: asyncio.Event,
    timings: Timings,
    clock: Clock,
) -> Expander:
    """What sends the lines of chunks. `needs` says which analyses the policy needs."""
    settings, faults = deployment.settings, Faults(deployment.metrics)
    sender = ChunkSender(
        chunks=deployment.chunks,
        outcomes=deployment.outcomes,
        known_outcomes=KnownOutcomes(
            jobs=deployment.jobs,
            reviews=deployment.reviews,
            untagged=deployment.untagged,
            needs=needs,
            settings=settings,
            start_settings=deployment.start_settings,
            clock=clock,
        ),
        intake=deployment.queues["intake"],
        priority=deployment.queues["priority"],
        faults=faults,
        settings=settings,
        stop=stop,
        clock=clock,
    )
    return Expander(
        chunks=deployment.chunks,
        quota=deployment.quota,
        cache=ChunkCache(deployment.work, deployment.outcomes),
        sender=sender,
        active_batches=active_batches,
        holds=holds,
        faults=faults,
        settings=settings,
        stop=stop,
        timings=timings,
        clock=clock,
    )


def direct_days(deployment: Deployment, active_batches: ActiveBatches, clock: Clock) -> DirectDays:
    """What ends batches that no manifest has."""
    return DirectDays(batches=deployment.batches, chunks=deployment.chunks, active_batches=active_batches, clock=clock)


def batch_watch(deployment: Deployment, active_batches: ActiveBatches, timings: Timings, clock: Clock) -> BatchWatch:
    """What changes the states of batches."""
    return BatchWatch(
        batches=deployment.batches,
        chunks=deployment.chunks,
        outcomes=deployment.outcomes,
        jobs=deployment.jobs,
        direct_days=direct_days(deployment, active_batches, clock),
        metrics=deployment.metrics,
        active_batches=active_batches,
        faults=Faults(deployment.metrics),
        settings=deployment.settings,
        timings=timings,
        clock=clock,
    )


@dataclass(frozen=True, slots=True)
class ReportingParts:
    """What writes reports, and what takes forgotten videos out of them."""

    reporter: Reporter
    erasure: Erasure


def compose_reporting(
    deployment: Deployment, active_batches: ActiveBatches, stop: asyncio.Event, timings: Timings, clock: Clock
) -> ReportingParts:
    """Make what has to do with reports."""
    batches, chunks, work, settings = deployment.batches, deployment.chunks, deployment.work, deployment.settings
    faults = Faults(deployment.metrics)
    chunk_reports = ChunkReports(
        chunks,
        work,
        LineSource(deployment.outcomes, work, HiddenVideos(deployment.seals, deployment.forgotten)),
        SegmentDataset(work, with_report=settings.segment_dataset),
    )
    batch_reports = BatchReports(
        batches=batches,
        chunks=chunks,
        work=work,
        chunk_reports=chunk_reports,
        contents=ContentsReader(
            jobs=deployment.jobs,
            reviews=deployment.reviews,
            work=work,
            deployment=settings.deployment,
            with_segments=settings.segment_dataset,
            clock=clock,
        ),
        announcements=deployment.announcements,
        metrics=deployment.metrics,
        faults=faults,
        region=settings.home_region,
        clock=clock,
    )
    reporter = Reporter(
        batches=batches,
        chunks=chunks,
        chunk_reports=chunk_reports,
        batch_reports=batch_reports,
        active_batches=active_batches,
        faults=faults,
        stop=stop,
        timings=timings,
        clock=clock,
    )
    erasure = Erasure(
        forgotten=deployment.forgotten,
        batches=batches,
        chunks=chunks,
        outcomes=deployment.outcomes,
        work=work,
        chunk_reports=chunk_reports,
        batch_reports=batch_reports,
        sealed_rows=deployment.sealed_rows if deployment.sealed_objects is not None else None,
        seal_check=SealCheck(deployment.reviews).is_sealed,
        faults=faults,
        stop=stop,
        timings=timings,
        clock=clock,
    )
    return ReportingParts(reporter, erasure)
