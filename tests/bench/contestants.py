"""The systems that are compared: how each starts, what the cloud's request log says of it, and when it is done."""

import json
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Sequence
from math import ceil
from typing import Any

from bench import waits
from bench.peers import blog, consumer
from reelsift.demo.worker_process import WorkerProcess
from support.world import BUCKET, World, eventually

RESULTS = "contest-results"
"""The table and the topic of the peers."""


class Contestant(ABC):
    """One system in one world, which it has to itself."""

    name: str
    logged_operations: tuple[str, ...]
    """Operations that tell when it has stored a result, sent an alert, and finished."""

    @abstractmethod
    def slot_s(self, quota: int, job_s: float) -> float:
        """How long a job of `job_s` seconds keeps a place of this system busy at least: what a run's length follows."""

    @abstractmethod
    def ready(self, world: World, quota: int) -> None:
        """Make what it needs, and start what waits for work."""

    @abstractmethod
    def give(self, world: World, keys: Sequence[str], quota: int) -> None:
        """Hand over the work."""

    @abstractmethod
    def pids(self) -> list[int]:
        """Its processes so far."""

    @abstractmethod
    def finished(self, steps: Sequence[waits.Step], videos: int) -> bool:
        """Whether everything is written, once all jobs have ended."""

    @abstractmethod
    def stored(self, world: World, steps: Sequence[waits.Step]) -> dict[str, float]:
        """When the result of each video could be read, by key."""

    @abstractmethod
    def alerts_topic(self, world: World) -> str: ...

    @abstractmethod
    def stop(self) -> None:
        """End what the world does not end itself."""


class Reelsift(Contestant):
    """A fleet of workers with default settings, but for quota and rates."""

    logged_operations = ("dynamodb:UpdateItem", "dynamodb:TransactWriteItems", "sns:Publish")

    def __init__(self, workers: int, start_rate: float, get_rate: float) -> None:
        self.name = f"reelsift, {workers} {'worker' if workers == 1 else 'workers'}"
        self._count = workers
        self._rates = {"start_rate": str(start_rate), "get_rate": str(get_rate)}

    def slot_s(self, quota: int, job_s: float) -> float:  # noqa: ARG002  # theirs depends on it
        return job_s

    def ready(self, world: World, quota: int) -> None:  # noqa: ARG002  # the world's environment has it
        self._workers = [world.worker(**self._rates) for _ in range(self._count)]
        eventually(lambda: all(map(_at_work, self._workers)), "every worker at work")

    def give(self, world: World, keys: Sequence[str], quota: int) -> None:  # noqa: ARG002  # the same
        world.send(*(json.dumps({"bucket": BUCKET, "key": key}) for key in keys))

    def pids(self) -> list[int]:
        return [worker.pid for worker in self._workers]

    def finished(self, steps: Sequence[waits.Step], videos: int) -> bool:
        return waits.closed(steps) == videos

    def stored(self, world: World, steps: Sequence[waits.Step]) -> dict[str, float]:
        return waits.settled(steps, {row["video_id"]: row["key"] for row in world.jobs()})

    def alerts_topic(self, world: World) -> str:
        return str(world.env["REELSIFT_ALERTS_TOPIC_ARN"])

    def stop(self) -> None:
        """The world stops its workers."""


def _at_work(worker: WorkerProcess) -> bool:
    """Raises RuntimeError, with its log, where a worker has ended."""
    log = worker.log.read_text(encoding="utf-8")
    if worker.exit_code is not None:
        raise RuntimeError(log)
    return "worker_started" in log


class _Peer(Contestant):
    """A program of `bench.peers`, with a table and a topic of its own."""

    module: str

    def __init__(self) -> None:
        self._process: subprocess.Popen[Any] | None = None

    def ready(self, world: World, quota: int) -> None:  # noqa: ARG002  # not every peer's tables depend on it
        self._topic_arn: str = world.client("sns").create_topic(Name=RESULTS)["TopicArn"]
        world.client("dynamodb").create_table(
            TableName=RESULTS,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        )

    def pids(self) -> list[int]:
        return [] if self._process is None else [self._process.pid]

    def stored(self, world: World, steps: Sequence[waits.Step]) -> dict[str, float]:  # noqa: ARG002  # keys are in it
        return waits.put(steps, RESULTS)

    def alerts_topic(self, world: World) -> str:  # noqa: ARG002  # its own
        return self._topic_arn

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()

    def _start(self, world: World, *arguments: str) -> None:
        command = [sys.executable, "-m", self.module, *arguments]
        self._process = subprocess.Popen(command, env=world.env, stdin=subprocess.DEVNULL)


class Blog(_Peer):
    name = "blog design"
    module = "bench.peers.blog"
    logged_operations = ("dynamodb:PutItem", "sns:Publish", "cloudwatch:PutMetricData")

    def slot_s(self, quota: int, job_s: float) -> float:  # noqa: ARG002  # it looks every 5 s, whatever the quota
        return max(1, ceil(job_s / blog.POLL_S)) * blog.POLL_S

    def give(self, world: World, keys: Sequence[str], quota: int) -> None:
        manifest = world.folder / "manifest.csv"
        manifest.write_text("".join(f"{BUCKET},{key}\n" for key in keys), encoding="utf-8")
        self._start(world, str(manifest), RESULTS, self._topic_arn, str(quota))

    def finished(self, steps: Sequence[waits.Step], videos: int) -> bool:
        """Its last act for each video is a metric; while it still runs, its memory can be read."""
        return len([step for step in steps if step["operation"] == "PutMetricData"]) == videos


class Consumer(_Peer):
    name = "plain consumer"
    module = "bench.peers.consumer"
    logged_operations = ("dynamodb:BatchWriteItem", "sns:Publish", "sqs:DeleteMessage")

    def slot_s(self, quota: int, job_s: float) -> float:
        pause_s = consumer.poll_s(quota)
        return max(1, ceil(job_s / pause_s)) * pause_s

    def ready(self, world: World, quota: int) -> None:
        super().ready(world, quota)
        self._queue_url = world.client("sqs").create_queue(QueueName=RESULTS)["QueueUrl"]
        self._start(world, self._queue_url, RESULTS, self._topic_arn, str(quota))

    def give(self, world: World, keys: Sequence[str], quota: int) -> None:  # noqa: ARG002  # told at its start
        sqs = world.client("sqs")
        for start in range(0, len(keys), 10):
            entries = [
                {"Id": str(number), "MessageBody": json.dumps({"bucket": BUCKET, "key": key})}
                for number, key in enumerate(keys[start : start + 10])
            ]
            sqs.send_message_batch(QueueUrl=self._queue_url, Entries=entries)

    def finished(self, steps: Sequence[waits.Step], videos: int) -> bool:
        return waits.deleted(steps) == videos
