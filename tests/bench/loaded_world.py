"""A cloud full of videos and a worker whose memory and event loop are watched."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from reelsift.demo.worker_process import WorkerProcess
from rekognition_cloud import clips
from support.world import BUCKET, World

UPLOADS = 4
"""At a time: more only queue up in the cloud."""

SHORT = {
    "REELSIFT_VISIBILITY_S": "4",
    "REELSIFT_HEARTBEAT_S": "1.5",
    "REELSIFT_START_RATE": "500",
    "REELSIFT_GET_RATE": "500",
    "REELSIFT_RECHECK_RUNNING_S": "36000",
    "REELSIFT_LOG_LEVEL": "warning",
}
"""The defaults, but for messages that come back after 4 s unless they are kept, and rates that hold nothing up."""

_LONG_S = 10**7

TELL_S = 15.0
"""Between two lines of progress."""


class LoadedWorld(World):
    """A deployment under load: jobs run until they are finished by the bench."""

    def __init__(self, folder: Path, *, quota: int, **knobs: float) -> None:
        self.watched = folder / "loop.jsonl"
        knobs = {"start_rate": 10_000, "get_rate": 10_000, "job_seconds": _LONG_S} | knobs
        super().__init__(folder, self._popen, deployed=None, versioned=True, waits=SHORT, quota=quota, **knobs)

    def _popen(self, command: list[str], **options: Any) -> "subprocess.Popen[Any]":
        if command[-1] == "worker":
            command = [sys.executable, "-m", "bench.watched_worker", str(self.watched)]
            tests = str(Path(__file__).parents[1])
            options["env"] = options["env"] | {"PYTHONPATH": os.pathsep.join([tests, os.environ.get("PYTHONPATH", "")])}
        return subprocess.Popen(command, **options)

    def put_videos(self, number: int) -> None:
        """So many videos: one clip under as many keys."""
        body, s3 = clips.clip(1), self.client("s3")
        with ThreadPoolExecutor(UPLOADS) as pool:
            list(pool.map(lambda key: s3.put_object(Bucket=BUCKET, Key=key, Body=body), map(key_of, range(number))))

    def push(self, bodies: Iterator[str] | list[str]) -> None:
        """Send messages to the intake queue, by tens, several at a time."""
        waiting = list(bodies)
        tens = [waiting[start : start + 10] for start in range(0, len(waiting), 10)]
        self.client("sqs")
        self.queue_url("intake")
        with ThreadPoolExecutor(UPLOADS) as pool:
            list(pool.map(lambda ten: self.send(*ten), tens))

    def loop_lines(self, since: float) -> list[dict[str, Any]]:
        """What the worker's event loop has told since then (seconds since the epoch)."""
        if not self.watched.exists():
            return []
        lines = [json.loads(line) for line in self.watched.read_text(encoding="utf-8").splitlines()]
        return [line for line in lines if line["at"] >= since]

    def longest_stall(self, since: float) -> dict[str, Any]:
        """The longest time that the worker's loop answered nobody, the most processor time it took in one go, both in
        seconds, and where it was.
        """
        lines = self.loop_lines(since)
        if not lines:
            return {}
        worst = max(lines, key=lambda line: float(line["late_s"]))
        busiest = max(float(line["busy_s"]) for line in lines)
        return {"stall_s": worst["late_s"], "busy_s": busiest, "stalled_at": worst["where"][-2:]}


@contextmanager
def loaded_world(*, quota: int, **knobs: float) -> Iterator[LoadedWorld]:
    with TemporaryDirectory() as folder:
        world = LoadedWorld(Path(folder), quota=quota, **knobs)
        try:
            yield world
        finally:
            world.close()


def key_of(number: int) -> str:
    return f"load/{number % 100:02d}/{number:06d}.mp4"


def line_of(number: int) -> str:
    return json.dumps({"bucket": BUCKET, "key": key_of(number)})


def alive(worker: WorkerProcess) -> None:
    """Raises RuntimeError with the worker's log where it has ended."""
    if worker.exit_code is not None:
        raise RuntimeError(worker.log.read_text(encoding="utf-8"))


def until(count: Callable[[], int], goal: int, what: str, worker: WorkerProcess, *, every_s: float = 1.0) -> float:
    """Wait until `count()` has reached the goal; returns the seconds that took. Raises RuntimeError where the worker
    ends. How far it is goes to standard error.
    """
    began = told = time.perf_counter()
    while (number := count()) < goal:
        alive(worker)
        if time.perf_counter() - told >= TELL_S:
            told = time.perf_counter()
            sys.stderr.write(f"{number} of {goal} {what}\n")
        time.sleep(every_s)
    return time.perf_counter() - began


def until_none(count: Callable[[], int], what: str, worker: WorkerProcess) -> float:
    """Wait until `count()` is 0; the rest as of `until`."""
    most = count()
    return until(lambda: most - count(), most, f"{what} gone", worker)
