"""`python -m bench contest`: reelsift against what a user would otherwise run: same videos, quota and job times."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from bench import waits
from bench.contestants import Blog, Consumer, Contestant, Reelsift
from bench.figures import tell
from bench.measured import cpu_s, peak_mb
from bench.neighbour import START, Neighbour
from bench.slot_time import Span, best_possible, makespan, supplied, utilisation
from rekognition_cloud import clips
from support.world import ALERTING, BUCKET, CLEAN, World, eventually

FASTER = (50.0, 100.0)
"""Start and Get requests a second where AWS's own rates would hide how slots are used."""

BY_THE_CLOUD = (8.0, 40.0)
"""As many Starts as the local cloud bears while it answers for as many that end: a burst would only queue up in it."""

REAL = (5.0, 20.0)
"""What AWS allows by default."""

MEAN_LENGTH_S = 4.0

LENGTHS = (2.5, 4.5, 3.5, 5.5, 3.0, 5.0, 4.0, 4.0)
"""Seconds of the videos in turn. Jobs take the same part of it, from 0.63 to 1.38 of their mean: if all
took as long as each other, they would end in one moment, and a poll that fits would seem to see it at once.
"""

ALERTS_EVERY = 5
"""Of so many videos one has a label above the alert threshold."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One setting in which all contestants are measured, each in a cloud of its own."""

    name: str
    quota: int
    job_s: float
    """In the mean; see LENGTHS."""
    measure_s: float
    """About how long the jobs of a run take."""
    contestants: Sequence[str] = ("reelsift-1", "reelsift-4", "blog", "consumer")
    rates: tuple[float, float] = FASTER
    neighbour: tuple[float | None, float] | None = None
    """Of a second application that takes half of the quota: seconds there and away, None for always there."""
    together: bool = False
    """So few videos a second that all its contestants may run at the same time."""

    @property
    def free(self) -> int:
        """Places that a second application does not take."""
        return self.quota // 2 if self.neighbour else self.quota


CELLS = (
    Cell("5-1s", 5, 1, 90),
    Cell("20-5s", 20, 5, 90),
    Cell("100-30s", 100, 30, 120, rates=BY_THE_CLOUD),
    Cell("20-60s", 20, 60, 240, together=True),
    Cell("20-5s-real-rates", 20, 5, 90, contestants=("reelsift-1", "reelsift-4"), rates=REAL),
    Cell("20-5s-half", 20, 5, 120, contestants=("reelsift-1", "reelsift-4"), neighbour=(None, 0)),
    Cell("20-5s-comes-and-goes", 20, 5, 120, contestants=("reelsift-1", "reelsift-4"), neighbour=(20, 20)),
)

QUICK = Cell("quick", 5, 1, 8)

_MAKERS: dict[str, Callable[[Cell], Contestant]] = {
    "reelsift-1": lambda cell: Reelsift(1, *cell.rates),
    "reelsift-4": lambda cell: Reelsift(4, *cell.rates),
    "blog": lambda _: Blog(),
    "consumer": lambda _: Consumer(),
}


def command(
    cells: Annotated[str, typer.Option(help="Which, separated by commas: " + ", ".join(c.name for c in CELLS))] = "",
    contestants: Annotated[str, typer.Option(help="Which, separated by commas: " + ", ".join(_MAKERS))] = "",
    quick: Annotated[bool, typer.Option(help="One small cell, to try it: a minute.")] = False,  # noqa: FBT002
    videos: Annotated[int | None, typer.Option(help="About so many a run, instead of what takes minutes.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where the figures are appended as JSON.")] = None,
) -> None:
    """Quota utilisation, completion to result and to alert, processor, memory and requests: reelsift, AWS's blog design
    and a plain consumer.
    """
    chosen = (QUICK,) if quick else tuple(cell for cell in CELLS if not cells or cell.name in cells.split(","))
    names = contestants.split(",") if contestants else list(_MAKERS)
    tell(_figures(chosen, names, videos), out)


def _figures(cells: Sequence[Cell], names: Sequence[str], videos: int | None) -> Iterator[dict[str, Any]]:
    for cell in cells:
        for group in _groups(cell, [name for name in cell.contestants if name in names]):
            sys.stderr.write(f"{time.strftime('%H:%M:%S')} {cell.name}: {', '.join(group)}\n")
            with ThreadPoolExecutor(len(group)) as pool:
                yield from pool.map(lambda name, cell=cell: run(cell, name, videos), group)


def _groups(cell: Cell, names: Sequence[str]) -> list[list[str]]:
    """What runs at the same time: all of a cell that leaves the machine idle; else reelsift alone, and its peers, whose
    waits are those of their polling.
    """
    if cell.together:
        return [list(names)] if names else []
    alone = [[name] for name in names if name.startswith("reelsift")]
    peers = [name for name in names if not name.startswith("reelsift")]
    return [*alone, peers] if peers else alone


def run(cell: Cell, name: str, videos: int | None = None) -> dict[str, Any]:
    """One contestant in one cell, with about so many videos."""
    contestant = _MAKERS[name](cell)
    slot_s = contestant.slot_s(cell.quota, cell.job_s)
    if videos is not None:
        cell = replace(cell, measure_s=slot_s * videos / cell.free)
    rounds = max(3, round(cell.measure_s / slot_s))
    keys = [f"videos/{number:06d}.mp4" for number in range(rounds * cell.free)]
    with tempfile.TemporaryDirectory() as folder:
        world = World(
            Path(folder),
            subprocess.Popen,
            waits={},
            quota=cell.quota,
            start_rate=cell.rates[0] if cell.rates == REAL else 2 * cell.rates[0],
            get_rate=cell.rates[1] if cell.rates == REAL else 2 * cell.rates[1],
        )
        try:
            world.cloud.knobs(job_seconds=None, job_factor=cell.job_s / MEAN_LENGTH_S)
            _stage(world, keys)
            contestant.ready(world, cell.quota)
            return _measured(cell, contestant, world, keys)
        finally:
            contestant.stop()
            world.close()


def _stage(world: World, keys: Sequence[str]) -> None:
    """A clip under every key, and beside it the answer that Rekognition is to give."""
    s3 = world.client("s3")
    bodies = [clips.clip(seconds) for seconds in LENGTHS]
    alerting, clean = (json.dumps(answer).encode() for answer in (ALERTING, CLEAN))

    def put(number: int) -> None:
        answer = clean if number % ALERTS_EVERY else alerting
        s3.put_object(Bucket=BUCKET, Key=f"{keys[number]}.content_moderation.json", Body=answer)
        s3.put_object(Bucket=BUCKET, Key=keys[number], Body=bodies[number % len(LENGTHS)])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, range(len(keys))))


def _measured(cell: Cell, contestant: Contestant, world: World, keys: Sequence[str]) -> dict[str, Any]:
    with _neighbour(cell, world):
        before = sum(cpu_s(pid) for pid in contestant.pids())
        world.cloud.log_requests(*contestant.logged_operations)
        world.cloud.clear_requests()
        contestant.give(world, keys, cell.quota)
        steps, memory = _watched(cell, contestant, world, len(keys))
        used = sum(cpu_s(pid) for pid in contestant.pids()) - before
        requests = world.cloud.requests()
    videos = len(keys)
    jobs = world.cloud.jobs()
    ours = [job for job in jobs if job["operation"] != START]
    ended = {job["key"]: job["ended_at"] for job in ours}
    stored = contestant.stored(world, steps)
    return {
        "what": "contest",
        "cell": cell.name,
        "system": contestant.name,
        "quota": cell.quota,
        "job_s": cell.job_s,
        "rates": cell.rates,
        "videos": videos,
        "started": len(ours),
        **_use(cell, ours, [job for job in jobs if job["operation"] == START]),
        "to_result_s": waits.summary(ended, stored),
        "slowest": waits.slowest(ended, stored, steps),
        "to_alert_s": waits.summary(ended, waits.published(steps, contestant.alerts_topic(world))),
        "cpu_ms_a_video": round(1000 * used / videos, 1),
        "peak_mb": round(memory, 1),
        "refused": world.cloud.summary()["refusals"],
        "requests_a_video": {
            service: round(sum(number for name, number in counts.items() if name != START) / videos, 2)
            for service, counts in requests.items()
        },
    }


@contextmanager
def _neighbour(cell: Cell, world: World) -> Iterator[None]:
    """The second application, where the cell has one, from before the work is handed over until all is done."""
    if cell.neighbour is None:
        yield
        return
    there_s, away_s = cell.neighbour
    neighbour = Neighbour(world, cell.quota // 2, video_s=MEAN_LENGTH_S, there_s=there_s, away_s=away_s)
    neighbour.start()
    try:
        yield
    finally:
        neighbour.stop()


def _use(cell: Cell, ours: Sequence[Any], theirs: Sequence[Any]) -> dict[str, Any]:
    """What was used of the quota, all told and while there was more work than places; `_of_left`: of what a second
    application left.
    """
    jobs, others = _spans(ours), _spans(theirs)
    whole = makespan(jobs)
    parts: dict[str, Any] = {"makespan_s": round(whole.end - whole.start, 2)}
    for name, span in (("utilisation", whole), ("while_supplied", supplied(jobs, cell.free))):
        of_all, of_left = utilisation(jobs, cell.quota, span, others)
        parts[name] = round(of_all, 4)
        if others:
            parts[f"{name}_of_left"] = round(of_left, 4)
    if not others:
        times = [job.end - job.start for job in sorted(jobs, key=lambda job: job.start)]
        parts["best_possible"] = round(best_possible(times, cell.quota, cell.rates[0]), 4)
    return parts


def _spans(jobs: Sequence[Any]) -> list[Span]:
    return [Span(job["started_at"], job["ended_at"]) for job in jobs]


def _watched(cell: Cell, contestant: Contestant, world: World, videos: int) -> tuple[Sequence[waits.Step], float]:
    """Wait until all is done: the request log, and the most memory of the contestant's processes, in MB."""
    seconds = 10 * cell.measure_s + 60
    memory: dict[int, float] = {}

    def ended() -> bool:
        for pid in contestant.pids():
            # A process that ends just now has no memory any more.
            with suppress(ValueError):
                memory[pid] = peak_mb(pid)
        if world.cloud.summary()["succeeded"] < videos:
            return False
        ours = [job for job in world.cloud.jobs() if job["operation"] != START]
        return len(ours) == videos and all(job["status"] == "SUCCEEDED" for job in ours)

    def written() -> Sequence[waits.Step] | None:
        steps = world.cloud.request_log()
        return steps if contestant.finished(steps, videos) else None

    eventually(ended, f"{videos} jobs of {contestant.name} ended", seconds)
    found = eventually(written, f"{contestant.name} has written everything")
    assert found is not None
    return found, sum(memory.values())
