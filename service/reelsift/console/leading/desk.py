"""What the pages of leads share in one process: answers that many ask for, and what is computed beside them."""

import asyncio

from reelsift.aws.deployment import Deployment
from reelsift.aws.lead_runs import RunKind, RunState
from reelsift.aws.remembered import Remembered, RememberedByKey
from reelsift.console.leading.runner import Runner
from reelsift.domain.batch import Batch
from reelsift.queries.batch_status import BatchMonitor, BatchStatus
from reelsift.queries.progress import Progress, progress_of
from reelsift.reports.policy_test_report import DecisionTime
from reelsift.runtime.clock import Clock
from reelsift.runtime.faults import Faults

FRESH_S = 5.0
"""Of a batch: pages ask for it again and again."""

LONGEST_FRESH_S = 30.0

CHUNKS_A_SECOND = 100
"""For so many chunks a batch is read a second later, as by who follows it on a terminal."""

OVER_FRESH_S = 3_600.0
"""A batch that is over changes only where somebody retries lines of it."""

MOST_BATCHES = 200

EXPORTS_AT_ONCE = 2
"""Each reads every decision of its time."""

RUNS_LOOKED_AT = 3
"""The newest may be under way, or have failed."""


class LeadDesk:
    """Nothing here matters to another process: it is read anew there."""

    def __init__(self, deployment: Deployment, clock: Clock) -> None:
        self._deployment = deployment
        self._clock = clock
        self.runner = Runner(deployment.lead_runs, clock, Faults(deployment.metrics))
        self.exports = asyncio.Semaphore(EXPORTS_AT_ONCE)
        self._decision_time: Remembered[DecisionTime] = Remembered(lambda _: LONGEST_FRESH_S)
        self._progress: RememberedByKey[Batch, Progress] = RememberedByKey(_fresh_s, most=MOST_BATCHES)
        self._monitors: dict[str, BatchMonitor] = {}
        self._statuses: RememberedByKey[str, BatchStatus] = RememberedByKey(
            lambda status: _fresh_s(status.progress), most=MOST_BATCHES
        )

    async def decision_time(self) -> DecisionTime:
        """How long a decision takes: as it was measured when quality was computed last, else as it is set."""
        return await self._decision_time.get(self._read_decision_time)

    async def _read_decision_time(self) -> DecisionTime:
        newest = await self._deployment.lead_runs.newest(RunKind.QUALITY, RUNS_LOOKED_AT, now_ms=self._clock.now_ms())
        for run in newest:
            if run.state is RunState.DONE and run.result is not None:
                return DecisionTime(float(run.result["decision_s"]), int(run.result["measured_decisions"]))
        return DecisionTime(self._deployment.settings.decision_s)

    async def progress(self, batch: Batch) -> Progress:
        """How far a batch is that was read just now."""
        return await self._progress.get(batch, lambda: progress_of(self._deployment, batch))

    async def status(self, batch_id: str) -> BatchStatus:
        """Where a batch stands. Raises NoSuchBatch."""
        if batch_id not in self._monitors:
            if len(self._monitors) >= MOST_BATCHES:
                self._monitors.clear()
            self._monitors[batch_id] = BatchMonitor(self._deployment, batch_id)
        return await self._statuses.get(batch_id, self._monitors[batch_id].status)

    async def close(self) -> None:
        """End what is computed."""
        await self.runner.close()


def _fresh_s(progress: Progress) -> float:
    chunks = progress.batch.chunks / CHUNKS_A_SECOND
    return OVER_FRESH_S if progress.over and progress.batch.report_key else min(LONGEST_FRESH_S, FRESH_S + chunks)
