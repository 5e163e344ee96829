"""`reelsift import`: answers of Rekognition that were paid for elsewhere become results."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.session import on_deployment
from reelsift.cli.terminal import ask, can_ask, margin, printable, say
from reelsift.reports import wording

if TYPE_CHECKING:
    from reelsift.aws.deployment import Deployment
    from reelsift.batches.submit.sources import ListFile, ListObject, ListStream
    from reelsift.batches.submit.submission import SubmitOrder
    from reelsift.batches.submit.survey import Survey
    from reelsift.domain.batch import Batch

STDIN = "-"
_STDIN_DESCRIPTOR = 0


def import_answers(
    lists: Annotated[
        list[str],
        typer.Argument(
            metavar="LIST...",
            help="A list in a file, in S3, or - for standard input: a table or lines of JSON with bucket, key, etag (or"
            " version_id), answer (where the answer lies: s3://bucket/key, or s3://bucket/prefix/ where each page is an"
            " object), and analysis where the answers lie together.",
        ),
    ],
    as_set: Annotated[
        bool,
        typer.Option(
            "--settings-as-set/--settings-unknown",
            help="Whether the answers were asked for as this deployment is set now (confidence, filters, regions). Only"
            " then do they count as analysed; others are shown, searched and judged, and `submit` pays again.",
        ),
    ],
    unchanged: Annotated[
        bool,
        typer.Option("--unchanged", help="Objects whose row names no ETag or version still hold what was analysed."),
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Also where a result is there already; it stays unless this is given.")
    ] = False,
    name: Annotated[str | None, typer.Option(help="What to call the batch; the lists' names unless given.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the figures, and import nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Follow the batch to its end; exit 3 if lines failed.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the batch as JSON, not only its id.")] = False,
) -> None:
    """Bring recorded answers in as results, as a batch, and print the batch's id. Nothing is started or paid.

    The workers read the answers, so these have to lie in data buckets. An answer that is not about what the object
    holds, that is not whole, or whose analysis failed is refused: its line ends as FAILED, and the report says why.
    """
    from reelsift.batches.submit.sources import NamedSource, shown_name
    from reelsift.batches.submit.submission import SubmitOrder
    from reelsift.domain.batch import ImportTerms

    if lists.count(STDIN) > 1:
        raise CommandError("standard input can be a list only once", Exit.WRONG_USE)
    order = SubmitOrder(
        sources=[NamedSource(shown_name(text), _parse_list(text)) for text in lists],
        name=name,
        again=replace,
        imports=ImportTerms(as_set=as_set, unchanged=unchanged),
    )
    if not dry_run and not yes and (STDIN in lists or not can_ask()):
        raise CommandError("there is no terminal to ask whether to import: add --yes", Exit.WRONG_USE)

    async def work(deployment: "Deployment") -> Exit:
        batch = await _import(deployment, order, dry_run=dry_run, yes=yes)
        if batch is None:
            return Exit.DONE
        typer.echo(json.dumps(_members(batch)) if as_json else batch.batch_id)
        if not wait:
            return Exit.DONE
        from reelsift.cli.follow import follow

        return await follow(deployment, batch.batch_id)

    raise typer.Exit(on_deployment(work))


async def _import(deployment: "Deployment", order: "SubmitOrder", *, dry_run: bool, yes: bool) -> "Batch | None":
    """Read, show, ask, commit. None where there is no batch."""
    from reelsift.batches.submit.submission import Submission

    async with Submission(deployment, order, dry=dry_run) as submission:
        with margin().status("reading the lists") as spinner:
            survey = await submission.read(lambda lines: spinner.update(f"{wording.count(lines, 'line')} read"))
        _show(survey)
        submission.check()
        if dry_run:
            say("nothing was imported: this was a dry run")
            return None
        if not yes and not ask(f"Import {wording.count(survey.lines, 'answer')}?"):
            raise CommandError("nothing was imported")
        batch = await submission.commit()
        await submission.dispatch(batch)
        return batch


def _show(survey: "Survey") -> None:
    """What is about to be imported, on stderr."""
    say(f"{wording.count(survey.lines, 'line')}, nothing to pay")
    if survey.bad:
        say(f"{wording.count(survey.bad, 'line')} that cannot be read, and will end as FAILED, among them:")
        for complaint in survey.complaints:
            say(f"  {printable(complaint)}")
    for bucket, lines in survey.foreign_buckets.most_common():
        say(f"{wording.count(lines, 'line')} of {printable(bucket)}, which is no data bucket: they will end as FAILED")


def _members(batch: "Batch") -> dict[str, object]:
    assert batch.imports is not None  # noqa: S101 - it was ordered so
    return {
        "batch": batch.batch_id,
        "name": batch.name,
        "source": batch.source,
        "lines": batch.total,
        "settings": "as_set" if batch.imports.as_set else "unknown",
        "unchanged": batch.imports.unchanged,
        "replace": batch.again,
    }


def _parse_list(text: str) -> "ListFile | ListStream | ListObject":
    """What a LIST means. Raises CommandError, and what `parse_source` raises."""
    from reelsift.batches.submit.sources import ListFile, ListObject, ListStream, StoredObject, parse_source

    if text == STDIN:
        return ListStream(_STDIN_DESCRIPTOR)
    source = parse_source(text)
    if isinstance(source, StoredObject):
        return ListObject(source.bucket, source.key)
    if not isinstance(source, ListFile | ListObject):
        raise CommandError(f"{text} is no list of answers: name a table, or lines of JSON", Exit.WRONG_USE)
    return source
