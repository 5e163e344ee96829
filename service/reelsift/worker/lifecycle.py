"""The worker process: opens, runs, drains."""

import asyncio
import os
import socket
import time
import uuid

import structlog

from reelsift import __version__
from reelsift.aws.deployment import Deployment, open_deployment
from reelsift.batches.send.expander import Expander
from reelsift.batches.watch import BatchWatch
from reelsift.domain.policy import Policy
from reelsift.inventories.delivery import InventoryDeliveries
from reelsift.inventories.reader import InventoryReader
from reelsift.jobs.admission import Admissions
from reelsift.jobs.alerts.mailing import Mailing
from reelsift.jobs.batch_gate import BatchGate
from reelsift.jobs.closer import Closer
from reelsift.jobs.collector import Collector
from reelsift.jobs.reconciler import Reconciler
from reelsift.jobs.reservations import Reservations
from reelsift.jobs.settler import Settler
from reelsift.jobs.sharing import Sharing
from reelsift.jobs.slot_pool import SlotPool
from reelsift.jobs.starter import Starter
from reelsift.jobs.status_poller import StatusPoller
from reelsift.messages.completion import Completions
from reelsift.messages.dead_letter_sweep import DeadLetterSweep
from reelsift.messages.dead_letters import DeadLetters
from reelsift.messages.intake import Intake
from reelsift.reporting.reporter import Reporter
from reelsift.runtime.active_batches import ActiveBatches
from reelsift.runtime.heartbeat import Heartbeat
from reelsift.runtime.liveness import LIVENESS_S
from reelsift.runtime.loop import Loop
from reelsift.runtime.pace import Pace
from reelsift.runtime.signals import stop_on_signals
from reelsift.settings import Settings
from reelsift.worker.gauges import Gauges

POLL_S = 2
"""Pause between two looks at the batches under way: what a pause or a cancellation waits at most to be noticed. With
none under way, and for what workers wake each other's loops for, it is `reconcile_s`.
"""

SWEEP_S = 60
"""Pause between two looks at the dead letters and at slots without a job."""

STUCK_S = 120
"""A loop whose step takes longer than this is stuck: no wait in one is longer than a long poll of 20 s."""

_log = structlog.get_logger(__name__)


async def run_worker(settings: Settings, policy: Policy) -> None:
    """Run one worker until SIGTERM or SIGINT, then finish what was begun within `drain_s`."""
    owner = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    stop = asyncio.Event()
    bound = structlog.contextvars.bound_contextvars(worker=owner, deployment=settings.deployment)
    with bound, stop_on_signals(stop):
        async with open_deployment(settings) as deployment:
            _log.info("worker_started", version=__version__, quota=await deployment.quota.value())
            await Worker(deployment, policy, owner, stop).run()
        _log.info("worker_stopped")


class Worker:
    """The loops of one process, and the order in which they end."""

    def __init__(self, deployment: Deployment, policy: Policy, owner: str, stop: asyncio.Event) -> None:
        settings = deployment.settings
        self._deployment = deployment
        self._settings = settings
        self._stop = stop
        self._stop_heartbeat = asyncio.Event()
        self._pool = SlotPool(deployment.slots, deployment.quota, owner, settings)
        self._heartbeat = Heartbeat(settings.visibility_s)
        closer = Closer(deployment, self._pool, owner)
        starter = Starter(deployment, closer, self._pool, Pace(settings.start_rate), stop)
        sharing = Sharing(deployment)
        settler = Settler(deployment, closer, policy)
        collector = Collector(deployment, settler, closer, sharing, Pace(settings.get_rate))
        batch_gate = BatchGate(deployment)
        reservations = Reservations(deployment, batch_gate, self._pool)
        status_poller = StatusPoller(deployment, collector, closer, reservations)
        admissions = Admissions(deployment, starter, closer, batch_gate, reservations, sharing, self._pool, owner)
        dead_letters = DeadLetters(deployment)
        deliveries = InventoryDeliveries(deployment)
        reconcile_s = settings.reconcile_s
        self._active_batches = ActiveBatches(deployment, every_s=min(POLL_S, reconcile_s), idle_s=reconcile_s)
        self._intake = Intake(
            deployment, admissions, dead_letters, deliveries, self._active_batches, self._pool, self._heartbeat, stop
        )
        self._completions = Completions(deployment, status_poller, dead_letters, self._heartbeat, stop)
        self._reconciler = Reconciler(deployment, starter, status_poller, collector, closer, sharing, self._pool)
        self._inventories = InventoryReader(deployment, self._active_batches, stop)
        self._reporter = Reporter(deployment, self._active_batches, stop)
        expander = Expander(deployment, self._active_batches, stop)
        watch = BatchWatch(deployment, self._active_batches)
        sweep = DeadLetterSweep(deployment, dead_letters)
        gauges = Gauges(deployment)
        looking, woken = self._active_batches.until_read, self._active_batches.until_idle
        self._loops = [
            Loop("intake", self._intake.step, stop),
            Loop("completions", self._completions.step, stop),
            Loop("reconciler", self._reconciler.step, stop, reconcile_s),
            Loop("inventories", self._inventories.step, stop, reconcile_s, rest=woken()),
            Loop("expander", expander.step, stop, reconcile_s, rest=looking()),
            Loop("batches", watch.step, stop, reconcile_s, rest=looking()),
            Loop("reports", self._reporter.step, stop, reconcile_s, rest=woken()),
            Loop("orphans", self._reconciler.free_orphans, stop, SWEEP_S),
            Loop("dead_letters", sweep.step, stop, SWEEP_S),
            Loop("gauges", gauges.step, stop, settings.metrics_interval_s),
            Loop("metrics", deployment.metrics.flush, stop, settings.metrics_interval_s),
        ]
        self._mailing = Mailing(deployment, deployment.outbox, stop) if deployment.outbox else None
        if self._mailing is not None:
            self._loops.append(Loop("mail", self._mailing.step, stop))
        # Messages stay held while a stopping worker finishes them: this loop ends last.
        self._beats = Loop("heartbeat", self._heartbeat.beat, self._stop_heartbeat, settings.heartbeat_s)

    async def run(self) -> None:
        """Run every loop until `stop` is set, then drain."""
        heartbeat = asyncio.create_task(self._beats.run(), name="heartbeat")
        liveness = asyncio.create_task(self._live(), name="liveness")
        loops = [asyncio.create_task(loop.run(), name=loop.name) for loop in self._loops]
        try:
            await self._stop.wait()
            await self._drain(loops)
        finally:
            liveness.cancel()
            self._stop_heartbeat.set()
            await asyncio.gather(heartbeat, liveness, return_exceptions=True)
            await self._deployment.metrics.flush()
            self._settings.liveness_file.unlink(missing_ok=True)

    async def _drain(self, loops: list["asyncio.Task[None]"]) -> None:
        """Take on nothing more, finish what was begun, give the slots back.

        What does not end in time is left to other workers: everything begun is recorded.
        """
        began = time.monotonic()
        self._pool.stop()
        self._active_batches.stop()
        try:
            async with asyncio.timeout_at(asyncio.get_running_loop().time() + self._settings.drain_s):
                await asyncio.gather(*loops)
                await asyncio.gather(
                    self._intake.drain(),
                    self._completions.drain(),
                    self._reconciler.drain(),
                    self._inventories.drain(),
                    self._reporter.drain(),
                )
                if self._mailing is not None:
                    await self._mailing.drain()
        except TimeoutError:
            _log.warning("drain_cut_short", drain_s=self._settings.drain_s, then="other workers finish it")
        await self._pool.close()
        _log.info("drained", seconds=round(time.monotonic() - began, 3))

    async def _live(self) -> None:
        """Touch the liveness file for as long as every loop gets its steps done."""
        while True:
            stuck = [
                loop.name
                for loop in [*self._loops, self._beats]
                if time.monotonic() - loop.beaten_at > STUCK_S + loop.pause_s
            ]
            if stuck:
                _log.error("loops_stuck", loops=stuck)
            else:
                self._settings.liveness_file.touch()
            await asyncio.sleep(LIVENESS_S)
