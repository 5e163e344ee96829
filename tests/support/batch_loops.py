"""What a worker runs for batches, for tests that take its steps themselves."""

import asyncio

from reelsift.aws.deployment import Deployment
from reelsift.batches.direct_days import DirectDays
from reelsift.batches.send.expander import Expander
from reelsift.batches.watch import BatchWatch
from reelsift.domain.policy import Policy
from reelsift.inventories.delivery import InventoryDeliveries
from reelsift.inventories.reader import InventoryReader
from reelsift.reporting.reporter import Reporter
from reelsift.runtime.active_batches import ActiveBatches
from reelsift.runtime.clock import SystemClock
from reelsift.runtime.holds import Holds
from reelsift.runtime.timings import Timings
from reelsift.worker import batch_loops
from support.live import always


def active(deployment: Deployment) -> ActiveBatches:
    return ActiveBatches(deployment.batches)


def expander(deployment: Deployment, stop: asyncio.Event | None = None) -> Expander:
    stop = stop or asyncio.Event()
    timings, clock = Timings(), SystemClock()
    holds = Holds(deployment.hold_switch, timings, clock)
    return batch_loops.chunk_expander(
        deployment, always(Policy.built_in().needs), active(deployment), holds, stop, timings, clock
    )


def direct_days(deployment: Deployment) -> DirectDays:
    return batch_loops.direct_days(deployment, active(deployment), SystemClock())


def watch(deployment: Deployment) -> BatchWatch:
    return batch_loops.batch_watch(deployment, active(deployment), Timings(), SystemClock())


def reporter(deployment: Deployment, stop: asyncio.Event | None = None) -> Reporter:
    stop = stop or asyncio.Event()
    return batch_loops.compose_reporting(deployment, active(deployment), stop, Timings(), SystemClock()).reporter


def reader(deployment: Deployment, stop: asyncio.Event | None = None) -> InventoryReader:
    stop = stop or asyncio.Event()
    return batch_loops.inventory_reader(deployment, active(deployment), stop, Timings(), SystemClock())


def deliveries(deployment: Deployment) -> InventoryDeliveries:
    return InventoryDeliveries(
        batches=deployment.batches,
        outcomes=deployment.outcomes,
        work=deployment.work,
        settings=deployment.settings,
        clock=SystemClock(),
    )
