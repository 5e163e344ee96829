"""`reelsift decide --from`: a file of decisions, each row answered with what became of it."""

import json
from collections import Counter
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.failures import explain
from reelsift.cli.session import on_deployment
from reelsift.cli.terminal import ask, can_ask, printable, say, write_out
from reelsift.manifests.decision_rows import UnreadableRow
from reelsift.reports.completion_report import csv_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reelsift.aws.deployment import Deployment
    from reelsift.manifests.decision_rows import DecisionRow
    from reelsift.reviews.deciding import Decided
    from reelsift.reviews.deciding_many import DecisionFile, RowResult
    from reelsift.reviews.opining import Opined
    from reelsift.reviews.target import Target

COLUMNS = ("row", "video", "video_id", "result", "decision", "status", "revision", "problem")

_TOLD_EVERY = 1000
"""Rows between two words of how far it is. A file of more is a batch of its own: it has a name to be resumed by."""

_AGAIN = "run the same file again, and it goes on where it stopped"


def decide_file(path: Path, named: str | None, *, yes: bool, as_json: bool) -> Exit:
    """Read, show, ask, carry out."""
    from reelsift.reviews.deciding_many import survey

    if path.is_fifo() or (path == Path("-") and not path.exists()):
        raise CommandError(
            "--from reads its file twice, before it asks and after: write what is piped to it into a file first",
            Exit.WRONG_USE,
        )
    file = survey(path)
    for problem in file.problems:
        say(f"row {problem.row}: {problem.problem}: {printable(problem.start)}")
    if file.unreadable > len(file.problems):
        say(f"and {file.unreadable - len(file.problems):,} more rows that cannot be read")
    if not file.rows:
        raise CommandError(f"there is no row in {path}", Exit.NOTHING_TO_DO)
    if file.rows == file.unreadable:
        raise CommandError(f"not one row of {path} can be read")
    if not yes:
        readable = file.rows - file.unreadable
        if not can_ask():
            raise CommandError("nothing was decided: there is no terminal to ask, add --yes", Exit.WRONG_USE)
        if not ask(f"Carry out {readable:,} {'decision' if readable == 1 else 'decisions'}?"):
            raise CommandError("nothing was decided")
    try:
        return on_deployment(lambda deployment: _carry_out(deployment, file, named, as_json=as_json))
    except KeyboardInterrupt:
        raise CommandError(f"interrupted; {_AGAIN}", Exit.INTERRUPTED) from None


async def _carry_out(deployment: "Deployment", file: "DecisionFile", named: str | None, *, as_json: bool) -> Exit:
    from reelsift.reason_catalogues import configured_catalogue
    from reelsift.reviews.deciding_many import decide_rows
    from reelsift.reviews.reviewer import Reviewer, reviewer
    from reelsift.reviews.specialists import CarryingOut
    from reelsift.reviews.target import find_target
    from reelsift.reviews.waking import Waking, wake

    carry_out = CarryingOut(deployment, configured_catalogue(deployment.settings))
    people: dict[str | None, Reviewer] = {}

    async def find(row: "DecisionRow") -> "Target":
        return await find_target(deployment, row.video, etag=row.request.etag)

    async def decide(row: "DecisionRow", target: "Target", key: str) -> "Decided | Opined":
        who = row.named or named
        if who not in people:
            if len(people) > _TOLD_EVERY:
                people.clear()
            people[who] = await reviewer(deployment.people, deployment.caller, who)
        return await carry_out.decide(target, row.request, people[who], key=key)

    counts: Counter[str] = Counter()
    output = _Output(as_json=as_json)
    if file.rows > _TOLD_EVERY:
        say(f"{file.rows:,} rows; if this is broken off, {_AGAIN}")
    try:
        async with (
            Waking(deployment) as waking,
            aclosing(decide_rows(file, deployment.decisions, find, decide)) as results,
        ):
            async for result in results:
                members = _members(result)
                counts[members["result"]] += 1
                waking.waits = counts["decided"] > 0
                output.write(members)
                if counts.total() % _TOLD_EVERY == 0 and counts.total() < file.rows:
                    say(f"{counts.total():,} of {file.rows:,} rows: {_counted(counts)}")
                    if waking.waits:
                        await wake(deployment)
    finally:
        if counts:
            say(_counted(counts))
    return Exit.LINES_FAILED if counts["refused"] else Exit.DONE


class _Output:
    """Answers on stdout, a row each: CSV, or JSON."""

    def __init__(self, *, as_json: bool) -> None:
        self._json = as_json
        if not as_json:
            self._write(COLUMNS)

    def write(self, members: dict[str, Any]) -> None:
        if self._json:
            print(json.dumps(members))
        else:
            self._write(["" if members[name] is None else str(members[name]) for name in COLUMNS])

    @staticmethod
    def _write(cells: "Sequence[object]") -> None:
        write_out(csv_text([cells]))


def _members(result: "RowResult") -> dict[str, Any]:
    """What became of a row: it was `decided` now, taken down as an `opinion`, `done_before`, or is `refused`, and
    why.
    """
    from reelsift.reviews.opining import Opined

    members: dict[str, Any] = dict.fromkeys(COLUMNS) | {"row": result.row, "video": result.video}
    if isinstance(result.decided, Opined):
        return members | {
            "video_id": result.decided.opinion.video_id,
            "result": "done_before" if result.decided.repeated else "opinion",
        }
    if result.decided is not None:
        decision, row = result.decided.decision, result.decided.row
        return members | {
            "video_id": decision.video_id,
            "result": "done_before" if result.decided.repeated else "decided",
            "decision": decision.number,
            "status": None if row.status is None else str(row.status),
            "revision": row.revision,
        }
    if result.done is not None:
        done = {"video_id": result.done.video_id, "decision": result.done.number}
        return members | done | {"result": "done_before"}
    return members | {"result": "refused", "problem": _problem(result.problem)}


def _problem(problem: "Exception | UnreadableRow | None") -> str:
    if isinstance(problem, UnreadableRow):
        return problem.problem
    assert problem is not None  # noqa: S101 - what was not decided has one
    explained = explain(problem)
    return "; ".join((explained[0] if explained else str(problem)).splitlines())


def _counted(counts: Counter[str]) -> str:
    words = {
        "decided": "decided",
        "opinion": "taken down as second opinions",
        "done_before": "decided before",
        "refused": "refused",
    }
    return ", ".join(f"{counts[name]:,} {word}" for name, word in words.items() if counts[name])
