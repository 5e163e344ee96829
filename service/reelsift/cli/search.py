"""`reelsift search`: videos by what they show, or by their verdict."""

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.session import on_deployment
from reelsift.cli.terminal import printable, say, screen
from reelsift.reports import wording

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from reelsift.aws.deployment import Deployment
    from reelsift.queries.findings import Finding, Query

TABLE_ROWS = 50
"""Videos that the table shows unless --limit says otherwise; CSV and JSON have all."""

_VERDICTS = ("review", "reject", "approve")
_COLUMNS = ("video", "video_id", "verdict", "label", "peak_confidence", "peak_ms", "time")


def search(
    label: Annotated[str | None, typer.Option(metavar="LABEL", help="Videos that show this label.")] = None,
    min_confidence: Annotated[
        float, typer.Option(min=0, max=100, metavar="C", help="At this confidence (0-100) or above at its peak.")
    ] = 0,
    verdict: Annotated[
        str | None, typer.Option(metavar="VERDICT", help="Videos with this verdict: review or reject.")
    ] = None,
    batch: Annotated[str | None, typer.Option(metavar="BATCH", help="Only videos of this batch.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="Only results since this day or second, UTC.", metavar="D"
        ),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="At most so many.")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, with a header.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object a line.")] = False,
) -> None:
    """Find videos by a label, the most confident first, or by verdict, the newest first; both must hold if given.

    Within a batch they come in no order, and `--verdict approve` is possible too.
    """
    from reelsift.queries.findings import Query

    _check(label, verdict, batch, as_csv=as_csv, as_json=as_json, min_confidence=min_confidence)
    since_ms = int(since.replace(tzinfo=UTC).timestamp() * 1000) if since else 0
    query = Query(label=label, min_confidence=min_confidence, verdict=verdict, since_ms=since_ms)

    async def work(deployment: "Deployment") -> None:
        findings = await _find(deployment, query, batch)
        if as_csv:
            await _print_csv(_first(findings, limit))
        elif as_json:
            async for finding in _first(findings, limit):
                typer.echo(json.dumps(_members(finding)))
        else:
            await _print_table(findings, limit or TABLE_ROWS, query)

    on_deployment(work)


def _check(
    label: str | None, verdict: str | None, batch: str | None, *, as_csv: bool, as_json: bool, min_confidence: float
) -> None:
    wrong = None
    if as_csv and as_json:
        wrong = "--csv and --json exclude each other"
    elif label is None and verdict is None:
        wrong = "say what to look for: --label, --verdict, or both"
    elif label is None and min_confidence:
        wrong = "--min-confidence is that of a label: name it with --label"
    elif verdict is not None and verdict not in _VERDICTS:
        wrong = f"--verdict is one of {', '.join(_VERDICTS)}, not {verdict!r}"
    elif verdict == "approve" and batch is None and label is None:
        wrong = "approved videos are found within a batch (--batch) or by a label (--label) only"
    if wrong:
        raise CommandError(wrong, Exit.WRONG_USE)


async def _find(deployment: "Deployment", query: "Query", batch_id: str | None) -> "AsyncIterator[Finding]":
    from reelsift.batches.lookup import batch_named
    from reelsift.queries.findings import find, find_in_batch

    if batch_id is None:
        return find(deployment, query)
    return find_in_batch(deployment, await batch_named(deployment, batch_id), query)


async def _first(findings: "AsyncIterator[Finding]", limit: int | None) -> "AsyncIterator[Finding]":
    number = 0
    async for finding in findings:
        yield finding
        number += 1
        if number == limit:
            return


async def _print_csv(findings: "AsyncIterator[Finding]") -> None:
    from reelsift.reports.completion_report import csv_text

    sys.stdout.write(csv_text([_COLUMNS]))
    async for finding in findings:
        sys.stdout.write(csv_text([tuple(_members(finding).values())]))


async def _print_table(findings: "AsyncIterator[Finding]", limit: int, query: "Query") -> None:
    rows = [finding async for finding in _first(findings, limit + 1)]
    if not rows:
        say(f"no video found{_hint(query)}")
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    table.add_column("verdict", no_wrap=True)
    table.add_column("label", max_width=24, no_wrap=True, overflow="ellipsis")
    table.add_column("peak %", justify="right", no_wrap=True)
    table.add_column("at", justify="right", no_wrap=True)
    table.add_column("video", no_wrap=True)
    for finding in rows[:limit]:
        table.add_row(
            Text(finding.verdict or "-", style="red" if finding.verdict == "reject" else ""),
            Text(printable(finding.label or "-")),
            "-" if finding.peak_confidence is None else f"{finding.peak_confidence:.1f}",
            "-" if finding.peak_ms is None else wording.clock(finding.peak_ms),
            Text(printable(finding.video)),
        )
    screen(unbroken=True).print(table)
    if len(rows) > limit:
        say(f"there are more than these {limit}: --limit, --csv or --json show them")


def _hint(query: "Query") -> str:
    """The label as Rekognition writes it, where the user wrote it with other capitals: the index tells them apart."""
    from reelsift.domain import taxonomy

    if query.label is None:
        return ""
    known = {name for tree in (taxonomy.V6, taxonomy.V7) for path in taxonomy.paths(tree) for name in path}
    if query.label in known:
        return ""
    meant = sorted(name for name in known if name.casefold() == query.label.casefold())
    return f"; did you mean {' or '.join(repr(name) for name in meant)}?" if meant else ""


def _members(finding: "Finding") -> dict[str, object]:
    return {
        "video": finding.video,
        "video_id": finding.video_id,
        "verdict": finding.verdict,
        "label": finding.label,
        "peak_confidence": finding.peak_confidence,
        "peak_ms": finding.peak_ms,
        "time": None if finding.at_ms is None else datetime.fromtimestamp(finding.at_ms / 1000, UTC).isoformat(),
    }
