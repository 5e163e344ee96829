"""`python -m bench processor`: what the worker takes of a processor, beside the same requests and nothing else."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import typer

from bench.figures import tell
from bench.floor.exchange import Exchange, read_exchanges
from bench.floor.recorded_worker import RECORDING
from bench.measured import cpu_s, peak_mb
from reelsift.demo.worker_process import WorkerProcess
from support.world import World

QUOTA = 40
"""Jobs open at a time: enough that the worker always has something to do."""

JOB_SECONDS = 0.05
RATE = 2_000
"""Requests a second of each operation, above what one processor makes."""

VIDEO_SECONDS = 20
CLIPS = 8
"""Pictures made; every video is another object all the same."""

WARM_UP = 60
"""Videos before the clock starts."""

SETTLE_S = 300

WAITS = {
    "REELSIFT_START_RATE": str(RATE),
    "REELSIFT_GET_RATE": str(RATE),
    "REELSIFT_METRICS_INTERVAL_S": "3600",
}
"""All else is as it is by default."""


def command(
    videos: Annotated[int, typer.Option(help="Videos in each run.")] = 400,
    runs: Annotated[int, typer.Option(help="Runs of worker and floor each; the median counts.")] = 3,
    out: Annotated[Path | None, typer.Option(help="Where the figures are appended as JSON.")] = None,
) -> None:
    """The worker's processor time a video with instant jobs, and the floor of bare aiobotocore under it (7 minutes)."""
    tell(_figures(videos, runs), out)


def _figures(videos: int, runs: int) -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        recording = Path(folder) / "recording.jsonl"
        exchanges = _recorded(Path(folder), recording, videos)
        at_once = _at_once(exchanges)
        delay_s = sum(one.ended - one.began for one in exchanges) / len(exchanges)
        yield {
            "what": "requests a video",
            "videos": videos,
            "all": round(len(exchanges) / videos, 2),
            "in_flight": at_once,
            "ms_a_request": round(delay_s * 1000, 1),
            **{name: round(count / videos, 2) for name, count in _operations(exchanges).most_common()},
        }
        workers: list[dict[str, Any]] = []
        floors: list[dict[str, Any]] = []
        for _ in range(runs):
            workers.append(_worker(Path(folder), videos))
            yield workers[-1]
            for in_company in (False, True):
                floors.append(_floor(recording, at_once, delay_s, videos, in_company=in_company))
                yield floors[-1]
        worker_ms = median(figure["cpu_ms_a_video"] for figure in workers)
        alone_ms, in_company_ms = (
            median(figure["cpu_ms_a_video"] for figure in floors if figure["in_company"] is in_company)
            for in_company in (False, True)
        )
        yield {
            "what": "worker over floor",
            "ratio": round(worker_ms / alone_ms, 3),
            "ratio_in_company": round(worker_ms / in_company_ms, 3),
            "worker_ms_a_video": worker_ms,
            "floor_ms_a_video": alone_ms,
            "floor_in_company_ms_a_video": in_company_ms,
            "videos_a_second_a_core": round(1000 / worker_ms, 1),
        }


def _recorded(folder: Path, recording: Path, videos: int) -> list[Exchange]:
    """Run a worker that writes its requests down, and keep those of the videos after the first ones."""

    def launch(command: list[str], *, env: dict[str, str], **options: Any) -> "subprocess.Popen[Any]":
        env = _with_tests(env) | {RECORDING: str(recording)}
        return subprocess.Popen([sys.executable, "-m", "bench.floor.recorded_worker", *command[4:]], env=env, **options)

    world = _world(folder, videos)
    try:
        with WorkerProcess(world.env, folder, launch=launch):
            _send(world, 0, WARM_UP)
            began = time.time()
            _send(world, WARM_UP, videos)
            ended = time.time()
    finally:
        world.close()
    exchanges = [one for one in read_exchanges(recording) if one.worked and began <= one.began and one.ended <= ended]
    recording.write_text("".join(exchange.line() + "\n" for exchange in exchanges), encoding="utf-8")
    return exchanges


def _worker(folder: Path, videos: int) -> dict[str, Any]:
    world = _world(folder, videos)
    try:
        with WorkerProcess(world.env, folder) as worker:
            _send(world, 0, WARM_UP)
            cpu, began = cpu_s(worker.pid), time.perf_counter()
            _send(world, WARM_UP, videos)
            cpu, seconds = cpu_s(worker.pid) - cpu, time.perf_counter() - began
            return {
                "what": "worker",
                "videos": videos,
                "cpu_ms_a_video": round(cpu * 1000 / videos, 2),
                "busy": round(cpu / seconds, 2),
                "videos_a_second": round(videos / seconds, 1),
                "peak_mb": peak_mb(worker.pid),
            }
    finally:
        world.close()


def _floor(recording: Path, at_once: int, delay_s: float, videos: int, *, in_company: bool) -> dict[str, Any]:
    """The same requests at the worker's pace, alone on the machine or in company like the cloud's."""
    env = _with_tests({name: value for name, value in os.environ.items() if not name.startswith("AWS_")})
    server = subprocess.Popen(
        [sys.executable, "-m", "bench.floor.replay_server", str(recording), str(delay_s)],
        env=env,
        stdout=subprocess.PIPE,
        text=True,
    )
    processes: list[subprocess.Popen[Any]] = [server]
    if in_company:
        processes.append(subprocess.Popen([sys.executable, "-m", "bench.floor.company", str(recording)], env=env))
    try:
        assert server.stdout is not None
        env |= {
            "AWS_ENDPOINT_URL": server.stdout.readline().strip(),
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        command = [sys.executable, "-m", "bench.floor.bare_client", str(recording), str(at_once)]
        taken = json.loads(subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout)
    finally:
        for process in processes:
            process.terminate()
            process.wait()
        if server.stdout is not None:
            server.stdout.close()
    return {
        "what": "floor",
        "in_company": in_company,
        "videos": videos,
        "cpu_ms_a_video": round(taken["cpu_s"] * 1000 / videos, 2),
        "busy": round(taken["cpu_s"] / taken["seconds"], 2),
        "cpu_us_a_request": round(taken["cpu_s"] * 1e6 / taken["requests"], 1),
    }


def _world(folder: Path, videos: int) -> World:
    world = World(
        folder,
        subprocess.Popen,
        waits=WAITS,
        quota=QUOTA,
        start_rate=RATE,
        get_rate=RATE,
        job_seconds=JOB_SECONDS,
    )
    for number in range(WARM_UP + videos):
        world.put_video(f"videos/{number:06d}.mp4", VIDEO_SECONDS, seed=number % CLIPS)
    return world


def _send(world: World, first: int, videos: int) -> None:
    """Send the lines of so many videos, and wait until all of them have ended."""
    bodies = [
        json.dumps({"bucket": "reelsift-videos", "key": f"videos/{number:06d}.mp4"})
        for number in range(first, first + videos)
    ]
    world.send(*bodies)
    world.settle(first + videos, SETTLE_S)


def _operations(exchanges: list[Exchange]) -> Counter[str]:
    return Counter(f"{exchange.service}.{exchange.operation}" for exchange in exchanges)


def _at_once(exchanges: list[Exchange]) -> int:
    """Requests under way at a time, on average."""
    span = max(one.ended for one in exchanges) - min(one.began for one in exchanges)
    return max(1, round(sum(one.ended - one.began for one in exchanges) / span))


def _with_tests(env: dict[str, str]) -> dict[str, str]:
    tests = str(Path(__file__).parents[1])
    return env | {"PYTHONPATH": os.pathsep.join(filter(None, [tests, env.get("PYTHONPATH")]))}
