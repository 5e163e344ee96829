"""`reelsift hold` and `reelsift release`: what the whole deployment leaves undone, and goes on with."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from reelsift.cli.hold_words import held, listed
from reelsift.cli.session import on_deployment
from reelsift.cli.terminal import printable, say, screen
from reelsift.domain.hold import Kind
from reelsift.reports import wording

if TYPE_CHECKING:
    from reelsift.aws.deployment import Deployment
    from reelsift.batches.holding import Switched

ENTRIES_SHOWN = 100

Starts = Annotated[bool, typer.Option("--starts", help="New analyses; what was started runs on.")]
Events = Annotated[bool, typer.Option("--events", help="Events about the status of videos.")]
Tags = Annotated[bool, typer.Option("--tags", help="Tags of objects.")]
Note = Annotated[str, typer.Option(metavar="TEXT", help="Why, for whoever sees it; at most 1,000 characters.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print what was changed and what is held now as JSON.")]


def hold(
    starts: Starts = False,
    events: Events = False,
    tags: Tags = False,
    note: Note = "",
    log: Annotated[
        bool, typer.Option("--log", help="Hold nothing: show who has held and released what, the newest first.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Stop new analyses, events and tags of the whole deployment within 5 s, until `reelsift release`.

    Without an option all three are held. Alerts and mail are never held.
    """
    if log:
        on_deployment(lambda deployment: _log(deployment, as_json=as_json))
        return
    on_deployment(lambda deployment: _hold(deployment, _kinds(starts, events, tags), note, as_json=as_json))


def release(
    starts: Starts = False, events: Events = False, tags: Tags = False, note: Note = "", as_json: AsJson = False
) -> None:
    """Go on with what `reelsift hold` has stopped; without an option, with all of it."""
    on_deployment(lambda deployment: _release(deployment, _kinds(starts, events, tags), note, as_json=as_json))


async def _hold(deployment: "Deployment", kinds: tuple[Kind, ...], note: str, *, as_json: bool) -> None:
    from reelsift.batches import holding
    from reelsift.runtime.clock import now_ms

    switched = await holding.hold(deployment, kinds, note)
    if not switched.changed:
        say(f"{listed(kinds)} were held already")
    for kind in kinds:
        if kind in switched.holds:
            say(printable(held(switched.holds[kind], now_ms=now_ms())))
    _print(switched, as_json=as_json)


async def _log(deployment: "Deployment", *, as_json: bool) -> None:
    entries = await deployment.hold_switch.entries(ENTRIES_SHOWN)
    if as_json:
        for entry in entries:
            typer.echo(json.dumps(asdict(entry)))
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for column in ("when", "did", "kinds", "who", "note"):
        table.add_column(column, overflow="fold")
    for entry in entries:
        did = "held" if entry.held else "released"
        table.add_row(
            wording.moment(entry.at_ms), did, listed(entry.kinds), printable(entry.by), Text(printable(entry.note))
        )
    screen().print(table)


async def _release(deployment: "Deployment", kinds: tuple[Kind, ...], note: str, *, as_json: bool) -> None:
    from reelsift.batches import holding
    from reelsift.runtime.clock import now_ms

    switched = await holding.release(deployment, kinds, note)
    if switched.changed:
        say(f"{listed(switched.changed)} go on, within 5 s on every worker that runs")
    else:
        say(f"{listed(kinds)} were not held")
    for hold_left in switched.holds.values():
        say(printable(held(hold_left, now_ms=now_ms())))
    _print(switched, as_json=as_json)


def _kinds(starts: bool, events: bool, tags: bool) -> tuple[Kind, ...]:
    """Those that were named; all where none was: who is in a hurry names none."""
    named = tuple(kind for kind, wanted in zip(Kind, (starts, events, tags), strict=True) if wanted)
    return named or tuple(Kind)


def _print(switched: "Switched", *, as_json: bool) -> None:
    if as_json:
        from reelsift.queries.deployment_status import hold_members

        members = {"changed": list(switched.changed), "held": [hold_members(it) for it in switched.holds.values()]}
        typer.echo(json.dumps(members))
