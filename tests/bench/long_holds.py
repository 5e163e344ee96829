"""Every message held for longer than it stays hidden by itself, in both queues, many at a time."""

import time
from typing import Any

from bench.loaded_world import SHORT, line_of, loaded_world, until, until_none
from bench.measured import peak_mb

SLOW_S = 5.0
"""How long S3 takes for each answer: longer than the visibility of `SHORT`."""

AT_ONCE = 64


def measure(videos: int) -> dict[str, Any]:
    """So many videos with an S3 that is slow each time: `kept` says how many messages outlived their visibility."""
    with loaded_world(quota=videos) as world:
        world.put_videos(videos)
        world.push([line_of(number) for number in range(videos)])
        for operation in ("HeadObject", "PutObject"):
            world.cloud.add_fault("delay", service="s3", operation=operation, seconds=SLOW_S)
        worker = world.worker(collectors=str(AT_ONCE))
        warm_s = until(
            lambda: int(world.cloud.deliveries("reelsift-intake")["deliveries"]), 1, "received", worker, every_s=0.2
        )
        began = time.time() + 1  # the line of this second still tells of the start
        started_s = warm_s + until(lambda: int(world.cloud.summary()["open"]), videos, "jobs open", worker)
        world.cloud.finish_jobs()
        closed_s = until(world.ended, videos, "lines ended", worker)
        closed_s += until_none(world.open_jobs, "open jobs", worker)
        return {
            "what": "messages held long",
            "videos": videos,
            "visibility_s": int(SHORT["REELSIFT_VISIBILITY_S"]),
            "slow_s": SLOW_S,
            "started_s": round(started_s, 1),
            "closed_s": round(closed_s, 1),
            "peak_mb": peak_mb(worker.pid),
            **world.longest_stall(began),
            "intake": world.cloud.deliveries("reelsift-intake"),
            "completion": world.cloud.deliveries("reelsift-completion"),
        }
