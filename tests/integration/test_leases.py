"""Whoever reads an answer holds it for a while only, and knows when that is over."""

import signal
from collections.abc import Callable

import pytest

from support.patience import PATIENCE_S
from support.world import ALERTING, World, eventually

pytestmark = pytest.mark.process


def stored(world: World, prefix: str) -> list[str]:
    listing = world.client("s3").list_objects_v2(Bucket="reelsift-work", Prefix=prefix)
    return [entry["Key"] for entry in listing.get("Contents", [])]


def test_a_worker_that_slept_over_an_answer_writes_nothing_after_the_other_has_settled_it(
    worlds: Callable[..., World],
) -> None:
    world = worlds(quota=2)
    world.put_video("a.mp4", answer=ALERTING)
    hold = world.cloud.add_fault("hold", service="s3", operation="PutObject", path="/raw/", times=1)
    world.send_video("a.mp4")
    # It looks for nothing overdue: before it is stopped it might itself take the answer up once more.
    sleeper = world.worker(reconcile_s="600", recheck_running_s="600")
    eventually(lambda: world.cloud.held(hold), "the raw answer on its way")
    sleeper.signal(signal.SIGSTOP)
    world.worker()
    world.settle(lines=1)
    results = stored(world, "results/")
    puts = world.cloud.requests()["s3"]["PutObject"]
    labels = world.cloud.requests()["dynamodb"]["BatchWriteItem"]
    sleeper.signal(signal.SIGCONT)
    world.cloud.release(hold)
    eventually(lambda: sleeper.stop(PATIENCE_S) == 0, "the sleeper to end what it had begun")
    assert world.cloud.requests()["s3"]["PutObject"] <= puts + 1
    assert stored(world, "results/") == results
    assert world.cloud.requests()["dynamodb"]["BatchWriteItem"] == labels
    world.check_promises(lines=1, billed=1)
