"""What is known of one video, for people and for programs: `show` and `inspect` print the same."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from reelsift.cli import timeline
from reelsift.domain.dataset import AnalysisStatus, DatasetHead
from reelsift.domain.result import strongest
from reelsift.reports.wording import count, short, shown

SEGMENTS_SHOWN = 100
"""Segments in the table, more than anybody reads: an equal share of each analysis. The JSON has all of them."""

SEGMENTS_DRAWN = 40_000
"""Segments that are drawn, about 30 MB. Six hours of video in which everything is seen have more."""


def print_dataset(dataset: Iterable[bytes]) -> None:
    """Print a video's dataset as it comes, piece by piece."""
    for piece in dataset:
        typer.echo(piece, nl=False)
    typer.echo()


def show_video(
    console: Console,
    head: DatasetHead,
    results: Sequence[Iterable[Mapping[str, Any]]],
    *,
    alerts_known: bool = True,
) -> None:
    """The timeline of all analyses, their strongest segments, and the verdict. `results` are the segments of each as
    `domain.result.segment_members` has them. Names come from outside: nothing of them is read as rich's markup.
    """
    drawn, undrawn = strongest(chain.from_iterable(results), SEGMENTS_DRAWN)
    alerts = frozenset((peak["analysis"], peak["label"]) for peak in head.alerts)
    if drawn:
        console.print(timeline.draw(drawn, head.duration_ms, alerts, console.width))
        console.print()
        segments, others = strongest(drawn, SEGMENTS_SHOWN)
        console.print(_table(segments, alerts, title=_name(head)))
        if others + undrawn:
            console.print(Text(f"and {count(others + undrawn, 'segment')} more, less confident: --json has them all"))
    else:
        console.print(Text(f"{_name(head)}: nothing was detected"))
    console.print(Text(f"verdict: {_verdict(head)}"))
    if head.reasons:
        console.print(Text(f"reasons: {_labels(head.reasons)}"))
    console.print(Text(f"alerts:  {_labels(head.alerts) if alerts_known else 'not known'}"))


def _name(head: DatasetHead) -> str:
    return shown(head.video.uri) if head.video is not None else ", ".join(head.analyses)


def _table(segments: Iterable[Mapping[str, Any]], alerts: frozenset[tuple[str, str]], *, title: str) -> Table:
    table = Table(title=Text(title), title_justify="left")
    for column in ("start", "end", "label"):
        table.add_column(column, justify="left" if column == "label" else "right")
    for column in ("max %", "mean %", "peak", "samples"):
        table.add_column(column, justify="right")
    for segment in segments:
        table.add_row(
            _seconds(segment["start_ms"]),
            _seconds(segment["end_ms"]),
            Text(_path(segment)),
            f"{segment['max_confidence']:.2f}",
            f"{segment['mean_confidence']:.2f}",
            _seconds(segment["peak_ms"]),
            str(segment["samples"]),
            style="bold red" if (segment["analysis"], segment["label"]) in alerts else None,
        )
    return table


def _path(segment: Mapping[str, Any]) -> str:
    path = " > ".join(short(label) for label in (*segment["parents"][-1:], segment["label"]))
    identity = segment.get("details", {}).get("id")
    return path if identity is None else f"{path}, Id {short(identity)}"


def _verdict(head: DatasetHead) -> str:
    still_open = [analysis for analysis, state in head.analyses.items() if state.status is AnalysisStatus.OPEN]
    verdict = head.verdict or (f"none yet, {' and '.join(still_open)} is open" if still_open else "none")
    if head.missing:
        verdict += f", the policy needs an answer of {' and of '.join(head.missing)}"
    return verdict


def _labels(peaks: Sequence[Mapping[str, Any]]) -> str:
    """The labels; two celebrities of one name are told apart by their Ids."""
    return (
        ", ".join(
            f"{short(peak['label'])} (Id {short(peak['id'])})" if "id" in peak else short(peak["label"])
            for peak in peaks
        )
        or "none"
    )


def _seconds(ms: int) -> str:
    return f"{ms / 1000:.3f}"
