"""`python -m chaos`: breaks fleets on purpose, a seed at a time, and holds the promises against the cloud's ledger."""

import re
import tempfile
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from chaos.cast import Cast
from chaos.schedule import Schedule
from chaos.stage import Verdict, play
from chaos.stories import Stories
from support.forks import Forks

_SHOWN = 10
"""Violations of one promise that are printed."""

_SEEDS = re.compile(r"(\d+)(?:-(\d+))?")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def chaos(
    seeds: Annotated[str, typer.Option(help="Seeds: 1-20, or 3,7,12-14.")] = "1-20",
    videos: Annotated[int, typer.Option(min=1, help="Videos of each seed.")] = 500,
    workers: Annotated[int | None, typer.Option(min=1, help="Workers; 2 to 6, as the seed says, unless given.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for logs; a temporary one unless given.")] = None,
    *,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the logs of seeds that went well, too.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what each seed does, and do nothing.")] = False,
) -> None:
    """Break fleets of workers by seed: kill, stop and skew them, break and lose what AWS says; then check that each
    line has its outcome, each video was paid once and nothing is left over. Exit code 1 where a promise was broken.
    """
    folder = out or Path(tempfile.mkdtemp(prefix="reelsift-chaos-"))
    failed: list[Verdict] = []
    with Forks() as forks:
        for seed in _numbers(seeds):
            schedule = Schedule.of(seed, videos, workers)
            typer.echo(str(schedule))
            typer.echo(str(Stories.of(seed, Cast.of(seed, videos).subjects, schedule.seconds)))
            if dry_run:
                continue
            verdict = play(schedule, forks.popen, folder / f"seed-{seed}", keep=keep)
            typer.echo(str(verdict))
            if verdict.violations:
                failed.append(verdict)
                _tell(verdict, workers)
    if failed:
        typer.echo(f"\nbroken by seeds {', '.join(str(verdict.schedule.seed) for verdict in failed)}")
        raise typer.Exit(1)


def _numbers(text: str) -> list[int]:
    numbers: list[int] = []
    for part in text.split(","):
        match = _SEEDS.fullmatch(part.strip())
        if match is None:
            raise typer.BadParameter(f"{part!r} is no seed; write 1-20 or 3,7,12-14")
        first, last = match[1], match[2] or match[1]
        numbers += range(int(first), int(last) + 1)
    return numbers


def _tell(verdict: Verdict, workers: int | None) -> None:
    shown: Counter[str] = Counter()
    for violation in verdict.violations:
        shown[violation.promise] += 1
        if shown[violation.promise] <= _SHOWN:
            typer.echo(f"  {violation}")
    for promise, count in shown.items():
        if count > _SHOWN:
            typer.echo(f"  {promise}: {count - _SHOWN} more")
    again = f"--seeds {verdict.schedule.seed} --videos {verdict.schedule.videos}"
    again += f" --workers {workers}" if workers else ""
    typer.echo(f"  logs: {verdict.folder}\n  again: make chaos CHAOS_ARGS='{again}'")


app()
