"""`reelsift submit`: a batch from lists of videos."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.session import on_deployment
from reelsift.cli.terminal import ask, can_ask, margin, printable, say, warn
from reelsift.domain.analysis import Analysis
from reelsift.errors import InventoryNotAlone, NothingReadable, NothingToSubmit
from reelsift.reports import wording
from reelsift.runtime.clock import now_ms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reelsift.aws.deployment import Deployment
    from reelsift.batches.submit.estimate import Estimate
    from reelsift.batches.submit.sources import Source
    from reelsift.batches.submit.survey import Survey
    from reelsift.domain.batch import Batch

    Named = tuple[str, Source]
    """A source, and what the user calls it."""

_DESCRIPTION_LENGTH = 200
"""Characters of the sources' names that a batch keeps."""

_FILTERS = "What becomes a line"


def submit(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...",
            help="A CSV file (bucket,key[,version] or s3://bucket/key a row, or a completion report), - for standard"
            " input, s3://bucket/list.csv, s3://bucket/video.mp4, s3://bucket/prefix/ for all videos below it, or,"
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
        int, typer.Option(min=0, max=2_147_483_647, help="Above 0: before everything that waits with less.")
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
    from reelsift.batches.submit.sources import CsvFile, parse_source
    from reelsift.cli.filter_options import parse_filters, parse_money
    from reelsift.domain.batch import Batch

    named = [(text, parse_source(text)) for text in sources]
    from_stdin = sum(source == CsvFile(None) for _, source in named)
    if from_stdin > 1:
        raise CommandError("standard input can be a source only once", Exit.WRONG_USE)
    if not dry_run and not yes and (from_stdin or not can_ask()):
        raise CommandError("there is no terminal to ask whether to submit: add --yes", Exit.WRONG_USE)
    described = ", ".join(sources)[:_DESCRIPTION_LENGTH]
    order = Batch(
        batch_id="",
        name=name or described,
        source=described,
        created_ms=0,
        total=None,
        chunks=0,
        analyses=tuple(_parse_analyses(analyses)),
        again=again,
        priority=priority,
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

    async def work(deployment: "Deployment") -> Exit:
        settled = replace(order, share=deployment.settings.share_identical if share is None else share)
        batch_id = await _submit(deployment, named, settled, dry_run=dry_run, yes=yes, as_json=as_json)
        if batch_id is None or not wait:
            return Exit.DONE
        from reelsift.cli.follow import follow

        return await follow(deployment, batch_id)

    raise typer.Exit(on_deployment(work))


async def _submit(
    deployment: "Deployment", named: "Sequence[Named]", order: "Batch", *, dry_run: bool, yes: bool, as_json: bool
) -> str | None:
    """Read, show, ask, commit; the batch's id is printed as soon as there is a batch. None where there is none."""
    from reelsift.batches.submit.inventory import survey_inventory
    from reelsift.batches.submit.sources import InventoryManifest
    from reelsift.batches.submit.submission import Submission, resolve
    from reelsift.batches.tick import send_tick
    from reelsift.domain.batch import BatchState

    sources = [(text, await resolve(deployment, source)) for text, source in named]
    inventory = next((source for _, source in sources if isinstance(source, InventoryManifest)), None)
    if len(sources) > 1 and inventory is not None:
        raise InventoryNotAlone(inventory.uri)
    if inventory is not None:
        order = replace(order, source=inventory.uri)
    # What lies in the work bucket the workers can read.
    for_fleet = inventory if inventory is not None and inventory.bucket == deployment.work.bucket else None
    async with Submission(deployment, order.filters, dry=dry_run or for_fleet is not None) as submission:
        survey = submission.survey
        with margin().status("reading the sources") as spinner:

            def told() -> None:
                spinner.update(f"{wording.count(survey.lines, 'line')} read")

            if for_fleet is not None:
                await survey_inventory(deployment, for_fleet, order.filters, survey, told)
            else:
                await submission.stage(sources, told)
            spinner.update("looking at what is known of them")
            estimate = await _estimate(deployment, survey, order)
        _show(estimate)
        if dry_run:
            if as_json:
                typer.echo(json.dumps({"dry_run": True, "source": order.source, **estimate.members()}))
            if not survey.lines:
                warn(f"there is no line in {order.source}, and so nothing to submit")
            say("nothing was submitted: this was a dry run")
            return None
        _check(survey, order)
        if not yes and not ask(f"Submit {wording.count(estimate.lines, 'line')}?"):
            raise CommandError("nothing was submitted")
        now = now_ms()
        batch = replace(order, batch_id=submission.batch_id, created_ms=now, due_at_ms=now)
        if for_fleet is not None:
            batch = replace(
                batch,
                state=BatchState.PREPARING,
                manifest_bucket=for_fleet.bucket,
                manifest_key=for_fleet.key,
            )
        else:
            batch = replace(
                batch,
                total=survey.lines,
                chunks=submission.chunks,
                size=survey.size,
                passed_over=tuple(sorted(survey.passed_over.items())),
            )
        await submission.commit(batch)
        _print(batch, estimate, as_json=as_json)
        await submission.open_chunks(batch)
        await send_tick(deployment, priority=batch.urgent)
        return batch.batch_id


async def _estimate(deployment: "Deployment", survey: "Survey", order: "Batch") -> "Estimate":
    from reelsift.batches.paid_videos import read_paid_videos
    from reelsift.batches.submit.estimate import Estimate, Terms
    from reelsift.batches.submit.look_ahead import look_ahead

    analyses = [Analysis(name) for name in order.analyses] or deployment.settings.analyses
    terms = Terms(
        prices={analysis: deployment.settings.price_per_minute(analysis) for analysis in analyses},
        quota=await deployment.quota.value(),
        again=order.again,
        max_cost_micros=order.max_cost_micros,
    )
    ahead = await look_ahead(deployment, survey, analyses)
    return Estimate(
        survey,
        ahead,
        await read_paid_videos(deployment.batches, deployment.chunks, deployment.settings.analyses),
        terms,
    )


def _check(survey: "Survey", order: "Batch") -> None:
    """Refuse what would be a batch of nothing."""
    if survey.lines == survey.bad and survey.lines:
        raise NothingReadable(order.source)
    if not survey.lines and survey.scale == 1:
        raise NothingToSubmit(order.source, survey.passed_over.total())


def _show(estimate: "Estimate") -> None:
    """What is about to be submitted, on stderr."""
    summary = Table.grid(padding=(0, 2))
    for title, words in estimate.in_words():
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


def _parse_analyses(text: str | None) -> list[Analysis]:
    """The analyses of `a,b`, each once; none where the deployment decides."""
    if text is None:
        return []
    try:
        return list(dict.fromkeys(Analysis(part.strip()) for part in text.split(",")))
    except ValueError:
        raise CommandError(
            f"--analyses takes {', '.join(Analysis)}, separated by commas, not {text!r}", Exit.WRONG_USE
        ) from None
