"""`reelsift search`: videos by what they show, by their verdict, or by their status."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.left_out import tell_left_out
from reelsift.cli.option_kinds import decimal, moment, whole
from reelsift.cli.session import on_deployment
from reelsift.cli.terminal import printable, say, screen, write_out
from reelsift.domain.read_words import MOST_WORDS
from reelsift.reports import wording

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from reelsift.aws.deployment import Deployment
    from reelsift.domain.policy import Verdict
    from reelsift.domain.status import Status
    from reelsift.queries.findings import NothingFound, Query
    from reelsift.queries.found_video import FoundVideo

TABLE_ROWS = 50
"""Videos that the table shows unless --limit says otherwise; CSV and JSON have all."""

_NEAREST = 3
"""Labels that are named first where one is mistyped."""

_VERDICTS = ("review", "reject", "incomplete", "approve")
_COLUMNS = (
    *("video", "video_id", "verdict", "label", "peak_confidence", "peak_ms", "time"),
    *("celebrity_id", "words_left_out", "status"),
)


def search(
    label: Annotated[str | None, typer.Option(metavar="LABEL", help="Videos that show this label.")] = None,
    text: Annotated[
        str | None, typer.Option(metavar="WORDS", help="Videos with a text that has all of these words in it.")
    ] = None,
    celebrity: Annotated[
        str | None, typer.Option(metavar="NAME", help="Videos that show this celebrity, by name or Rekognition's Id.")
    ] = None,
    cue: Annotated[
        str | None, typer.Option(metavar="CUE", help="Videos with this kind of shot or cue, such as BlackFrames.")
    ] = None,
    min_confidence: Annotated[
        float,
        typer.Option(parser=decimal(0, 100), metavar="C", help="At this confidence (0-100) or above at its peak."),
    ] = 0,
    verdict: Annotated[
        str | None, typer.Option(metavar="VERDICT", help="Videos with this verdict: review, reject or incomplete.")
    ] = None,
    status: Annotated[
        str | None,
        typer.Option(metavar="STATUS", help="Videos with this status: in_review, rejected, restricted or failed."),
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
    """Find videos by what they show, the most confident first, or by verdict or status, the newest first; all that
    is given must hold.

    Labels are written as they are shown. Words, names and cues are found however they are written: capitals, accents
    and wide letters make no difference. Of each video the 200 words that are read longest can be found.

    Within a batch videos come in no order, and `--verdict approve` and `--status approved` are possible too.
    """
    from reelsift.batches.lookup import batch_id_of
    from reelsift.queries.findings import Query, find, why_nothing

    if as_csv and as_json:
        raise CommandError("--csv and --json exclude each other", Exit.WRONG_USE)
    asked = Query(
        label=label,
        text=text,
        celebrity=celebrity,
        cue=cue,
        min_confidence=min_confidence,
        verdict=_parse_verdict(verdict),
        status=_parse_status(status),
        since_ms=since or 0,
        batch_id=batch,
    )

    async def work(deployment: "Deployment") -> None:
        query = asked if batch is None else replace(asked, batch_id=await batch_id_of(deployment.batches, batch))
        findings = find(deployment, query)
        if as_csv:
            found = await _print_csv(_first(findings, limit))
        elif as_json:
            found = await _print_json(_first(findings, limit))
        else:
            found = await _print_table(findings, limit or TABLE_ROWS)
        tell_left_out(deployment)
        if not found and not deployment.reviews.unreadable.count:
            say(_nothing(query, await why_nothing(deployment, query)))

    on_deployment(work)


def _parse_verdict(text: str | None) -> "Verdict | None":
    from reelsift.domain.policy import Verdict

    if text is not None and text not in _VERDICTS:
        raise CommandError(f"--verdict is one of {', '.join(_VERDICTS)}, not {text!r}", Exit.WRONG_USE)
    return None if text is None else Verdict(text)


def _parse_status(text: str | None) -> "Status | None":
    from reelsift.domain.status import Status

    if text is not None and text not in set(Status):
        raise CommandError(f"--status is one of {', '.join(Status)}, not {text!r}", Exit.WRONG_USE)
    return None if text is None else Status(text)


async def _first(findings: "AsyncIterator[FoundVideo]", limit: int | None) -> "AsyncIterator[FoundVideo]":
    number = 0
    async for finding in findings:
        yield finding
        number += 1
        if number == limit:
            return


async def _print_csv(findings: "AsyncIterator[FoundVideo]") -> int:
    from reelsift.reports.completion_report import csv_text

    write_out(csv_text([_COLUMNS]))
    found = 0
    async for finding in findings:
        write_out(csv_text([tuple(_members(finding).values())]))
        found += 1
    return found


async def _print_json(findings: "AsyncIterator[FoundVideo]") -> int:
    found = 0
    async for finding in findings:
        typer.echo(json.dumps(_members(finding)))
        found += 1
    return found


async def _print_table(findings: "AsyncIterator[FoundVideo]", limit: int) -> int:
    rows = [finding async for finding in _first(findings, limit + 1)]
    if not rows:
        return 0
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    table.add_column("verdict", no_wrap=True)
    table.add_column("status", no_wrap=True)
    table.add_column("label", max_width=24, no_wrap=True, overflow="ellipsis")
    table.add_column("peak %", justify="right", no_wrap=True)
    table.add_column("at", justify="right", no_wrap=True)
    table.add_column("video", no_wrap=True)
    for finding in rows[:limit]:
        table.add_row(
            Text(finding.verdict or "-", style="red" if finding.verdict == "reject" else ""),
            Text(finding.status or "-", style="red" if finding.status == "rejected" else ""),
            Text(printable(_shown(finding))),
            "-" if finding.peak_confidence is None else f"{finding.peak_confidence:.1f}",
            "-" if finding.peak_ms is None else wording.clock(finding.peak_ms),
            Text(printable(finding.video)),
        )
    screen(unbroken=True).print(table)
    if len(rows) > limit:
        say(f"there are more than these {limit}: --limit, --csv or --json show them")
    if any(finding.words_left_out for finding in rows[:limit]):
        say(f"some of these videos show more words than are found: of each the {MOST_WORDS} that are read longest are")
    return len(rows)


def _shown(finding: "FoundVideo") -> str:
    label = finding.label or "-"
    return label if finding.celebrity_id is None else f"{label} ({finding.celebrity_id})"


def _nothing(query: "Query", why: "NothingFound") -> str:
    """That nothing was found, and whether there was anything to find it in."""
    if why.labels:
        nearest, others = ", ".join(why.labels[:_NEAREST]), ", ".join(why.labels[_NEAREST:])
        return (
            f"no video found: no moderation label is called {query.label!r}, nor was a label of that name found in a"
            f" video\nthe nearest: {nearest}\nthe others: {others}"
        )
    where = f"in {query.batch_id}" if query.batch_id is not None else "in the newest batches"
    if not why.analysed:
        return f"no video found: nothing was analysed {where} yet; `reelsift status` shows what is under way"
    looked = f"{wording.count(why.analysed, 'line')} {where} {'was' if why.analysed == 1 else 'were'} analysed"
    if query.shown is None:
        return f"no video found: {looked}, none {_judged(query)}{' in that time' if query.since_ms else ''}"
    _, sought = query.shown
    if why.best_confidence is None:
        return f"no video found: {looked}, and no video shows {printable(sought)}{_words_known(query, why)}"
    of_what = "the longest of these words" if query.text is not None and " " in query.text else printable(sought)
    return (
        f"no video found: {looked}; {of_what} is found with {wording.confidence(why.best_confidence)} at the most, but"
        f" not with all that is asked for{_words_known(query, why)}"
    )


def _judged(query: "Query") -> str:
    """What no video was found with."""
    named = [name for name, asked in (("verdict", query.verdict), ("status", query.status)) if asked is not None]
    return f"with this {' and '.join(named)}"


def _words_known(query: "Query", why: "NothingFound") -> str:
    """What to know of a search for words that finds nothing."""
    if query.text is None:
        return ""
    if why.not_indexed:
        return "; videos are not found by texts any more, since REELSIFT_TEXT_INDEX is false"
    return f"; of each video the {MOST_WORDS} words that are read longest can be found"


def _members(finding: "FoundVideo") -> dict[str, object]:
    return {
        "video": finding.video,
        "video_id": finding.video_id,
        "verdict": finding.verdict,
        "label": finding.label,
        "peak_confidence": finding.peak_confidence,
        "peak_ms": finding.peak_ms,
        "time": None if finding.at_ms is None else datetime.fromtimestamp(finding.at_ms / 1000, UTC).isoformat(),
        "celebrity_id": finding.celebrity_id,
        "words_left_out": finding.words_left_out,
        "status": finding.status,
    }
