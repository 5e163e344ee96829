"""An inventory becomes messages: how fast beside a bare sender, and in how much memory."""

import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import boto3

from bench import generated_inventory
from bench.measured import Taken, cpu_s, peak_mb, run
from reelsift.demo.provision import Provisioner
from reelsift.demo.worker_process import WorkerProcess
from rekognition_cloud.process import CloudProcess

BUCKET = "reelsift-videos"

LOOK_S = 1.0
"""Between two looks at how far the worker is: each costs the cloud a query of a few rows."""

_FAR_MS = 4_000_000_000_000


def measure(sizes: Sequence[int], formats: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Each size in Parquet, the largest in the other formats too, each beside a bare sender of as many messages.

    A cloud of its own for each, since queues get slower as they fill.
    """
    for size in sorted(sizes):
        bare = _bare(size)
        yield {"what": "bare sender", "lines": size, **_rates(size, *bare)}
        for kind in formats if size == max(sizes) else ["Parquet"]:
            figure = _expanded(size, kind)
            yield figure | {"of_bare": round(bare[0].seconds / figure["seconds"], 3)}


def _bare(lines: int) -> tuple[Taken, float]:
    """What the sender took, and the processor time of the cloud meanwhile."""
    with CloudProcess() as cloud:
        settings = Provisioner(cloud.url).provision(BUCKET)
        url = _client(cloud, "sqs").get_queue_url(QueueName="reelsift-intake")["QueueUrl"]
        before = cpu_s(pid_of(cloud))
        taken = run([sys.executable, "-m", "bench.bare_sender", url, str(lines)], _env(cloud.env | settings))
        return taken, cpu_s(pid_of(cloud)) - before


def _expanded(lines: int, kind: str) -> dict[str, Any]:
    """From the worker's start, its interpreter's included, to the last line on the queue."""
    with CloudProcess() as cloud, tempfile.TemporaryDirectory() as folder:
        settings = Provisioner(cloud.url).provision(BUCKET)
        env = _env(cloud.env | settings)
        key, size = generated_inventory.upload(_client(cloud, "s3"), "reelsift-work", BUCKET, kind, lines)
        submitted = run([sys.executable, "-m", "reelsift.cli", "submit", f"s3://reelsift-work/{key}", "--yes"], env)
        _occupy_slot(cloud)
        worker_env = env | {
            "REELSIFT_QUOTA": "1",
            "REELSIFT_LINES_AHEAD": str(10**9),
            "REELSIFT_METRICS_INTERVAL_S": "3600",
            "REELSIFT_LOG_LEVEL": "warning",
        }
        before = cpu_s(pid_of(cloud))
        began = time.perf_counter()
        with WorkerProcess(worker_env, Path(folder)) as worker:
            while _sent(cloud) < lines:
                if worker.exit_code is not None:
                    raise RuntimeError(worker.log.read_text(encoding="utf-8"))
                time.sleep(LOOK_S)
            seconds = time.perf_counter() - began
            taken = Taken(round(seconds, 2), round(cpu_s(worker.pid), 2), peak_mb(worker.pid))
            cloud_cpu_s = cpu_s(pid_of(cloud)) - before
            messages = _messages(cloud)
        return {
            "what": f"inventory in {kind}",
            "lines": lines,
            **_rates(lines, taken, cloud_cpu_s),
            "messages": messages,
            "inventory_mb": round(size / 1e6, 1),
            "submit_s": submitted.seconds,
            "submit_peak_mb": round(submitted.peak_mb, 1),
        }


def _occupy_slot(cloud: CloudProcess) -> None:
    """The only slot is taken, so that nothing is received: the worker does nothing but expand."""
    _client(cloud, "dynamodb").put_item(
        TableName="reelsift-slots",
        Item={
            "slot": {"N": "0"},
            "holder": {"S": f"{'0' * 40}/content_moderation/1"},
            "held_since": {"N": str(_FAR_MS)},
        },
    )


def _sent(cloud: CloudProcess) -> int:
    """Lines whose messages the chunks' rows say are sent."""
    pages = (
        _client(cloud, "dynamodb")
        .get_paginator("query")
        .paginate(
            TableName="reelsift-batches",
            IndexName="open",
            KeyConditionExpression="#open = :open",
            ExpressionAttributeNames={"#open": "open"},
            ExpressionAttributeValues={":open": {"S": "chunk"}},
        )
    )
    return sum(int(item.get("sent", {"N": "0"})["N"]) for page in pages for item in page["Items"])


def _messages(cloud: CloudProcess) -> int:
    sqs = _client(cloud, "sqs")
    url = sqs.get_queue_url(QueueName="reelsift-intake")["QueueUrl"]
    name = "ApproximateNumberOfMessages"
    return int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name])


def pid_of(cloud: CloudProcess) -> int:
    """The process of an embedded cloud that runs."""
    assert cloud._process is not None
    return cloud._process.pid


def _rates(lines: int, taken: Taken, cloud_cpu_s: float) -> dict[str, Any]:
    return {
        "seconds": taken.seconds,
        "lines_a_second": round(lines / taken.seconds),
        "cpu_s": taken.cpu_s,
        "cloud_cpu_s": round(cloud_cpu_s, 2),
        "peak_mb": round(taken.peak_mb, 1),
    }


def _env(env: dict[str, str]) -> dict[str, str]:
    return env | {"PYTHONPATH": os.pathsep.join(filter(None, [str(Path(__file__).parents[1]), env.get("PYTHONPATH")]))}


def _client(cloud: CloudProcess, service: str) -> Any:
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=cloud.url,
        region_name="us-east-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
