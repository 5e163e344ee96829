"""`reelsift search`: videos by what they show, or by their verdict."""

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.option_kinds import decimal, moment, whole
from reelsift.cli.session import on_deployment
from reelsift.cli.terminal import printable, say, screen
from reelsift.reports import wording

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from reelsift.aws.deployment import Deployment
    from reelsift.domain.policy import Verdict
    from reelsift.queries.findings import FoundVideo, Query

TABLE_ROWS = 50
"""Videos that the table shows unless --limit says otherwise; CSV and JSON have all."""

_VERDICTS = ("review", "reject", "approve")
_COLUMNS = ("video", "video_id", "verdict", "label", "peak_confidence", "peak_ms", "time")


def search(
    label: Annotated[str | None, typer.Option(metavar="LABEL", help="Videos that show this label.")] = None,
    min_confidence: Annotated[
        float,
        typer.Option(parser=decimal(0, 100), metavar="C", help="At this confidence (0-100) or above at its peak."),
    ] = 0,
    verdict: Annotated[
        str | None, typer.Option(metavar="VERDICT", help="Videos with this verdict: review or reject.")
    ] = None,
    batch: Annotated[str | None, typer.Option(metavar="BATCH", help="Only videos of this batch.")] = None,
    since: Annotated[
        int | None,
        typer.Option(parser=moment, help="Only results since this day or time, in ISO 8601, UTC.", metavar="TIME"),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(parser=whole(1, of="videos"), metavar="N", help="At most so many.")
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, with a header.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object a line.")] = False,
) -> None:
    """Find videos by a label, the most confident first, or by verdict, the newest first; both must hold if given.

    Within a batch they come in no order, and `--verdict approve` is possible too.
    """
    from reelsift.queries.findings import Query, find

    if as_csv and as_json:
        raise CommandError("--csv and --json exclude each other", Exit.WRONG_USE)
    query = Query(
        label=label,
        min_confidence=min_confidence,
        verdict=_parse_verdict(verdict),
        since_ms=since or 0,
        batch_id=batch,
    )

    async def work(deployment: "Deployment") -> None:
        findings = find(deployment, query)
        if as_csv:
            await _print_csv(_first(findings, limit))
        elif as_json:
            async for finding in _first(findings, limit):
                typer.echo(json.dumps(_members(finding)))
        else:
            await _print_table(findings, limit or TABLE_ROWS, query)

    on_deployment(work)


def _parse_verdict(text: str | None) -> "Verdict | None":
    from reelsift.domain.policy import Verdict

    if text is not None and text not in _VERDICTS:
        raise CommandError(f"--verdict is one of {', '.join(_VERDICTS)}, not {text!r}", Exit.WRONG_USE)
    return None if text is None else Verdict(text)


async def _first(findings: "AsyncIterator[FoundVideo]", limit: int | None) -> "AsyncIterator[FoundVideo]":
    number = 0
    async for finding in findings:
        yield finding
        number += 1
        if number == limit:
            return


async def _print_csv(findings: "AsyncIterator[FoundVideo]") -> None:
    from reelsift.reports.completion_report import csv_text

    sys.stdout.write(csv_text([_COLUMNS]))
    async for finding in findings:
        sys.stdout.write(csv_text([tuple(_members(finding).values())]))


async def _print_table(findings: "AsyncIterator[FoundVideo]", limit: int, query: "Query") -> None:
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
    """The label as Rekognition writes it, where the user wrote it with other capitals."""
    from reelsift.queries.findings import spelled_otherwise

    meant = spelled_otherwise(query.label) if query.label is not None else []
    return f"; did you mean {' or '.join(repr(name) for name in meant)}?" if meant else ""


def _members(finding: "FoundVideo") -> dict[str, object]:
    return {
        "video": finding.video,
        "video_id": finding.video_id,
        "verdict": finding.verdict,
        "label": finding.label,
        "peak_confidence": finding.peak_confidence,
        "peak_ms": finding.peak_ms,
        "time": None if finding.at_ms is None else datetime.fromtimestamp(finding.at_ms / 1000, UTC).isoformat(),
    }
