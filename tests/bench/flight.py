"""So many jobs open at once, then all of them ended in the same moment."""

import time
from collections.abc import Iterator
from functools import partial
from typing import Any

from bench.loaded_world import LoadedWorld, line_of, loaded_world, until, until_none
from bench.measured import cpu_s, peak_mb
from bench.resident import Resident, resident_mb
from reelsift.demo.worker_process import WorkerProcess

LATE_S = 6.0
"""How long a slow answer of S3 takes: longer than a message stays hidden by itself."""

LATE_SHARE = 0.004

THROTTLED_SHARE = 0.05

REST_S = 5.0


def measure(sizes: list[int]) -> Iterator[dict[str, Any]]:
    """A cloud and a worker of its own for each number of jobs."""
    for jobs in sizes:
        with loaded_world(quota=jobs) as world:
            world.put_videos(jobs)
            world.push([line_of(number) for number in range(jobs)])
            worker = world.worker()
            with Resident(worker.pid) as memory:
                yield _open(world, worker, jobs)
                yield _burst(world, worker, memory, jobs)


def _open(world: LoadedWorld, worker: WorkerProcess, jobs: int) -> dict[str, Any]:
    """Start them all, under throttles and slow answers."""
    _disturb(world, ("s3", "HeadObject"))
    world.cloud.add_fault(
        "throttle", service="rekognition", operation="StartContentModeration", probability=THROTTLED_SHARE
    )
    open_jobs = partial(_open_jobs, world)
    warm_s = until(open_jobs, 1, "jobs open", worker, every_s=0.2)
    began = time.time() + 1  # the line of this second still tells of the start
    seconds = warm_s + until(open_jobs, jobs, "jobs open", worker)
    world.cloud.clear_faults()
    # The last Starts have been accepted, and are not all recorded.
    until_none(world.waiting_messages, "messages", worker)
    time.sleep(REST_S)
    return {
        "what": "jobs in flight",
        "jobs": jobs,
        "started_s": round(seconds, 1),
        "resident_mb": round(resident_mb(worker.pid), 1),
        "peak_mb": peak_mb(worker.pid),
        "cpu_s": round(cpu_s(worker.pid), 1),
        "slot_reads": world.cloud.requests()["dynamodb"].get("Scan", 0),
        **world.longest_stall(began),
        "most_tasks": _most_tasks(world, began),
        "intake": world.cloud.deliveries("reelsift-intake"),
    }


def _burst(world: LoadedWorld, worker: WorkerProcess, memory: Resident, jobs: int) -> dict[str, Any]:
    """End them all at once, under slow answers."""
    _disturb(world, ("s3", "PutObject"))
    cpu_before, began = cpu_s(worker.pid), time.time()
    world.cloud.finish_jobs()
    closing = until(world.ended, jobs, "lines ended", worker)
    closing += until_none(world.open_jobs, "open jobs", worker)
    world.cloud.clear_faults()
    time.sleep(REST_S)
    return {
        "what": "completions at once",
        "jobs": jobs,
        "closed_s": round(closing, 1),
        "resident_mb": round(resident_mb(worker.pid), 1),
        "most_mb": memory.most_mb,
        "cpu_s": round(cpu_s(worker.pid) - cpu_before, 1),
        **world.longest_stall(began),
        "most_tasks": _most_tasks(world, began),
        "completion": world.cloud.deliveries("reelsift-completion"),
        "held_slots": len(world.held_slots()),
    }


def _disturb(world: LoadedWorld, *operations: tuple[str, str]) -> None:
    for service, operation in operations:
        world.cloud.add_fault("delay", service=service, operation=operation, probability=LATE_SHARE, seconds=LATE_S)


def _open_jobs(world: LoadedWorld) -> int:
    return int(world.cloud.summary()["open"])


def _most_tasks(world: LoadedWorld, since: float) -> int:
    return max((line["tasks"] for line in world.loop_lines(since)), default=0)
