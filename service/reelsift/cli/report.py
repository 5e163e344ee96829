"""`reelsift report`: what became of every line of a batch."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.session import on_batch
from reelsift.cli.terminal import margin, printable, say, warn, write_out
from reelsift.reports import wording

if TYPE_CHECKING:
    from reelsift.aws.deployment import Deployment
    from reelsift.reporting.lines import ReportRead


def report(
    batch: Annotated[
        str, typer.Argument(metavar="BATCH", help="A batch's id, or a beginning of it that is its alone.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="A JSON object a line, with everything, not CSV.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="The rows alone, without a summary on stderr.")] = False,
    failed: Annotated[
        bool, typer.Option("--failed", help="Only the objects of the lines that FAILED, as a manifest.")
    ] = False,
    page: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write the page for people to FILE instead.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--download", metavar="DIR", help="Copy all files of the report to DIR instead.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files that are there, with --html and --download.")
    ] = False,
) -> None:
    """Print what became of every line, in the order of the manifest, and a summary on stderr.

    The columns are those of S3 Batch Operations' completion reports, after a row that names them; TaskStatus is
    `succeeded` where the video's result is known, and ResultMessage is JSON with the final result: status, reason,
    verdict, peak, minutes, money, line. Lines without an outcome yet are left out. Exit 3 if some FAILED.

    When a batch ends, its report is written to the work bucket too: the same rows, Parquet of the lines and of all
    segments, a page for people, and what failed as a manifest. --html and --download fetch them; --html makes the page
    of a batch that is not over yet. These two and --failed exit 0 when done.
    """
    from reelsift.reporting.output_place import check_folder

    chosen = {"--json": as_json, "--csv": as_csv, "--failed": failed, "--html": page, "--download": folder}
    named = [name for name, value in chosen.items() if value]
    if len(named) > 1:
        raise CommandError(f"{' and '.join(named)} exclude each other", Exit.WRONG_USE)
    if page is not None:
        _write_page(batch, page, overwrite=overwrite)
    elif folder is not None:
        check_folder(folder)
        on_batch(batch, lambda deployment, batch_id: _download(deployment, batch_id, folder, overwrite=overwrite))
    elif failed:
        on_batch(batch, _print_failed)
    else:
        raise typer.Exit(
            on_batch(batch, lambda deployment, batch_id: _print(deployment, batch_id, as_json=as_json, as_csv=as_csv))
        )


async def _print(deployment: "Deployment", batch_id: str, *, as_json: bool, as_csv: bool) -> Exit:
    from reelsift.reporting.lines import ReportRead
    from reelsift.reports.completion_report import COLUMNS, csv_row, csv_text, members

    read = await ReportRead.begin(deployment, batch_id)
    if not as_json:
        write_out(csv_text([COLUMNS]))
    async for lines in read.chunks():
        if as_json:
            sys.stdout.writelines(f"{json.dumps(members(line.outcome))}\n" for line in lines)
        else:
            write_out(csv_text(csv_row(line.outcome) for line in lines))
    sys.stdout.flush()
    if not as_csv:
        _summarise(deployment, read)
    _warn(read)
    return Exit.LINES_FAILED if read.failed else Exit.DONE


async def _print_failed(deployment: "Deployment", batch_id: str) -> None:
    from reelsift.reporting.failed_objects import read_failed_objects
    from reelsift.reporting.lines import ReportRead

    read = await ReportRead.begin(deployment, batch_id)
    async with read_failed_objects(read) as failed:
        for piece in failed.csv():
            write_out(piece)
    sys.stdout.flush()
    if failed.nameless:
        warn(f"{wording.count(failed.nameless, 'line')} that FAILED name no object, and are not in this manifest")
    _warn(read)


def _write_page(batch_id: str, path: Path, *, overwrite: bool) -> None:
    from reelsift.reporting.output_place import check_file
    from reelsift.reporting.page_now import read_page

    check_file(path, overwrite=overwrite)
    made = on_batch(batch_id, read_page)
    path.write_bytes(made.body)
    say(f"{path}: {'the page of the stored report' if made.stored else 'the page as of now; the batch is not over'}")


async def _download(deployment: "Deployment", batch_id: str, folder: Path, *, overwrite: bool) -> None:
    from reelsift.reporting.download import download

    done = await download(deployment, batch_id, folder, overwrite=overwrite)
    there = f"; {wording.count(done.there, 'file')} had been there" if done.there else ""
    say(f"{folder}: {wording.count(done.files, 'file')}, {wording.size(done.size)}{there}")


def _warn(read: "ReportRead") -> None:
    for damage in read.damages:
        warn(f"{damage}; its lines come in the order they ended in, and those that were cut off are missing")
    if read.waiting:
        lines = wording.count(read.waiting, "line")
        warn(f"{lines} of {read.batch.batch_id} had no outcome yet and are not in this report")


def _summarise(deployment: "Deployment", read: "ReportRead") -> None:
    from reelsift.cli.report_summary import summary_rows

    table = Table.grid(padding=(0, 2))
    for name, words in summary_rows(read, deployment.work.bucket):
        table.add_row(name, printable(words))
    margin().print(table)
