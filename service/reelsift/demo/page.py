"""The demo's page: 80 columns of plain text, in colour where a terminal has colours."""

import sys
from collections.abc import Iterable

from rich.console import Console, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from reelsift.demo.command import COLUMNS


class Page:
    """Standard output. Names are never read as rich's markup."""

    def __init__(self) -> None:
        self.console = Console(file=sys.stdout, width=COLUMNS, highlight=False, markup=False, emoji=False)

    def heading(self, title: str) -> None:
        self.console.print()
        self.console.print(Rule(Text(title, style="bold"), align="left", style="dim"))

    def put(self, content: RenderableType) -> None:
        """Print a paragraph or a table, without the blanks that rich fills its lines with."""
        with self.console.capture() as capture:
            self.console.print(content)
        for line in capture.get().splitlines():
            text = Text.from_ansi(line)
            text.rstrip()
            self.console.print(text, soft_wrap=True)

    def pairs(self, rows: Iterable[tuple[str, str]]) -> None:
        """Print names, each with what there is to say of it."""
        grid = Table.grid(padding=(0, 2))
        for name, words in rows:
            grid.add_row(name, words)
        self.put(grid)

    def prompt(self, line: str) -> None:
        """Print a command, as somebody would type it."""
        self.console.print(Text.assemble(("\n$ ", "dim"), (line, "bold")), soft_wrap=True)

    def transcript(self, shown: str) -> None:
        """Print lines that somebody else wrote, unchanged, however long."""
        for line in shown.splitlines():
            self.console.print(Text(line.rstrip()), soft_wrap=True)

    def fail(self, sentence: str) -> None:
        self.console.print(Text(f"\n{sentence}", style="bold red"))


def bar(done: int, total: int, width: int) -> str:
    """A bar of block characters."""
    full = width * done // total if total else width
    return "█" * full + "░" * (width - full)
