"""How good verdicts are, by what people have decided: computed now and then, beside the answers."""

from collections.abc import Mapping
from typing import Any

from reelsift.aws.lead_runs import LeadRun, RunKind, RunState
from reelsift.console.call import Call
from reelsift.console.leading.runner import Busy, Note
from reelsift.policy_tests.quality import read_quality
from reelsift.reviews.audit import DAY_MS

WINDOW_DAYS = 90

FRESH_MS = 15 * 60_000
"""Figures that are older are computed anew when somebody looks."""

MOST_LABELS = 150
"""That are shown, those with the most decisions; `reelsift review stats --json` has all."""

RUNS_LOOKED_AT = 5


async def quality(call: Call) -> dict[str, Any]:
    """The newest figures there are, and whether newer ones are computed. Where they are old, that begins."""
    now_ms = call.resources.clock.now_ms()
    newest = await call.deployment.lead_runs.newest(RunKind.QUALITY, RUNS_LOOKED_AT, now_ms=now_ms)
    known = next((run for run in newest if run.state is RunState.DONE), None)
    under_way = next((run for run in newest if run.is_under_way(now_ms)), None)
    last = newest[0] if newest else None
    if under_way is None and (last is None or now_ms - last.started_ms > FRESH_MS):
        under_way = await _start(call, now_ms)
    failed = last is not None and last.state is RunState.FAILED and under_way is None
    return {
        "running": under_way is not None,
        "started_ms": None if under_way is None else under_way.started_ms,
        "fault": last.fault if failed and last is not None else None,
        "at_ms": None if known is None else known.started_ms,
        "figures": None if known is None else known.result,
    }


async def _start(call: Call, now_ms: int) -> LeadRun | None:
    run = LeadRun.new(RunKind.QUALITY, call.viewer.who.by, {}, now_ms=now_ms)
    deployment = call.deployment

    async def work(_note: Note) -> Mapping[str, Any]:
        read = await read_quality(deployment, now_ms - WINDOW_DAYS * DAY_MS, now_ms)
        members = read.members()
        labels = sorted(members["labels"], key=lambda label: -max(share["n"] for share in label["from"].values()))
        return members | {"labels": labels[:MOST_LABELS], "further_labels": max(0, len(labels) - MOST_LABELS)}

    try:
        await call.resources.lead_desk.runner.start(run, work)
    except Busy:
        # Another console was first.
        return None
    return run
