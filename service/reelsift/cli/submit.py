"""`reelsift submit`: a batch from lists of videos."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from reelsift.cli.analyses_option import parse_analyses
from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.option_kinds import whole
from reelsift.cli.session import on_deployment
from reelsift.cli.terminal import ask, can_ask, margin, printable, say
from reelsift.domain.analysis import Analysis
from reelsift.reports import wording

if TYPE_CHECKING:
    from reelsift.aws.deployment import Deployment
    from reelsift.batches.submit.estimate import Estimate
    from reelsift.batches.submit.sources import Source
    from reelsift.batches.submit.submission import SubmitOrder
    from reelsift.domain.batch import Batch

STDIN = "-"
_STDIN_DESCRIPTOR = 0

_FILTERS = "What becomes a line"


def submit(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...",
            help="A list (a table, a location such as s3://bucket/key a row, JSON, or a completion report) in a file,"
            " in S3, or - for standard input; s3://bucket/video.mp4; s3://bucket/prefix/ for all videos below it; or,"
            " alone, an S3 Inventory: its manifest.json, or a prefix below which inventories lie, for the newest of"
            " them.",
        ),
    ],
    name: Annotated[str | None, typer.Option(help="What to call the batch; its sources' names unless given.")] = None,
    analyses: Annotated[
        str | None,
        typer.Option(metavar="A,B", help=f"Any of {', '.join(Analysis)}; as the deployment is set unless given."),
    ] = None,
    priority: Annotated[
        int,
        typer.Option(
            parser=whole(0, 2_147_483_647), metavar="N", help="Above 0: before everything that waits with less."
        ),
    ] = 0,
    again: Annotated[
        bool, typer.Option("--again", help="Analyse, and pay, even what has been analysed before.")
    ] = False,
    share: Annotated[
        bool | None,
        typer.Option(
            "--share/--no-share",
            help="Whether videos of identical content (SHA-256) are analysed once; as the deployment is set unless"
            " given.",
        ),
    ] = None,
    max_cost: Annotated[
        str | None,
        typer.Option(metavar="USD", help="Start nothing that would pass this; what is left ends as SKIPPED."),
    ] = None,
    glob: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATTERN",
            help="Only keys that match as a whole: * is anything, slashes too, ? one character, \\[ab] one of these."
            " Repeatable: one must match.",
            rich_help_panel=_FILTERS,
        ),
    ] = None,
    suffix: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SUFFIX",
            help="Only keys that end so, in any case. Repeatable. Unless given .mp4, .mov and .m4v for inventories and"
            " prefixes, and any for lists of your own; '*' is any.",
            rich_help_panel=_FILTERS,
        ),
    ] = None,
    min_size: Annotated[
        str | None,
        typer.Option(
            metavar="SIZE",
            help="Only objects of at least so many bytes (10MB, 2GiB); those whose size the list does not tell, too.",
            rich_help_panel=_FILTERS,
        ),
    ] = None,
    max_size: Annotated[
        str | None,
        typer.Option(metavar="SIZE", help="Likewise, of at most so many bytes.", rich_help_panel=_FILTERS),
    ] = None,
    modified_after: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Only objects last modified then (2026-07-31, or 2026-07-31T12:00:00Z) or later; those of which the"
            " list does not tell it, too.",
            rich_help_panel=_FILTERS,
        ),
    ] = None,
    modified_before: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Likewise, then or earlier.", rich_help_panel=_FILTERS),
    ] = None,
    sample: Annotated[
        str | None,
        typer.Option(
            metavar="PERCENT",
            help="Only a part such as 1%, spread by a hash of bucket and key: always the same objects.",
            rich_help_panel=_FILTERS,
        ),
    ] = None,
    all_versions: Annotated[
        bool,
        typer.Option("--all-versions", help="Older versions of an inventory too.", rich_help_panel=_FILTERS),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the figures, and submit nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Follow the batch to its end; exit 3 if lines failed.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print batch and figures as JSON, not only the id.")] = False,
) -> None:
    """Submit videos for analysis as a batch, and print the batch's id.

    Shows first what would be submitted, how long it may take and what it may cost, and asks.
    """
    from reelsift.batches.submit.sources import NamedSource, shown_name
    from reelsift.batches.submit.submission import SubmitOrder
    from reelsift.cli.filter_options import parse_filters, parse_money

    if sources.count(STDIN) > 1:
        raise CommandError("standard input can be a source only once", Exit.WRONG_USE)
    order = SubmitOrder(
        sources=[NamedSource(shown_name(text), _parse_source(text)) for text in sources],
        name=name,
        analyses=tuple(parse_analyses(analyses)),
        again=again,
        priority=priority,
        share=share,
        max_cost_micros=parse_money(max_cost),
        filters=parse_filters(
            globs=glob or (),
            suffixes=suffix or (),
            min_size=min_size,
            max_size=max_size,
            modified_after=modified_after,
            modified_before=modified_before,
            sample=sample,
            all_versions=all_versions,
        ),
    )
    if not dry_run and not yes and (STDIN in sources or not can_ask()):
        raise CommandError("there is no terminal to ask whether to submit: add --yes", Exit.WRONG_USE)

    async def work(deployment: "Deployment") -> Exit:
        batch_id = await _submit(deployment, order, dry_run=dry_run, yes=yes, as_json=as_json)
        if batch_id is None or not wait:
            return Exit.DONE
        from reelsift.cli.follow import follow

        return await follow(deployment, batch_id)

    raise typer.Exit(on_deployment(work))


async def _submit(
    deployment: "Deployment", order: "SubmitOrder", *, dry_run: bool, yes: bool, as_json: bool
) -> str | None:
    """Read, show, ask, commit; the batch's id is printed as soon as there is a batch. None where there is none."""
    from reelsift.batches.submit.submission import Submission

    async with Submission(deployment, order, dry=dry_run) as submission:
        with margin().status("reading the sources") as spinner:
            survey = await submission.read(lambda lines: spinner.update(f"{wording.count(lines, 'line')} read"))
            if not survey.lines and not survey.passed_over:
                # There are no figures to show before the reason.
                submission.check()
            spinner.update("looking at what is known of them")
            estimate = await submission.estimate()
        _show(estimate)
        if dry_run:
            if as_json:
                typer.echo(json.dumps({"dry_run": True, "source": submission.source, **estimate.members()}))
            # Ends as submitting would, for whoever tries a list out before.
            submission.check()
            say("nothing was submitted: this was a dry run")
            return None
        submission.check()
        if not yes and not ask(f"Submit {wording.count(estimate.lines, 'line')}?"):
            raise CommandError("nothing was submitted")
        batch = await submission.commit()
        _print(batch, estimate, as_json=as_json)
        await submission.dispatch(batch)
        return batch.batch_id


def _show(estimate: "Estimate") -> None:
    """What is about to be submitted, on stderr."""
    from reelsift.cli.estimate_view import estimate_rows

    summary = Table.grid(padding=(0, 2))
    for title, words in estimate_rows(estimate):
        summary.add_row(title, printable(words))
    margin().print(summary)


def _print(batch: "Batch", estimate: "Estimate", *, as_json: bool) -> None:
    if not as_json:
        typer.echo(batch.batch_id)
        return
    figures = estimate.members()
    members: dict[str, Any] = {
        "batch": batch.batch_id,
        "name": batch.name,
        "source": batch.source,
        "lines": figures["lines"],
        "bad_lines": figures["bad"],
        "chunks": batch.chunks,
        "bytes": figures["bytes"],
        "analyses": list(batch.analyses),
        "priority": batch.priority,
        "again": batch.again,
        "share": batch.share,
        "estimate": figures,
    }
    typer.echo(json.dumps(members))


def _parse_source(text: str) -> "Source":
    """What a SOURCE means. Raises what `parse_source` raises."""
    from reelsift.batches.submit.sources import ListStream, parse_source

    return ListStream(_STDIN_DESCRIPTOR) if text == STDIN else parse_source(text)
