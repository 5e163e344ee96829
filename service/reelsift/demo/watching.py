"""The progress of a batch: redrawn in place on a terminal, a line now and then elsewhere."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from reelsift.aws.deployment import Deployment
from reelsift.demo.moment import Moment, Tables
from reelsift.demo.page import bar

_LOOK_S = 0.3
_LINE_S = 1.5
"""Between two lines of progress where nothing can be redrawn."""

_LONGEST_S = 45
_BAR = 30


class TookTooLong(Exception):
    """Not every line had its outcome in time."""


async def watch(
    console: Console, deployment: Deployment, batch_id: str, total: int, alive: Callable[[], bool]
) -> float:
    """Show the progress until every line has its outcome; the seconds that took.

    Raises TookTooLong, also where `alive` says that no worker is left who could go on.
    """
    began = time.monotonic()
    show = _redraw if console.is_terminal and not console.is_dumb_terminal else _log
    await show(console, _moments(Tables(deployment, batch_id, total), alive))
    return time.monotonic() - began


async def _moments(tables: Tables, alive: Callable[[], bool]) -> AsyncIterator[tuple[float, Moment]]:
    began = time.monotonic()
    while True:
        moment = await tables.read()
        seconds = time.monotonic() - began
        yield seconds, moment
        if moment.over:
            return
        if seconds > _LONGEST_S or not alive():
            raise TookTooLong(
                f"after {seconds:.0f} s {moment.total - moment.counts.ended} of {moment.total} lines had no outcome"
                + ("" if alive() else ", and a worker had ended")
            )
        await asyncio.sleep(_LOOK_S)


async def _redraw(console: Console, moments: AsyncIterator[tuple[float, Moment]]) -> None:
    with Live(console=console, auto_refresh=False) as live:
        async for seconds, moment in moments:
            live.update(_drawn(seconds, moment), refresh=True)


async def _log(console: Console, moments: AsyncIterator[tuple[float, Moment]]) -> None:
    due = 0.0
    async for seconds, moment in moments:
        if seconds >= due or moment.over:
            console.print(Text(f"{seconds:5.1f} s   {_open(moment)}   {_ended(moment)}"))
            due = seconds + _LINE_S


def _drawn(seconds: float, moment: Moment) -> RenderableType:
    slots = Table.grid(padding=(0, 2))
    for number in range(moment.quota):
        video = moment.held.get(number)
        slots.add_row(f"slot {number}", Text(video or "free", style="" if video else "dim"))
    words = Text(f"{bar(moment.counts.ended, moment.total, _BAR)}  {_ended(moment)}")
    return Group(slots, words, Text(f"{_open(moment)}, {seconds:.1f} s"))


def _open(moment: Moment) -> str:
    return f"{len(moment.held)} of {moment.quota} slots in use"


def _ended(moment: Moment) -> str:
    return f"{moment.counts.ended:2} of {moment.total} lines ended"
