"""`reelsift review export`: the audit of decisions, and statements of reasons."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.option_kinds import moment
from reelsift.cli.review_evidence import export_evidence
from reelsift.cli.session import on_deployment
from reelsift.cli.terminal import complain, say, write_out
from reelsift.reports import wording

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from reelsift.aws.deployment import Deployment
    from reelsift.domain.opinion import Opinion
    from reelsift.domain.video import Video
    from reelsift.reporting.decision_export import Exported, Targets
    from reelsift.reporting.lines import ReportRead

DAY_MS = 24 * 3600 * 1000


def export(
    since: Annotated[
        int | None,
        typer.Option(parser=moment, metavar="TIME", help="Only decisions since this day or time, in ISO 8601, UTC."),
    ] = None,
    until: Annotated[
        int | None,
        typer.Option(parser=moment, metavar="TIME", help="Only decisions before this day or time."),
    ] = None,
    batch: Annotated[
        str | None, typer.Option(metavar="BATCH", help="Only decisions on videos of this batch, whenever made.")
    ] = None,
    csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write CSV to FILE.")] = None,
    parquet: Annotated[Path | None, typer.Option("--parquet", metavar="FILE", help="Write Parquet to FILE.")] = None,
    statements: Annotated[
        Path | None,
        typer.Option(
            "--statements",
            metavar="DIR",
            help="Write statements of reasons to DIR, 100 a file, and counts for the periodic report.",
        ),
    ] = None,
    program: Annotated[
        list[str] | None,
        typer.Option(
            "--program", metavar="PSEUDONYM", help="With --statements: this decider is a program. Repeatable."
        ),
    ] = None,
    holds: Annotated[
        Path | None,
        typer.Option(
            "--holds", metavar="FILE", help="Write who has held and released what, whenever, to FILE, as CSV."
        ),
    ] = None,
    opinions: Annotated[
        Path | None, typer.Option("--opinions", metavar="FILE", help="Write second opinions to FILE, as CSV.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace FILE where it is there.")] = False,
    evidence: Annotated[
        str | None,
        typer.Option(
            "--evidence",
            metavar="VIDEO",
            help="The evidence about this sealed video instead (its id, or s3://bucket/key): for specialists.",
        ),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="DIR|S3", help="Where evidence goes: a new folder, or s3://bucket/prefix/."),
    ] = None,
    with_video: Annotated[
        bool, typer.Option("--with-video", help="With --evidence: the bytes of the video, too.")
    ] = False,
    report_number: Annotated[
        str | None,
        typer.Option(
            "--report-number",
            metavar="NUMBER",
            help="With --evidence: take down what number a report to an authority has.",
        ),
    ] = None,
    authority: Annotated[
        str | None, typer.Option("--authority", metavar="NAME", help="With --report-number: which authority.")
    ] = None,
) -> None:
    """Write every decision with its reasons, who made it (a pseudonym), and whether the chain it stands in is whole.

    Unless it is said where something is to go, CSV goes to stdout. Statements of reasons are those that the EU's
    transparency database takes, each file the body of one call; they name no object, no person and no pseudonym, and a
    decision has the same id (puid) in every export. Decisions that were withdrawn have none. Sealed videos
    are in no export. Exit 1 if a chain is broken: a decision is missing, or was changed.

    With --evidence it is a packet about one sealed video: what was known of it, its decisions, who has seen it,
    Rekognition's answers, the SHA-256 of the video and of each file. Only its owner may read the folder, and nothing is
    written over.
    """
    from reelsift.reporting.decision_export import Targets

    if evidence is not None:
        if since or until or batch or csv or parquet or statements or holds or opinions or program or overwrite:
            raise CommandError(
                "--evidence is a packet of its own: it goes with none of the other exports", Exit.WRONG_USE
            )
        export_evidence(evidence, to, with_video=with_video, report_number=report_number, authority=authority)
        return
    if to is not None or with_video or report_number is not None or authority is not None:
        raise CommandError("--to, --with-video, --report-number and --authority go with --evidence", Exit.WRONG_USE)
    if since is not None and until is not None and until <= since:
        raise CommandError("--until has to be later than --since", Exit.WRONG_USE)
    if program and statements is None:
        raise CommandError("--program says something of statements: add --statements", Exit.WRONG_USE)
    if overwrite and csv is None and parquet is None and holds is None and opinions is None:
        raise CommandError(
            "--overwrite is for the files of --csv, --parquet, --opinions and --holds; a folder of statements has to be"
            " empty",
            Exit.WRONG_USE,
        )
    printed = csv is None and parquet is None and statements is None and holds is None and opinions is None
    targets = Targets(csv, parquet, statements, write_out if printed else None, holds, opinions)
    targets.check(overwrite=overwrite)

    async def work(deployment: "Deployment") -> "Exported":
        return await _export(deployment, targets, since, until, batch, program or [])

    done = on_deployment(work)
    sys.stdout.flush()
    if done.broken:
        raise typer.Exit(_tell_broken(done))


async def _export(
    deployment: "Deployment",
    targets: "Targets",
    since_ms: int | None,
    until_ms: int | None,
    batch: str | None,
    programs: list[str],
) -> "Exported":
    from reelsift.batches.lookup import batch_id_of
    from reelsift.reporting.decision_export import export_decisions, export_holds, export_opinions
    from reelsift.reporting.lines import ReportRead
    from reelsift.reviews.audit import Audit
    from reelsift.runtime.clock import now_ms

    audit = Audit(deployment.decisions, deployment.reviews)
    read = None
    # The clock of whoever decided may be ahead of this one.
    until = now_ms() + DAY_MS if until_ms is None else until_ms
    if batch is not None:
        # Read first: where there is no such batch, nothing is written.
        read = await ReportRead.begin(deployment, await batch_id_of(deployment.batches, batch))
        decisions = audit.of_videos(_videos(read), since_ms or 0, until)
    else:
        decisions = audit.before(until) if since_ms is None else audit.between(since_ms, until)
    done = await export_decisions(decisions, targets, programs=programs)
    if targets.opinions is not None:
        written = await export_opinions(_opinions(deployment, read, since_ms, until), targets.opinions)
        say(f"{wording.count(written, 'opinion')} written")
    if targets.holds is not None:
        turns = await export_holds(deployment.hold_switch.all_entries(), targets.holds)
        say(f"{wording.count(turns, 'turn')} of what is held written")
    say(
        f"{wording.count(done.decisions, 'decision')} written"
        + (
            f", {wording.count(done.statements, 'statement')} in {wording.count(done.calls, 'file')}"
            if targets.statements
            else ""
        )
        + (f"; {wording.count(audit.sealed, 'decision')} on sealed videos left out" if audit.sealed else "")
        + ("; every chain is whole" if done.decisions and not done.broken else "")
    )
    return done


async def _opinions(
    deployment: "Deployment", read: "ReportRead | None", since_ms: int | None, until_ms: int
) -> "AsyncIterator[tuple[Opinion, Video | None]]":
    from reelsift.reviews.opinion_audit import OpinionAudit

    audit = OpinionAudit(deployment.opinions, deployment.reviews)
    if read is not None:
        async for found in audit.of_videos(_videos(read), since_ms or 0, until_ms):
            yield found
        return
    async for found in audit.before(until_ms) if since_ms is None else audit.between(since_ms, until_ms):
        yield found


async def _videos(read: "ReportRead") -> "AsyncIterator[str]":
    """The videos of a batch, each once a chunk."""
    async for lines in read.chunks():
        for video_id in dict.fromkeys(line.outcome.video_id for line in lines):
            if video_id is not None:
                yield video_id


def _tell_broken(done: "Exported") -> Exit:
    named = [f"video {video_id}: from decision {number} on" for video_id, number in done.broken_videos.items()]
    complain(
        f"the decisions on {wording.count(done.broken, 'video')} are not what was decided: one is missing, or somebody"
        " has changed the table\n" + "\n".join(named) + "\nall were written, with `broken` in the column chain;"
        " restore them from the archive, or from a backup of the table reviews"
    )
    return Exit.FAILED
