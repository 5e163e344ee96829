"""The status of a video and its revisions, for people and for programs."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from reelsift.cli.terminal import printable
from reelsift.domain.status_told import revision_members, status_members, tombstone_members
from reelsift.reports import wording

if TYPE_CHECKING:
    from reelsift.domain.decision import Decision
    from reelsift.domain.opinion import Opinion
    from reelsift.domain.status import VideoStatus
    from reelsift.queries.video_history import VideoHistory

_WAITS = {
    "unforeseen": "not rejected without a person: the policy was made before its model or label was known",
    "braked": "not rejected without a person: as many as may be were within that hour",
}
"""Why a video waits that a machine would have rejected."""

_RESTRICTIONS = {"demote": "not recommended", "demonetise": "earns no money"}


def told_status(row: "VideoStatus | None") -> str:
    """What may be done with a video, in words: the status, its restriction, since when, by whom and why."""
    told = None if row is None else status_members(row)
    if told is None:
        return "none" if row is None else printable(_told_tombstone(row))
    since = f"since {wording.moment(told['at_ms'])}, revision {told['revision']}"
    reasons = ", ".join(_reason(reason) for reason in told["reasons"])
    decisions = wording.count(told["decisions"], "decision")
    if told["decisions"]:
        decisions += f", number {told['standing']} stands" if told["standing"] else ", none stands"
    waits = _WAITS.get(told.get("rejecting", ""), "")
    parts = [_stated(told), since, _made(told), decisions if told["decisions"] else "", waits, reasons]
    return printable("; ".join(part for part in parts if part))


def _told_tombstone(row: "VideoStatus") -> str:
    """The status of a video without revisions: none, or that which it kept when it was forgotten."""
    left = tombstone_members(row)
    if left is None:
        return "none"
    forgotten = "forgotten" if row.video is None else "since when and why was forgotten"
    if left["status"] is None:
        return forgotten
    status = f"{_stated(left)} by decision {left['standing']}"
    return f"{forgotten}; {status}" if row.video is None else f"{status}; {forgotten}"


def told_context(row: "VideoStatus | None") -> str:
    """What the line that asked last brought along, in words; empty where it brought nothing."""
    context = {} if row is None or row.context is None else row.context
    return printable(", ".join(f"{wording.short(name)} {wording.short(text)}" for name, text in context.items()))


def show_history(console: Console, contents: "Sequence[VideoHistory]") -> None:
    """A table of revisions for each content. Names come from outside: nothing of them is read as rich's markup."""
    for number, content in enumerate(contents):
        if number:
            console.print()
        video = content.row.video
        name = "forgotten" if video is None else f"{wording.shown(video.uri)}  ETag {wording.shown(video.etag)}"
        console.print(Text(f"{name}  video id {content.row.video_id}", style="bold"))
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
        for column in ("revision", "time", "status", "by"):
            table.add_column(column, justify="right" if column == "revision" else "left")
        for revision in content.revisions:
            members = revision_members(revision)
            made = Text(printable(_made(members)))
            table.add_row(str(revision.number), wording.moment(revision.at_ms), Text(printable(_stated(members))), made)
        console.print(table)
        if content.decisions:
            console.print(_decisions(content.decisions))
        if content.opinions:
            console.print(_opinions(content.opinions))


def print_history(contents: "Iterable[VideoHistory]") -> None:
    """A JSON object a line for each revision, one for each decision (`decided`) and one for each second opinion
    (`opined`), which have their record, its digest and what can be forgotten of it. Times are epoch milliseconds.
    """
    for content in contents:
        video = content.row.video
        of_what = {
            "video_id": content.row.video_id,
            "bucket": None if video is None else video.bucket,
            "key": None if video is None else video.key,
            "etag": None if video is None else video.etag,
        }
        for revision in content.revisions:
            typer.echo(json.dumps(of_what | revision_members(revision)))
        for decision in content.decisions:
            typer.echo(json.dumps(of_what | {"decided": _whole(decision)}))
        for opinion in content.opinions:
            typer.echo(json.dumps(of_what | {"opined": _whole(opinion)}))


def broken_chains(contents: "Iterable[VideoHistory]") -> list[str]:
    """A sentence for each content whose decisions are not what was decided."""
    return [
        f"decisions of {content.row.video_id} are not what was decided: number {content.broken_at}, or one before it,"
        " was changed or taken away"
        for content in contents
        if content.broken_at is not None
    ]


def _whole(said: "Decision | Opinion") -> dict[str, Any]:
    private = None if said.private is None else said.private.members()
    return said.record() | {"digest": said.digest, "private": private}


def _opinions(opinions: "Iterable[Opinion]") -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    for column in ("opinion on", "time", "what", "by", "reasons", "note"):
        table.add_column(column, justify="right" if column == "opinion on" else "left")
    for opinion in opinions:
        note = "forgotten" if opinion.private is None else opinion.private.note or ""
        table.add_row(
            str(opinion.decision),
            wording.moment(opinion.at_ms),
            Text(f"{opinion.action}, {'agrees' if opinion.agrees else 'does not agree'}"),
            Text(printable(opinion.by)),
            Text(", ".join(reason.code for reason in opinion.reasons)),
            Text(printable(note)),
        )
    return table


def _decisions(decisions: "Iterable[Decision]") -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    for column in ("decision", "time", "what", "by", "reasons", "note"):
        table.add_column(column, justify="right" if column == "decision" else "left")
    for decision in decisions:
        what = str(decision.action)
        if decision.withdraws is not None:
            what += f" {decision.withdraws}"
        if decision.appeal is not None:
            what += f" appeal {decision.appeal}"
        note = "forgotten" if decision.private is None else decision.private.note or ""
        table.add_row(
            str(decision.number),
            wording.moment(decision.at_ms),
            Text(printable(what)),
            Text(printable(decision.by)),
            Text(", ".join(reason.code for reason in decision.reasons)),
            Text(printable(note)),
        )
    return table


def _stated(told: Mapping[str, Any]) -> str:
    """The status, and how it restricts."""
    restriction = told.get("restriction", {})
    parts = [words for member, words in _RESTRICTIONS.items() if restriction.get(member)]
    if "age" in restriction:
        parts.append(f"from {restriction['age']} years")
    if "warning_label" in restriction:
        parts.append(f"warning {restriction['warning_label']!r}")
    if "territories" in restriction:
        parts.append(f"in {', '.join(restriction['territories'])}")
    return f"{told['status']} ({', '.join(parts)})" if parts else str(told["status"])


def _made(told: Mapping[str, Any]) -> str:
    """Who made a revision, and by what."""
    by = told["by"]
    who = f"policy {by['digest']}" if by["kind"] == "policy" else str(by["pseudonym"])
    decision = f" {told['decision']}" if "decision" in told else ""
    return f"{told['cause']}{decision} of {who}"


def _reason(reason: Mapping[str, Any]) -> str:
    said = str(reason.get("code") or reason.get("label"))
    return said if "confidence" not in reason else f"{said} {wording.confidence(reason['confidence'])}"
