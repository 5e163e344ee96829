"""The worker process: opens, runs, drains."""

import asyncio
import os
import socket
import uuid
from functools import partial

import structlog

from reelsift import __version__
from reelsift.aws.deployment import Deployment, open_deployment
from reelsift.aws.video_region import require_video_region
from reelsift.domain.policy import Policy
from reelsift.jobs.slot_pool import KEEPS
from reelsift.runtime.clock import Clock, SystemClock
from reelsift.runtime.faults import Faults
from reelsift.runtime.liveness import LIVENESS_S
from reelsift.runtime.loop import Loop
from reelsift.runtime.signals import stop_on_signals
from reelsift.runtime.tasks import finish_all
from reelsift.runtime.timings import Timings
from reelsift.settings import Settings
from reelsift.worker.composition import Parts, compose

_log = structlog.get_logger(__name__)


async def run_worker(settings: Settings, policy: Policy) -> None:
    """Run one worker until SIGTERM or SIGINT, then finish what was begun within `drain_s`."""
    owner = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    stop = asyncio.Event()
    bound = structlog.contextvars.bound_contextvars(worker=owner, deployment=settings.deployment)
    with bound, stop_on_signals(stop):
        async with open_deployment(settings) as deployment:
            await require_video_region(deployment.clients, settings.analyses[0])
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
        self._deployment = deployment
        self._settings = deployment.settings
        self._owner = owner
        self._stop = stop
        self._faults = Faults(deployment.metrics)
        self._timings = timings
        self._clock = clock
        self._stop_heartbeat = asyncio.Event()
        self._parts = compose(deployment, policy, owner, stop, timings, clock)
        self._loops = self._make_loops(self._parts)
        # Messages and slots stay held while a stopping worker finishes with them: these loops end last.
        last = partial(Loop, stop=self._stop_heartbeat, faults=self._faults, timings=timings, clock=clock)
        self._beats = [
            last("heartbeat", self._parts.heartbeat.beat, pause_s=self._settings.heartbeat_s),
            last("slots", self._parts.jobs.pool.keep, pause_s=self._settings.reservation_s / KEEPS),
        ]

    async def run(self) -> None:
        """Run every loop until `stop` is set, then drain."""
        beats = [asyncio.create_task(loop.run(), name=loop.name) for loop in self._beats]
        liveness = asyncio.create_task(self._keep_alive(), name="liveness")
        loops = [asyncio.create_task(loop.run(), name=loop.name) for loop in self._loops]
        try:
            await self._stop.wait()
            await self._drain(loops)
        finally:
            liveness.cancel()
            self._stop_heartbeat.set()
            await asyncio.gather(*beats, liveness, return_exceptions=True)
            await self._end_report()
            await self._parts.verdict_mix.end()
            await self._deployment.metrics.flush()
            self._settings.liveness_file.unlink(missing_ok=True)

    def _make_loops(self, parts: Parts) -> list[Loop]:
        loop = partial(Loop, stop=self._stop, faults=self._faults, timings=self._timings, clock=self._clock)
        until_read, until_idle = parts.active_batches.until_read, parts.active_batches.until_idle
        reconcile_s, metrics_s = self._settings.reconcile_s, self._settings.metrics_interval_s
        sweep_s = self._timings.sweep_s
        loops = [
            loop("policy", parts.policies.step, pause_s=self._timings.policy_follow_s),
            loop("intake", parts.intake.step),
            loop("completions", parts.completions.step),
            loop("reconciler", parts.jobs.reconciler.step, pause_s=reconcile_s),
            loop("inventories", parts.inventories.step, pause_s=reconcile_s, wait=until_idle()),
            loop("expander", parts.expander.step, pause_s=reconcile_s, wait=until_read()),
            loop("batches", parts.watch.step, pause_s=reconcile_s, wait=until_read()),
            loop("reports", parts.reporting.reporter.step, pause_s=reconcile_s, wait=until_idle()),
            loop("erasure", parts.reporting.erasure.step, pause_s=self._timings.erasure_check_s),
            loop("fresh_answers", parts.jobs.fresh_answers.flush, pause_s=self._timings.copy_flush_s),
            loop("copy", parts.copy_keeper.step, pause_s=self._timings.copy_check_s),
            loop("reevaluation", parts.reevaluation.walker.step, pause_s=reconcile_s, wait=until_read()),
            loop("passes", parts.reevaluation.passes.step, pause_s=reconcile_s, wait=until_read()),
            loop("orphans", parts.jobs.reconciler.free_orphans, pause_s=sweep_s),
            loop("events", parts.jobs.teller.step, pause_s=self._timings.events_poll_s, wait=parts.jobs.teller.pause),
            loop("direct_days", parts.direct_days.step, pause_s=sweep_s),
            loop("dead_letters", parts.dead_letter_sweep.step, pause_s=sweep_s),
            loop("sealing", parts.sealing.step, pause_s=self._timings.seal_poll_s),
            loop("claims", parts.claim_watch.step, pause_s=self._timings.claims_watch_s),
            loop("second_opinions", parts.second_opinions.step, pause_s=self._timings.second_opinions_s),
            loop("past_due", parts.past_due.step, pause_s=self._timings.past_due_s),
            loop("presence", self._report, pause_s=self._timings.presence_s),
            loop("gauges", parts.gauges.step, pause_s=metrics_s),
            loop("verdict_mix", parts.verdict_mix.step, pause_s=max(metrics_s, self._timings.verdict_mix_s)),
            loop("metrics", self._deployment.metrics.flush, pause_s=metrics_s),
        ]
        if parts.mailing is not None:
            loops.append(loop("mail", parts.mailing.step))
        if parts.tagger is not None:
            loops.append(
                loop("tags", parts.tagger.step, pause_s=reconcile_s, wait=partial(parts.tagger.pause, reconcile_s))
            )
        if parts.tag_notes is not None:
            loops.append(loop("tag_notes", parts.tag_notes.step, pause_s=sweep_s))
        if parts.archiving is not None:
            loops.append(loop("archive", parts.archiving.step, pause_s=self._timings.archive_check_s))
        return loops

    async def _drain(self, loops: list["asyncio.Task[None]"]) -> None:
        """Take on nothing more, finish what was begun, release the slots.

        What does not end in time is left to other workers: everything begun is recorded.
        """
        began = self._clock.monotonic()
        parts = self._parts
        parts.jobs.pool.stop()
        parts.active_batches.stop()
        # At once, and not after what is still to be finished: other workers have messages for these slots.
        await parts.jobs.pool.close()
        try:
            async with asyncio.timeout_at(asyncio.get_running_loop().time() + self._settings.drain_s):
                await finish_all(*loops)
                await finish_all(
                    parts.intake.drain(),
                    parts.completions.drain(),
                    parts.jobs.reconciler.drain(),
                    parts.inventories.drain(),
                    parts.reporting.reporter.drain(),
                    parts.reporting.erasure.drain(),
                    parts.sealing.drain(),
                    parts.copy_keeper.drain(),
                    parts.reevaluation.walker.drain(),
                )
                await parts.jobs.fresh_answers.drain()
                if parts.tagger is not None:
                    await parts.tagger.drain()
                if parts.mailing is not None:
                    await parts.mailing.drain()
        except TimeoutError:
            _log.warning("drain_cut_short", drain_s=self._settings.drain_s, then="other workers finish it")
            await parts.jobs.reconciler.leave_off()
        await parts.jobs.pool.close()
        _log.info("drained", seconds=round(self._clock.monotonic() - began, 3))

    async def _end_report(self) -> None:
        try:
            await self._parts.policies.end()
        except Exception as error:  # noqa: BLE001 -- left, it is deleted by the next worker that begins
            self._faults.pass_over("policy_report_not_ended", error)

    async def _report(self) -> None:
        """Let people see that this worker runs, unless a loop of it is stuck."""
        if not self._stuck():
            await self._deployment.workers.report(self._owner, now_ms=self._clock.now_ms())

    def _stuck(self) -> list[str]:
        """The loops whose step takes longer than any should."""
        return [
            loop.name
            for loop in [*self._loops, *self._beats]
            if self._clock.monotonic() - loop.beaten_at > self._timings.stuck_s + loop.pause_s
        ]

    async def _keep_alive(self) -> None:
        """Touch the liveness file for as long as every loop gets its steps done."""
        while True:
            stuck = self._stuck()
            if stuck:
                _log.error("loops_stuck", loops=stuck)
            else:
                try:
                    self._settings.liveness_file.touch()
                except OSError as error:
                    # The health check fails by the file's age, and the log says why.
                    self._faults.swallow("liveness_not_written", error)
            await asyncio.sleep(LIVENESS_S)
