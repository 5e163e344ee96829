"""What takes long is run beside the answers, and its row says how far it is and what came of it."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from reelsift.aws.errors import AwsUnavailable
from reelsift.aws.lead_runs import LONGEST_RESULT, LeadRun, LeadRuns, RunKind, RunState
from reelsift.console.leading.runner import Busy, Note, Runner
from reelsift.errors import NoSuchBatch
from reelsift.runtime.faults import Faults
from support.clocks import SetClock
from support.memory_stores import MemoryMetrics
from support.memory_table import MemoryTable
from support.patience import PATIENCE_S


class _Console:
    def __init__(self) -> None:
        self.clock = SetClock()
        self.runs = LeadRuns(MemoryTable("reviewers"))
        self.metrics = MemoryMetrics()
        self.runner = Runner(self.runs, self.clock, Faults(self.metrics), beat_s=0.01)
        self.asked = asyncio.Event()

    def run(self) -> LeadRun:
        return LeadRun.new(RunKind.QUALITY, "p-ann", {}, now_ms=self.clock.now_ms())

    async def read(self, run: LeadRun) -> LeadRun:
        found = await self.runs.get(run.kind, run.run_id, now_ms=self.clock.now_ms())
        assert found is not None
        return found

    async def until(self, run: LeadRun, holds: Callable[[LeadRun], bool]) -> LeadRun:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                found = await self.read(run)
                if holds(found):
                    return found
                await asyncio.sleep(0.005)

    async def over(self, run: LeadRun) -> LeadRun:
        return await self.until(run, lambda found: found.state is not RunState.RUNNING)

    async def waits(self, note: Note) -> Mapping[str, Any]:
        note("videos", 7)
        await self.asked.wait()
        return {"moved": 3}


async def test_a_run_tells_how_far_it_is_and_then_what_came_of_it() -> None:
    console = _Console()
    run = console.run()
    await console.runner.start(run, console.waits)
    with pytest.raises(Busy):
        await console.runner.start(console.run(), console.waits)
    await console.until(run, lambda found: found.progress == ("videos", 7))
    console.asked.set()
    ended = await console.over(run)
    assert (ended.state, ended.result, ended.fault) == (RunState.DONE, {"moved": 3}, None)
    await console.runner.start(console.run(), console.waits)
    await console.runner.close()


async def test_a_console_that_ends_says_so_in_what_it_ran() -> None:
    console = _Console()
    run = console.run()
    await console.runner.start(run, console.waits)
    await asyncio.sleep(0)
    await console.runner.close()
    assert (await console.read(run)).state is RunState.FAILED
    assert "stopped" in ((await console.read(run)).fault or "")


@pytest.mark.parametrize(
    ("error", "fault"),
    [(NoSuchBatch("july"), "july"), (RuntimeError("s3://secret/key"), "a fault of the console")],
    ids=["known", "unforeseen"],
)
async def test_what_fails_says_why_and_lets_another_run(error: Exception, fault: str) -> None:
    console = _Console()

    async def fails(_note: Note) -> Mapping[str, Any]:
        raise error

    run = console.run()
    await console.runner.start(run, fails)
    ended = await console.over(run)
    assert fault in (ended.fault or "")
    assert "secret" not in (ended.fault or "")
    assert console.metrics.counted["ProgramFailures",] == isinstance(error, RuntimeError)
    await console.runner.start(console.run(), fails)
    await console.runner.close()


async def test_what_no_row_can_hold_fails() -> None:
    console = _Console()

    async def long(_note: Note) -> Mapping[str, Any]:
        return {"text": "x" * LONGEST_RESULT}

    run = console.run()
    await console.runner.start(run, long)
    assert "too long" in ((await console.over(run)).fault or "")


async def test_an_outage_ends_no_run_and_one_whose_end_cannot_be_written_is_told_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    console = _Console()
    run = console.run()
    beat, failures = console.runs.beat, iter(range(3))

    async def beats_if_up(*given: Any, **named: Any) -> bool:
        if next(failures, None) is not None:
            raise AwsUnavailable("the table does not answer")
        return await beat(*given, **named)

    monkeypatch.setattr(console.runs, "beat", beats_if_up)
    await console.runner.start(run, console.waits)
    await console.until(run, lambda found: found.progress == ("videos", 7) or found.state is not RunState.RUNNING)
    console.asked.set()
    assert (await console.over(run)).result == {"moved": 3}
    assert console.metrics.counted["ProgramFailures",] == 0

    async def ends_in_a_fault(*_: Any, **__: Any) -> None:
        raise KeyError

    monkeypatch.setattr(console.runs, "end", ends_in_a_fault)
    await console.runner.start(console.run(), console.waits)
    await asyncio.wait(console.runner._tasks, timeout=PATIENCE_S)
    assert console.metrics.counted["ProgramFailures",] == 1
