"""What a video costs in capacity units: counted by the cloud, as DynamoDB counts."""

from collections import Counter
from collections.abc import Callable

import pytest

from support.world import CLEAN, World

pytestmark = pytest.mark.process

VIDEOS = 4


def test_a_clean_video_takes_few_write_units(worlds: Callable[..., World]) -> None:
    """A job's row stays below one kilobyte once its Start's input is not needed any more: with it, from RUNNING on each
    write would be two units, in the table and in its index.
    """
    world = worlds(waits={}, job_seconds=1)
    for number in range(VIDEOS):
        world.put_video(f"v{number}.mp4", seed=number, answer=CLEAN)
    world.cloud.turn_meter()
    world.worker()
    for number in range(VIDEOS):
        world.send_video(f"v{number}.mp4")
    world.settle(VIDEOS)
    kept = [row for row in world.jobs() if "start_input" in row]
    units: Counter[str] = Counter()
    for entry in world.cloud.meter():
        if entry["unit"] == "write unit":
            units[entry["resource"].removeprefix("reelsift-")] += entry["amount"] / VIDEOS
    # 7, 8 and 5 where every step is done once. A worker that is slow looks once more: one unit, and two in the index.
    assert units["jobs"] <= 7 + 1
    assert units["jobs/open"] <= 8 + 2
    # Two more where a line is the first of its day in its chunk: it is refused until the chunk has a row.
    assert units["outcomes"] <= 5 + 1 + 2
    # Verdict, status and its event are one update, another takes the event away, and one lets the key name its content.
    # An approved video is in no index.
    assert (units["reviews"], units["reviews/flagged"], units["reviews/by_status"]) == (3, 0, 0)
    assert kept == []
