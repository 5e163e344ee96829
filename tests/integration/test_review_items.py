"""What a worker asks people, from the policy to the tables."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from support.world import ALERTING, BUCKET, CLEAN, World, eventually

pytestmark = pytest.mark.process

EVERYTHING_IS_LOOKED_AT = "{default: {review: 50}, audit_approvals: 100 %, second_opinions: 100 %, due_hours: 0.0001}"


def open_items(world: World, key: str) -> dict[str, dict[str, Any]]:
    """The open items of a video by their parts."""
    ids = {row["video_id"] for row in world.videos() if row["key"] == key}
    return {
        row["part"]: row
        for row in world.rows("reviews")
        if row["video_id"] in ids and row["part"].startswith("item#") and "closed_ms" not in row
    }


def metrics(world: World) -> set[str]:
    """The names of what workers have measured."""
    told = world.client("cloudwatch").list_metrics(Namespace="Reelsift")["Metrics"]
    return {metric["MetricName"] for metric in told}


def test_a_worker_asks_people_what_the_policy_says_and_takes_it_back(worlds: Callable[..., World]) -> None:
    world = worlds()
    world.worker(policy_document=EVERYTHING_IS_LOOKED_AT)
    world.put_video("a.mp4", answer=ALERTING)
    world.send_video("a.mp4")
    eventually(lambda: list(open_items(world, "a.mp4")) == ["item#verdict"], "a person is asked")
    # The answer of another analysis of the same content shows nothing.
    world.client("s3").put_object(Bucket=BUCKET, Key="a.mp4.content_moderation.json", Body=json.dumps(CLEAN))
    world.send_video("a.mp4", again=True)
    eventually(lambda: list(open_items(world, "a.mp4")) == ["item#sample"], "what is approved is looked at")
    (item,) = open_items(world, "a.mp4").values()
    assert item["probability"] == 1
    (secret,) = world.rows("secrets")
    assert len(bytes.fromhex(secret["value"])) == 32
    world.env["REELSIFT_UNDO_S"] = "0"
    decided = world.reelsift("decide", f"s3://{BUCKET}/a.mp4", "approve")
    assert decided.returncode == 0, decided.stderr
    # A worker counts what is past due, and draws, when it starts and every few minutes from then on.
    world.worker(policy_document=EVERYTHING_IS_LOOKED_AT, metrics_interval_s="2")
    eventually(lambda: list(open_items(world, "a.mp4")) == ["item#second_opinion"], "another person is asked")
    eventually(lambda: "ItemsPastDue" in metrics(world), "what is past due is told")
