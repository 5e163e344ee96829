"""Of each kind one run at a time, in whichever process; what came of it is kept for a while."""

from dataclasses import replace

import pytest

from reelsift.aws.lead_runs import (
    KEPT_MS,
    LONGEST_RESULT,
    LONGEST_SILENCE_MS,
    LeadRun,
    LeadRuns,
    ResultTooLong,
    RunKind,
    RunState,
)
from support.memory_table import MemoryTable

NOW_MS = 1_780_000_000_000
LATER_MS = NOW_MS + LONGEST_SILENCE_MS


def _run(kind: RunKind = RunKind.POLICY_TEST, *, now_ms: int = NOW_MS) -> LeadRun:
    return LeadRun.new(kind, "p-ann", {"name": "stricter"}, now_ms=now_ms)


async def test_one_run_of_a_kind_is_under_way_until_it_ends_or_falls_silent() -> None:
    runs = LeadRuns(MemoryTable("reviewers"))
    first, second, third = _run(), _run(now_ms=NOW_MS + 1), _run(now_ms=LATER_MS)
    assert await runs.begin(first)
    assert not await runs.begin(second)
    assert await runs.begin(_run(RunKind.QUALITY))
    assert await runs.begin(third)
    # Whoever fell silent and goes on is told that another has taken its place, and ends nothing of that.
    assert not await runs.beat(first, ("videos", 5), now_ms=LATER_MS)
    await runs.end(first, now_ms=LATER_MS, result={}, fault=None)
    assert await runs.beat(third, ("videos", 7), now_ms=LATER_MS)
    await runs.end(third, now_ms=LATER_MS + 1, result={"moved": 3}, fault=None)
    assert await runs.begin(_run(now_ms=LATER_MS + 2))


async def test_what_came_of_a_run_is_read_by_anybody_and_gone_after_a_while() -> None:
    runs = LeadRuns(MemoryTable("reviewers"))
    run, other = _run(), _run(now_ms=NOW_MS + 1)
    await runs.begin(run)
    await runs.beat(run, ("videos", 7), now_ms=NOW_MS + 5)
    assert await runs.get(run.kind, run.run_id, now_ms=NOW_MS) == replace(
        run, beat_ms=NOW_MS + 5, progress=("videos", 7)
    )
    await runs.end(run, now_ms=NOW_MS + 9, result={"moved": 3}, fault=None)
    await runs.begin(other)
    await runs.end(other, now_ms=NOW_MS + 9, result=None, fault="no such batch")
    newest = await runs.newest(run.kind, 5, now_ms=NOW_MS)
    assert [each.run_id for each in newest] == [other.run_id, run.run_id]
    assert [each.state for each in newest] == [RunState.FAILED, RunState.DONE]
    assert (newest[1].result, newest[0].fault) == ({"moved": 3}, "no such batch")
    assert await runs.get(run.kind, run.run_id, now_ms=NOW_MS + KEPT_MS) is None
    assert await runs.newest(run.kind, 5, now_ms=NOW_MS + 2 * KEPT_MS) == []


async def test_a_result_that_no_row_can_hold_is_refused() -> None:
    runs, run = LeadRuns(MemoryTable("reviewers")), _run()
    await runs.begin(run)
    with pytest.raises(ResultTooLong):
        await runs.end(run, now_ms=NOW_MS, result={"text": "x" * LONGEST_RESULT}, fault=None)
