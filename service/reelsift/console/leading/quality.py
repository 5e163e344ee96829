"""How good verdicts are, by what people have decided: computed now and then, beside the answers."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from reelsift.aws.deployment import Deployment
from reelsift.aws.lead_runs import LeadRun, RunKind, RunState
from reelsift.console.call import Call
from reelsift.console.leading.runner import Busy, Note
from reelsift.domain.decision import Decision
from reelsift.domain.people_figures import figures_of_people
from reelsift.policy_tests.quality import read_quality
from reelsift.reviews.audit import DAY_MS, Audit

WINDOW_DAYS = 90

FRESH_MS = 15 * 60_000
"""Figures that are older are computed anew when somebody looks."""

MOST_LABELS = 150
"""That are shown, those with the most decisions; `reelsift review stats --json` has all."""

MOST_DECISIONS = 50_000
"""By which single people are told of, the newest."""

MOST_PEOPLE = 200

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
        "figures": None if known is None else _allowed(call, known.result or {}),
    }


def _allowed(call: Call, figures: Mapping[str, Any]) -> dict[str, Any]:
    """Figures of single people are shown only while the setting allows them, whenever they were computed."""
    people = figures.get("people", []) if call.deployment.settings.console_figures_of_people else []
    return {**figures, "people": people}


async def _people(deployment: Deployment, now_ms: int) -> list[dict[str, Any]]:
    """What decisions say of those who made them: the newest MOST_DECISIONS of the same days."""
    audit = Audit(deployment.decisions, deployment.reviews)
    newest = datetime.fromtimestamp(now_ms / 1000, UTC).date()
    decisions: list[Decision] = []
    for days in range(WINDOW_DAYS):
        # Without notes and evidence: nothing of them is needed, and they are long.
        decisions += [
            replace(one, private=None)
            async for one in audit.of_day(newest - timedelta(days=days))
            if isinstance(one, Decision)
        ]
        if len(decisions) >= MOST_DECISIONS:
            break
    return [person.members() for person in figures_of_people(decisions)[:MOST_PEOPLE]]


async def _start(call: Call, now_ms: int) -> LeadRun | None:
    run = LeadRun.new(RunKind.QUALITY, call.viewer.who.by, {}, now_ms=now_ms)
    deployment = call.deployment

    async def work(_note: Note) -> Mapping[str, Any]:
        read = await read_quality(deployment, now_ms - WINDOW_DAYS * DAY_MS, now_ms)
        members = read.members()
        labels = sorted(members["labels"], key=lambda label: -max(share["n"] for share in label["from"].values()))
        people = await _people(deployment, now_ms) if deployment.settings.console_figures_of_people else []
        return members | {
            "labels": labels[:MOST_LABELS],
            "further_labels": max(0, len(labels) - MOST_LABELS),
            "people": people,
        }

    try:
        await call.resources.lead_desk.runner.start(run, work)
    except Busy:
        # Another console was first.
        return None
    return run
