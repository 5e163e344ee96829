"""The demo's page: 80 columns of plain text, in colour where a terminal has colours."""

import sys

from rich.console import Console, RenderableType
from rich.rule import Rule
from rich.text import Text

from reelsift.local.demo.command import COLUMNS


def open_page() -> Console:
    """Standard output. Names are never read as rich's markup."""
    return Console(file=sys.stdout, width=COLUMNS, highlight=False, markup=False, emoji=False)


def heading(console: Console, title: str) -> None:
    console.print()
    console.print(Rule(Text(title, style="bold"), align="left", style="dim"))


def put(console: Console, content: RenderableType) -> None:
    """Print a paragraph or a table, without the blanks that rich fills its lines with."""
    with console.capture() as capture:
        console.print(content)
    for line in capture.get().splitlines():
        text = Text.from_ansi(line)
        text.rstrip()
        console.print(text, soft_wrap=True)


def prompt(console: Console, line: str) -> None:
    """A command, as somebody would type it."""
    console.print(Text.assemble(("\n$ ", "dim"), (line, "bold")), soft_wrap=True)


def transcript(console: Console, shown: str) -> None:
    """Lines that somebody else wrote, unchanged, however long."""
    for line in shown.splitlines():
        console.print(Text(line.rstrip()), soft_wrap=True)


def bar(done: int, total: int, width: int) -> str:
    """A bar of block characters."""
    full = width * done // total if total else width
    return "█" * full + "░" * (width - full)
