"""Runs what takes longer than an answer may, while pages ask how far it is."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

import structlog

from reelsift.aws.errors import is_outage
from reelsift.aws.lead_runs import LeadRun, LeadRuns, ResultTooLong
from reelsift.errors import ReelsiftError
from reelsift.runtime.clock import Clock
from reelsift.runtime.faults import Faults

BEAT_S = 5.0

LONGEST_RUN_S = 3_600.0

Note = Callable[[str, int], None]
"""Takes down what was counted so far, and how many of it."""

Work = Callable[[Note], Awaitable[Mapping[str, Any]]]
"""What is to be computed; its result as JSON."""

_log = structlog.get_logger(__name__)


class Busy(Exception):
    """Another run of the kind is under way."""


class Runner:
    """Runs the tasks of one process. What becomes of a run stands in the table: any console tells of it."""

    def __init__(self, runs: LeadRuns, clock: Clock, faults: Faults, *, beat_s: float = BEAT_S) -> None:
        self._lead_runs = runs
        self._faults = faults
        self._clock = clock
        self._beat_s = beat_s
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, run: LeadRun, work: Work) -> None:
        """Begin a run. Raises Busy."""
        if not await self._lead_runs.begin(run):
            raise Busy
        task = asyncio.create_task(self._carry_out(run, work), name=f"lead run {run.kind}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """End what is under way, and say so in its row."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _carry_out(self, run: LeadRun, work: Work) -> None:
        progress = ("", 0)

        def note(what: str, count: int) -> None:
            nonlocal progress
            progress = what, count

        result: Mapping[str, Any] | None = None
        fault: str | None = None
        working = asyncio.ensure_future(work(note))
        try:
            async with asyncio.timeout(LONGEST_RUN_S):
                while not (await asyncio.wait({working}, timeout=self._beat_s))[0]:
                    if not await self._beat(run, progress):
                        return
                result = working.result()
        except ReelsiftError as error:
            fault = str(error)
        except TimeoutError:
            fault = f"it has taken longer than {LONGEST_RUN_S / 60:.0f} minutes"
        except asyncio.CancelledError:
            fault = "the console was stopped meanwhile"
        except Exception as error:  # noqa: BLE001 -- the last resort: it becomes the fault of the run
            self._faults.swallow("lead_run_failed", error, kind=str(run.kind))
            fault = "this is a fault of the console: it is in its log, by the time"
        finally:
            working.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await working
        try:
            await self._end(run, result, fault)
        except Exception as error:  # noqa: BLE001 -- nobody waits for this task: the run counts as broken off
            self._faults.pass_over("lead_run_not_ended", error, kind=str(run.kind))

    async def _beat(self, run: LeadRun, progress: tuple[str, int]) -> bool:
        """Say that a run is under way; False where another has taken its place. An outage ends no run: the next beat
        is soon.
        """
        try:
            return await self._lead_runs.beat(run, progress, now_ms=self._clock.now_ms())
        except Exception as error:
            if not is_outage(error):
                raise
            _log.warning("aws_unavailable", error=f"{type(error).__name__}: {error}", then="the run goes on")
            return True

    async def _end(self, run: LeadRun, result: Mapping[str, Any] | None, fault: str | None) -> None:
        try:
            await self._lead_runs.end(run, now_ms=self._clock.now_ms(), result=result, fault=fault)
        except ResultTooLong:
            fault = "what came of it is too long to be kept: `reelsift policy test` prints it"
            await self._lead_runs.end(run, now_ms=self._clock.now_ms(), result=None, fault=fault)
