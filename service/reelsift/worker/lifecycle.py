"""The worker process: opens, runs, drains."""

import asyncio
import os
import socket
import uuid
from functools import partial

import structlog

from reelsift import __version__
from reelsift.aws.deployment import Deployment, open_deployment
from reelsift.domain.policy import Policy
from reelsift.inventories.delivery import InventoryDeliveries
from reelsift.jobs.admission import Admissions
from reelsift.jobs.alerts.mailing import Mailing
from reelsift.jobs.attempts import Attempts
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
from reelsift.runtime.active_batches import ActiveBatches
from reelsift.runtime.clock import Clock, SystemClock
from reelsift.runtime.heartbeat import Heartbeat
from reelsift.runtime.liveness import LIVENESS_S
from reelsift.runtime.loop import Loop
from reelsift.runtime.pace import Pace
from reelsift.runtime.signals import stop_on_signals
from reelsift.runtime.timings import Timings
from reelsift.settings import Settings
from reelsift.worker.batch_loops import batch_watch, chunk_expander, inventory_reader, reporter
from reelsift.worker.gauges import Gauges

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

    def __init__(
        self,
        deployment: Deployment,
        policy: Policy,
        owner: str,
        stop: asyncio.Event,
        timings: Timings = Timings(),
        clock: Clock = SystemClock(),
    ) -> None:
        settings = deployment.settings
        self._deployment = deployment
        self._settings = settings
        self._stop = stop
        self._timings = timings
        self._clock = clock
        self._stop_heartbeat = asyncio.Event()
        self._pool = SlotPool(deployment.slots, deployment.quota, owner, settings, timings, clock)
        self._heartbeat = Heartbeat(settings.visibility_s)
        start_pace, get_pace = (Pace(rate, timings, clock) for rate in (settings.start_rate, settings.get_rate))
        attempts = Attempts(deployment, timings, clock)
        closer = Closer(deployment, self._pool, owner, clock)
        starter = Starter(deployment, closer, attempts, self._pool, start_pace, stop, timings, clock)
        sharing = Sharing(deployment, attempts, timings, clock)
        settler = Settler(deployment, closer, policy, clock)
        collector = Collector(deployment, settler, closer, sharing, get_pace, clock)
        batch_gate = BatchGate(deployment, timings, clock)
        reservations = Reservations(deployment, batch_gate, self._pool, timings, clock)
        status_poller = StatusPoller(deployment, collector, closer, attempts, reservations, timings, clock)
        admissions = Admissions(
            deployment,
            starter,
            closer,
            batch_gate,
            reservations,
            sharing,
            self._pool,
            attempts,
            owner,
            timings,
            clock,
        )
        dead_letters = DeadLetters(deployment, clock)
        deliveries = InventoryDeliveries(deployment.batches, deployment.outcomes, deployment.work, settings, clock)
        reconcile_s = settings.reconcile_s
        self._active_batches = ActiveBatches(
            deployment.batches, every_s=min(timings.batches_poll_s, reconcile_s), idle_s=reconcile_s, clock=clock
        )
        self._intake = Intake(
            deployment,
            admissions,
            dead_letters,
            deliveries,
            self._active_batches,
            self._pool,
            self._heartbeat,
            stop,
            timings,
            clock,
        )
        self._completions = Completions(deployment, status_poller, dead_letters, self._heartbeat, stop, timings, clock)
        self._reconciler = Reconciler(
            deployment, starter, status_poller, collector, closer, sharing, attempts, self._pool, timings, clock
        )
        self._inventories = inventory_reader(deployment, self._active_batches, stop, timings, clock)
        self._reporter = reporter(deployment, self._active_batches, stop, timings, clock)
        expander = chunk_expander(deployment, self._active_batches, stop, timings, clock)
        watch = batch_watch(deployment, self._active_batches, timings, clock)
        sweep = DeadLetterSweep(deployment, dead_letters, timings)
        gauges = Gauges(deployment)
        looking, woken = self._active_batches.until_read, self._active_batches.until_idle
        loop = partial(Loop, stop=stop, timings=timings, clock=clock)
        self._loops = [
            loop("intake", self._intake.step),
            loop("completions", self._completions.step),
            loop("reconciler", self._reconciler.step, pause_s=reconcile_s),
            loop("inventories", self._inventories.step, pause_s=reconcile_s, rest=woken()),
            loop("expander", expander.step, pause_s=reconcile_s, rest=looking()),
            loop("batches", watch.step, pause_s=reconcile_s, rest=looking()),
            loop("reports", self._reporter.step, pause_s=reconcile_s, rest=woken()),
            loop("orphans", self._reconciler.free_orphans, pause_s=timings.sweep_s),
            loop("dead_letters", sweep.step, pause_s=timings.sweep_s),
            loop("gauges", gauges.step, pause_s=settings.metrics_interval_s),
            loop("metrics", deployment.metrics.flush, pause_s=settings.metrics_interval_s),
        ]
        self._mailing = Mailing(deployment, deployment.outbox, stop, timings, clock) if deployment.outbox else None
        if self._mailing is not None:
            self._loops.append(loop("mail", self._mailing.step))
        # Messages stay held while a stopping worker finishes them: this loop ends last.
        self._beats = Loop(
            "heartbeat",
            self._heartbeat.beat,
            self._stop_heartbeat,
            settings.heartbeat_s,
            timings=timings,
            clock=clock,
        )

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
        began = self._clock.monotonic()
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
        _log.info("drained", seconds=round(self._clock.monotonic() - began, 3))

    async def _live(self) -> None:
        """Touch the liveness file for as long as every loop gets its steps done."""
        while True:
            stuck = [
                loop.name
                for loop in [*self._loops, self._beats]
                if self._clock.monotonic() - loop.beaten_at > self._timings.stuck_s + loop.pause_s
            ]
            if stuck:
                _log.error("loops_stuck", loops=stuck)
            else:
                self._settings.liveness_file.touch()
            await asyncio.sleep(LIVENESS_S)
