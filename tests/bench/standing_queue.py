"""A queue in which a hundred thousand messages stand."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from bench.loaded_world import alive, key_of, line_of, loaded_world
from bench.measured import cpu_s, peak_mb
from bench.resident import Resident

QUOTA = 100
JOB_S = 1.0

VIDEO_EVERY = 200
"""One line in so many names a video that is there. The others end sooner: the cloud could not analyse as many."""

MISSING_EVERY = 20

WARM_S = 60.0
"""Until then a worker still loads what it needs for the first time."""

LATE_S = 6.0
LATE_SHARE = 0.01

SAMPLE_S = 2
"""Between two looks at how far the queue is."""


def measure(messages: int, minutes: float) -> dict[str, Any]:
    """Work on the queue until it is empty, for at most so many minutes."""
    with loaded_world(quota=QUOTA, job_seconds=JOB_S) as world:
        videos = -(-messages // VIDEO_EVERY)
        world.put_videos(videos)
        began = time.perf_counter()
        world.push(_lines(messages))
        sent_s = time.perf_counter() - began
        world.cloud.add_fault("delay", service="s3", operation="HeadObject", probability=LATE_SHARE, seconds=LATE_S)
        worker = world.worker(pause_failed_percent="100")
        started, began = time.time(), time.perf_counter()
        with Resident(worker.pid) as memory:
            progress = [(0.0, 0)]
            while progress[-1][1] < messages and progress[-1][0] < minutes * 60:
                # A worker that ends is noticed at once, and not at the next sample.
                with suppress(subprocess.TimeoutExpired):
                    worker.wait(SAMPLE_S)
                alive(worker)
                progress.append((time.perf_counter() - began, world.ended()))
                if not len(progress) % 10:
                    sys.stderr.write(f"{progress[-1][1]} of {messages} lines ended\n")
            return {
                "what": "messages standing in the queue",
                "messages": messages,
                "sent_s": round(sent_s, 1),
                "seconds": round(progress[-1][0], 1),
                "ended": progress[-1][1],
                "analysed": world.cloud.summary()["started"],
                "lines_a_second": _rates(progress),
                "resident_mb": _minutes(memory),
                "peak_mb": peak_mb(worker.pid),
                "growth_mb_a_minute": memory.slope_mb_per_minute(after_s=WARM_S),
                "cpu_s": round(cpu_s(worker.pid), 1),
                **world.longest_stall(started + WARM_S),
                "intake": world.cloud.deliveries("reelsift-intake"),
                "completion": world.cloud.deliveries("reelsift-completion"),
                "peak_open": world.cloud.summary()["peak_open"],
            }


def _lines(messages: int) -> Iterator[str]:
    for number in range(messages):
        if number % VIDEO_EVERY == 0:
            yield line_of(number // VIDEO_EVERY)
        elif number % MISSING_EVERY == 0:
            yield line_of(number + messages)
        else:
            yield json.dumps({"bucket": "somebody-elses", "key": key_of(number)})


def _rates(progress: list[tuple[float, int]]) -> dict[str, float]:
    """Lines that ended in a second: of the first and of the last third of the time."""
    third = max(1, len(progress) // 3)
    first, last = progress[third], progress[-third - 1]
    end = progress[-1]
    return {
        "first": round(first[1] / first[0], 1),
        "last": round((end[1] - last[1]) / (end[0] - last[0]), 1) if end[0] > last[0] else 0.0,
    }


def _minutes(memory: Resident) -> list[float]:
    """The resident memory at the end of each minute."""
    return [round(mb, 1) for _, mb in memory.samples[59::60]]
