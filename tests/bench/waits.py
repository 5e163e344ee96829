"""How long after a job's end its result could be read and its alert was sent: read off the cloud's request log."""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import unquote_plus

Step = Mapping[str, Any]
"""A request of the cloud's request log."""

LATE_S = 1.0
"""A wait that is worth asking why."""

SLOWEST = 3
LOGGED = 200
"""Waits that are told, and requests of each."""

_KEY = re.compile(r"videos/\d{6}\.mp4")


def published(steps: Iterable[Step], topic_arn: str) -> dict[str, float]:
    """When the first message about each video went out on a topic, by the video's key."""
    times: dict[str, float] = {}
    for step in _done(steps, "Publish"):
        body = unquote_plus(step["body"])
        found = _KEY.search(body)
        if found and topic_arn in body:
            times.setdefault(found[0], step["answered_at"])
    return times


def settled(steps: Iterable[Step], keys: Mapping[str, str]) -> dict[str, float]:
    """When each job of reelsift was written SETTLED: from then on result, verdict and labels can be read and stay.

    `keys` are the objects' keys by video id.
    """
    times: dict[str, float] = {}
    for request, at in _state_writes(steps, "SETTLED"):
        times.setdefault(keys[request["Key"]["video_id"]["S"]], at)
    return times


def closed(steps: Iterable[Step]) -> int:
    """How many jobs of reelsift were written CLOSED."""
    return len({request["Key"]["video_id"]["S"] for request, _ in _state_writes(steps, "CLOSED")})


def put(steps: Iterable[Step], table: str) -> dict[str, float]:
    """When the last item about each video was put into a table."""
    times: dict[str, float] = {}
    for step in _done(steps, "PutItem", "BatchWriteItem"):
        request = json.loads(step["body"])
        items = [request["Item"]] if "Item" in request else _batch(request, table)
        for item in items:
            times[item["video"]["S"]] = step["answered_at"]
    return times


def deleted(steps: Iterable[Step]) -> int:
    """How many messages were deleted."""
    return sum(1 for _ in _done(steps, "DeleteMessage"))


def percentile(values: Iterable[float], part: float) -> float:
    """The nearest rank: of 100 values p99 is the second largest. Raises ValueError where there are none."""
    ranked = sorted(values)
    if not ranked:
        raise ValueError("nothing was measured")
    return ranked[min(len(ranked) - 1, math.ceil(part * len(ranked)) - 1)]


def summary(ended: Mapping[str, float], told: Mapping[str, float]) -> dict[str, float]:
    """Seconds from each end to what was told of it, of the videos of which anything was told."""
    waits = [told[key] - at for key, at in ended.items() if key in told]
    figures: dict[str, Callable[[], float]] = {
        "p50": lambda: percentile(waits, 0.5),
        "p99": lambda: percentile(waits, 0.99),
        "max": lambda: max(waits),
    }
    return {"videos": len(waits)} | {name: round(value(), 3) for name, value in figures.items() if waits}


def slowest(ended: Mapping[str, float], told: Mapping[str, float], steps: Iterable[Step]) -> list[dict[str, Any]]:
    """The longest waits of a second and more, each with what the log has between the job's end and what was told."""
    late = sorted(((told[key] - at, key) for key, at in ended.items() if key in told and told[key] - at >= LATE_S))
    log = list(steps) if late else []
    return [
        {
            "video": key,
            "seconds": round(wait_s, 3),
            "log": [
                f"{step['asked_at'] - ended[key]:+.2f} s {step['operation']} {step['status']}"
                for step in log
                if ended[key] - 1 <= step["asked_at"] <= told[key]
            ][:LOGGED],
        }
        for wait_s, key in reversed(late[-SLOWEST:])
    ]


def _state_writes(steps: Iterable[Step], state: str) -> Iterable[tuple[Any, float]]:
    """Writes of a state of reelsift's jobs, alone or in a transaction."""
    for step in _done(steps, "UpdateItem", "TransactWriteItems"):
        if f'"{state}"' not in step["body"]:
            continue
        request = json.loads(step["body"])
        writes = [item.get("Update", {}) for item in request.get("TransactItems", [])] or [request]
        for write in writes:
            if write.get("ExpressionAttributeValues", {}).get(":state") == {"S": state}:
                yield write, step["answered_at"]


def _batch(request: Any, table: str) -> list[Any]:
    return [put["PutRequest"]["Item"] for put in request["RequestItems"].get(table, [])]


def _done(steps: Iterable[Step], *operations: str) -> Iterable[Step]:
    return (step for step in steps if step["operation"] in operations and step["status"] == 200)
