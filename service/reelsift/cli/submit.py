"""`reelsift submit`: a batch from lists of videos."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from reelsift.cli import amounts
from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.session import on_deployment
from reelsift.cli.terminal import ask, can_ask, margin, printable
from reelsift.manifests.manifest_row import BadRow
from reelsift.worker.clock import now_ms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reelsift.aws.deployment import Deployment
    from reelsift.cli.sources import Source
    from reelsift.cli.submission import Contents
    from reelsift.cli.submission_inventory import InventoryManifest
    from reelsift.domain.analysis import Analysis
    from reelsift.domain.batch import Batch

_DESCRIPTION_LENGTH = 200
"""Characters of the sources' names that a batch keeps."""


def submit(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...",
            help="A CSV file (bucket,key[,version] or s3://bucket/key a row), - for standard input,"
            " s3://bucket/list.csv, s3://bucket/prefix/ for all objects below it, or, alone, the manifest.json of an"
            " S3 Inventory.",
        ),
    ],
    name: Annotated[str | None, typer.Option(help="What to call the batch; its sources' names unless given.")] = None,
    analyses: Annotated[
        str | None,
        typer.Option(metavar="A,B", help="content_moderation, labels, or both; as the deployment is set unless given."),
    ] = None,
    priority: Annotated[
        int, typer.Option(min=0, max=2_147_483_647, help="Above 0: before everything that waits with less.")
    ] = 0,
    again: Annotated[
        bool, typer.Option("--again", help="Analyse, and pay, even what has been analysed before.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Follow the batch to its end; exit 3 if lines failed.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the batch as JSON, not only its id.")] = False,
) -> None:
    """Submit videos for analysis as a batch, and print the batch's id.

    Shows first what would be submitted, and asks.
    """
    from reelsift.cli.sources import CsvFile, parse_source
    from reelsift.cli.submission_inventory import InventoryManifest, parse_inventory
    from reelsift.domain.batch import Batch

    parsed = [(text, parse_inventory(text) or parse_source(text)) for text in sources]
    if len(parsed) > 1 and any(isinstance(source, InventoryManifest) for _, source in parsed):
        raise CommandError("an inventory makes a batch of its own: submit it alone", Exit.WRONG_USE)
    from_stdin = sum(source == CsvFile(None) for _, source in parsed)
    if from_stdin > 1:
        raise CommandError("standard input can be a source only once", Exit.WRONG_USE)
    if not yes and (from_stdin or not can_ask()):
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
    )

    async def work(deployment: "Deployment") -> Exit:
        batch = await _submit(deployment, parsed, order, yes=yes, as_json=as_json)
        if not wait:
            return Exit.DONE
        from reelsift.cli.follow import follow

        return await follow(deployment, batch.batch_id)

    raise typer.Exit(on_deployment(work))


async def _submit(
    deployment: "Deployment",
    sources: "Sequence[tuple[str, Source | InventoryManifest]]",
    order: "Batch",
    *,
    yes: bool,
    as_json: bool,
) -> "Batch":
    """Stage, show, ask, commit; the batch's id is printed as soon as there is a batch."""
    from reelsift.cli.submission import Submission

    async with Submission(deployment) as submission:
        contents = submission.contents
        with margin().status("reading the sources") as spinner:
            await submission.stage(sources, lambda: spinner.update(f"{amounts.count(contents.lines, 'line')} read"))
        if not contents.lines:
            raise CommandError(f"there is nothing to submit: no line in {order.source}")
        _show(deployment, contents, order)
        if contents.bad == contents.lines:
            raise CommandError(
                f"nothing was submitted: not one line of {order.source} can be read; a manifest has rows of"
                " bucket,key (separated by commas, the key URL-encoded) or of s3://bucket/key"
            )
        if not yes and not ask(f"Submit {amounts.count(contents.lines, 'line')}?"):
            raise CommandError("nothing was submitted")
        now = now_ms()
        batch = replace(
            order,
            batch_id=submission.batch_id,
            created_ms=now,
            total=contents.lines,
            chunks=contents.chunks,
            look_at_ms=now,
        )
        await submission.commit(batch)
        _print(batch, contents, as_json=as_json)
        await submission.open_chunks(batch)
        await submission.wake(priority=batch.urgent)
        return batch


def _show(deployment: "Deployment", contents: "Contents", order: "Batch") -> None:
    """What is about to be submitted, on stderr."""
    from reelsift.cli.estimate import in_words
    from reelsift.domain.analysis import Analysis

    analyses = [Analysis(name) for name in order.analyses] or deployment.settings.analyses
    prices = {analysis: deployment.settings.price_per_minute(analysis) for analysis in analyses}
    summary = Table.grid(padding=(0, 2))
    summary.add_row("lines", f"{contents.lines:,}")
    if contents.bad:
        summary.add_row("bad lines", f"{contents.bad:,}, which will end as FAILED")
        for bad in contents.first_bad:
            assert isinstance(bad.row, BadRow)  # noqa: S101 - the bad ones were kept
            summary.add_row("", printable(f"{bad.name}: {bad.row.message}: {bad.row.excerpt}"))
        if contents.bad > len(contents.first_bad):
            summary.add_row("", f"and {contents.bad - len(contents.first_bad):,} more")
    if contents.foreign_buckets:
        names = ", ".join(f"{bucket} ({number:,})" for bucket, number in contents.foreign_buckets.most_common(3))
        summary.add_row("not allowed", f"{names}: not among the data buckets, so these lines will end as FAILED")
    for title, words in in_words(contents.size, contents.sized, contents.lines - contents.bad, prices):
        summary.add_row(title, words)
    if not order.again:
        summary.add_row("", "what was analysed before with the same settings costs nothing")
    margin().print(summary)


def _print(batch: "Batch", contents: "Contents", *, as_json: bool) -> None:
    if not as_json:
        typer.echo(batch.batch_id)
        return
    members = {
        "batch": batch.batch_id,
        "name": batch.name,
        "source": batch.source,
        "lines": contents.lines,
        "bad_lines": contents.bad,
        "chunks": batch.chunks,
        "bytes": contents.size if contents.sized else None,
        "analyses": list(batch.analyses),
        "priority": batch.priority,
        "again": batch.again,
    }
    typer.echo(json.dumps(members))


def _parse_analyses(text: str | None) -> "list[Analysis]":
    """The analyses of `a,b`, each once; none where the deployment decides."""
    from reelsift.domain.analysis import Analysis

    if text is None:
        return []
    try:
        return list(dict.fromkeys(Analysis(part.strip()) for part in text.split(",")))
    except ValueError:
        raise CommandError(
            f"--analyses takes {' and '.join(Analysis)}, separated by a comma, not {text!r}", Exit.WRONG_USE
        ) from None
