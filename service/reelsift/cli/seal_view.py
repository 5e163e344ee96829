"""Seals, for people and for programs."""

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from reelsift.cli.terminal import printable
from reelsift.reports import wording

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reelsift.domain.seal_record import Seal


def seal_words(seal: "Seal") -> str:
    """Since when a video is sealed, for what and by whom."""
    return printable(
        f"sealed since {wording.moment(seal.sealed_ms)} for {seal.kind or 'what is not known any more'}, by decision"
        f" {seal.decision} of {seal.by or 'somebody'}"
    )


def seal_members(seal: "Seal") -> dict[str, Any]:
    """As JSON."""
    return {"video_id": seal.video_id, **seal.members()}


def print_seals(console: Console, seals: "Iterable[Seal]") -> None:
    """A row each."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    for column in ("sealed", "for", "decision", "by", "video"):
        table.add_column(column, no_wrap=True, justify="right" if column == "decision" else "left")
    for seal in seals:
        table.add_row(
            wording.moment(seal.sealed_ms), str(seal.kind or "-"), str(seal.decision), seal.by or "-", seal.video_id
        )
    console.print(table)
