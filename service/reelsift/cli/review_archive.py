"""`reelsift review archive` and `restore`: decisions to the bucket that they are locked in, and back."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.session import on_deployment
from reelsift.cli.terminal import ask, can_ask, complain, printable, say
from reelsift.reports import wording

if TYPE_CHECKING:
    from reelsift.aws.decision_archive import DecisionArchive
    from reelsift.aws.deployment import Deployment
    from reelsift.reviews.restoring import Faults, Restored

COUNTED = 10_000
"""Decisions that are to be exported, which are counted; of more it is said that there are more."""


def archive(
    check: Annotated[
        bool, typer.Option("--check", help="Export nothing: exit 1 if there is a decision that is not exported.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object.")] = False,
) -> None:
    """Export the decisions that no export has brought to the archive yet. A worker does the same every night.

    An export holds ids, codes and pseudonyms: no key, no note, no evidence. What lies in the archive is locked.
    """
    left = on_deployment(lambda deployment: _archive(deployment, check=check, as_json=as_json))
    if check and left:
        raise typer.Exit(Exit.FAILED)


async def _archive(deployment: "Deployment", *, check: bool, as_json: bool) -> int:
    import asyncio

    from reelsift.aws.table import ConditionFailed
    from reelsift.reviews.archiving import Archiving
    from reelsift.runtime.clock import SystemClock
    from reelsift.runtime.timings import Timings

    exported = 0
    if not check:
        decision_archive = _bucket(deployment)
        archiving = Archiving(
            decisions=deployment.decisions,
            opinions=deployment.opinions,
            decision_archive=decision_archive,
            stop=asyncio.Event(),
            timings=Timings(),
            clock=SystemClock(),
        )
        try:
            exported = await archiving.export(await decision_archive.state())
        except ConditionFailed:
            raise CommandError("a worker is exporting just now: look again in a minute, with --check") from None
        say(f"{exported:,} decisions and opinions exported to s3://{decision_archive.bucket}/")
    left = await deployment.decisions.count_unarchived(COUNTED)
    left += await deployment.opinions.count_unarchived(COUNTED - left) if left < COUNTED else 0
    last_ms = None if deployment.decision_archive is None else (await deployment.decision_archive.state()).last_ms
    if as_json:
        typer.echo(json.dumps({"exported": exported, "not_exported": left, "last_export_ms": last_ms}))
    last = "there was no export yet" if last_ms is None else f"the last export ended {wording.moment(last_ms)}"
    more = "at least " if left == COUNTED else ""
    say(f"{last}; {more}{left:,} decisions and opinions not exported")
    return left


def restore(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was done as a JSON object.")] = False,
) -> None:
    """Bring decisions back out of the archive, and with them the status of their videos: into empty tables, or into
    those of an older backup. Decisions that are there are not changed.

    Each chain is held against its digests: a video of which a decision is missing or was changed gets no status, and is
    named. Run again, it goes on. Exit 1 if something of the archive does not stand in the table now.
    """
    done = on_deployment(lambda deployment: _restore(deployment, yes=yes))
    if as_json:
        typer.echo(json.dumps(_members(done)))
    say(
        f"{wording.count(done.objects, 'object')} read: {wording.count(done.decisions, 'decision')} and"
        f" {wording.count(done.opinions, 'opinion')} restored,"
        f" {done.there} there before; the status of {wording.count(done.videos, 'video')} written"
    )
    if not done.whole:
        complain(_faults(done))
        raise typer.Exit(Exit.FAILED)


async def _restore(deployment: "Deployment", *, yes: bool) -> "Restored":
    from reelsift.reviews.restoring import Restoring

    source = _bucket(deployment)
    if not yes:
        say(f"the decisions in s3://{source.bucket}/ are written to {deployment.decisions.table.name}, where they lack")
        if not can_ask():
            raise CommandError("nothing was restored: there is no terminal to ask, add --yes", Exit.WRONG_USE)
        if not ask("Restore them?"):
            raise CommandError("nothing was restored")
    restoring = Restoring(
        decisions=deployment.decisions,
        opinions=deployment.opinions,
        reviews=deployment.reviews,
        decision_archive=source,
    )
    return await restoring.restore()


def _bucket(deployment: "Deployment") -> "DecisionArchive":
    if deployment.decision_archive is None:
        raise CommandError(
            "this deployment has no archive: REELSIFT_DECISION_ARCHIVE names none. Terraform makes one with"
            " decision_archive_days",
            Exit.WRONG_USE,
        )
    return deployment.decision_archive


def _members(done: "Restored") -> dict[str, object]:
    return {
        "objects": done.objects,
        "decisions_restored": done.decisions,
        "decisions_there": done.there,
        "opinions_restored": done.opinions,
        "videos": done.videos,
        "damaged_objects": done.damaged.count,
        "different_decisions": done.different.count,
        "broken_videos": done.broken.count,
    }


def _faults(done: "Restored") -> str:
    kinds = (
        ("cannot be read, and nothing of it was restored", done.damaged),
        ("says something else in the table, which was left as it is", done.different),
        ("is not what was decided: its status was left as it is", done.broken),
    )
    return "\n".join(["not everything stands in the table again", *(line for kind in kinds for line in _named(*kind))])


def _named(what: str, faults: "Faults") -> list[str]:
    lines = [f"{printable(name)} {what}" for name in faults.named]
    more = faults.count - len(faults.named)
    return [*lines, f"and {more} more of this kind"] if more else lines
