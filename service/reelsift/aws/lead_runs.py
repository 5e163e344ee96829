"""What leads have had computed that takes a while: tests of policies, and how good verdicts are. Rows of the reviewers
table, under the kind of run; of each kind one runs at a time in a deployment.

Rows that expire are deleted by DynamoDB within some days of that; until then they count as gone here.
"""

import json
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from reelsift.aws.reviewer_rows import DAY_MS, EXPIRES
from reelsift.aws.table import ConditionFailed, Table

KEPT_MS = 7 * DAY_MS

LONGEST_SILENCE_MS = 60_000
"""Who runs something says so more often than that. After it another may run: whoever ran it is gone."""

LONGEST_RESULT = 300_000
"""Characters of a result: a row has 400 KB (DynamoDB)."""

_PREFIX = "run#"
_RUN = "run#"
_RUNNING = "running"


class RunKind(StrEnum):
    """What is computed."""

    POLICY_TEST = "policy_test"
    QUALITY = "quality"


class RunState(StrEnum):
    """How far it is."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class LeadRun:
    """One run. Times are in epoch milliseconds. `by` is the pseudonym of who asked; `about` what they asked, as JSON.

    `progress` is what was counted so far and how many of it. `result` is JSON, there once it is done; `fault` a
    sentence, where it failed.
    """

    kind: RunKind
    run_id: str
    by: str
    about: Mapping[str, Any]
    started_ms: int
    state: RunState = RunState.RUNNING
    beat_ms: int = 0
    progress: tuple[str, int] = ("", 0)
    ended_ms: int | None = None
    result: Mapping[str, Any] | None = None
    fault: str | None = None

    @classmethod
    def new(cls, kind: RunKind, by: str, about: Mapping[str, Any], *, now_ms: int) -> "LeadRun":
        """One that begins. Later ones have a greater id."""
        return cls(kind, f"{now_ms:013d}-{secrets.token_hex(4)}", by, about, now_ms, beat_ms=now_ms)

    def is_under_way(self, now_ms: int) -> bool:
        """Whether somebody is still at it."""
        return self.state is RunState.RUNNING and now_ms - self.beat_ms < LONGEST_SILENCE_MS


class ResultTooLong(Exception):
    """A result is longer than a row."""


class LeadRuns:
    """Reads and conditional writes of runs."""

    def __init__(self, table: Table) -> None:
        """`table` is that of the reviewers."""
        self.table = table

    async def begin(self, run: LeadRun) -> bool:
        """Write a run that begins. False where another of its kind is under way."""
        try:
            await self.table.update(
                _running_key(run.kind),
                f"SET #run_id = :run_id, #beat_ms = :now, #{EXPIRES} = :expires",
                "attribute_not_exists(#run_id) OR #beat_ms <= :silent",
                run_id=run.run_id,
                now=run.started_ms,
                silent=run.started_ms - LONGEST_SILENCE_MS,
                expires=_expires(run.started_ms),
            )
        except ConditionFailed:
            return False
        await self._put(run)
        return True

    async def beat(self, run: LeadRun, progress: tuple[str, int], *, now_ms: int) -> bool:
        """Say that a run is under way, and how far it is. False where another has taken its place."""
        try:
            await self.table.update(
                _running_key(run.kind), "SET #beat_ms = :now", "#run_id = :run_id", now=now_ms, run_id=run.run_id
            )
        except ConditionFailed:
            return False
        await self._put(replace(run, beat_ms=now_ms, progress=progress))
        return True

    async def end(self, run: LeadRun, *, now_ms: int, result: Mapping[str, Any] | None, fault: str | None) -> None:
        """Write what came of a run, and let another one begin. Raises ResultTooLong."""
        state = RunState.DONE if fault is None else RunState.FAILED
        await self._put(replace(run, state=state, ended_ms=now_ms, beat_ms=now_ms, result=result, fault=fault))
        with suppress(ConditionFailed):
            await self.table.delete(_running_key(run.kind), "#run_id = :run_id", run_id=run.run_id)

    async def get(self, kind: RunKind, run_id: str, *, now_ms: int) -> LeadRun | None:
        """One run: a consistent read."""
        row = await self.table.get({"principal": _partition(kind), "part": _RUN + run_id})
        return None if row is None or row[EXPIRES] * 1000 <= now_ms else _run(kind, row)

    async def newest(self, kind: RunKind, limit: int, *, now_ms: int) -> list[LeadRun]:
        """The newest runs of a kind, the newest first."""
        rows = self.table.query(
            "#principal = :principal AND begins_with(#part, :run)",
            backwards=True,
            limit=limit,
            principal=_partition(kind),
            run=_RUN,
        )
        return [_run(kind, row) async for row in rows if row[EXPIRES] * 1000 > now_ms]

    async def _put(self, run: LeadRun) -> None:
        members = {
            "by": run.by,
            "about": dict(run.about),
            "started_ms": run.started_ms,
            "state": str(run.state),
            "beat_ms": run.beat_ms,
            "progress": list(run.progress),
            "ended_ms": run.ended_ms,
            "result": None if run.result is None else dict(run.result),
            "fault": run.fault,
        }
        text = json.dumps(members)
        if len(text) > LONGEST_RESULT:
            raise ResultTooLong(f"{len(text):,} characters")
        await self.table.put(
            {
                "principal": _partition(run.kind),
                "part": _RUN + run.run_id,
                "members": text,
                EXPIRES: _expires(run.started_ms),
            }
        )


def _partition(kind: RunKind) -> str:
    # No pseudonym begins so.
    return f"{_PREFIX}{kind}"


def _running_key(kind: RunKind) -> dict[str, str]:
    return {"principal": _partition(kind), "part": _RUNNING}


def _expires(started_ms: int) -> int:
    return (started_ms + KEPT_MS) // 1000


def _run(kind: RunKind, row: Mapping[str, Any]) -> LeadRun:
    members = json.loads(row["members"])
    what, count = members.pop("progress")
    state = RunState(members.pop("state"))
    return LeadRun(kind, row["part"].removeprefix(_RUN), state=state, progress=(what, count), **members)
