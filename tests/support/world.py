"""A deployment in an embedded cloud of its own, its workers as processes, and its books read from outside."""

import json
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import boto3
from boto3.dynamodb.types import TypeDeserializer
from botocore.config import Config

from reelsift.local import clips
from reelsift.local.process import CloudProcess
from reelsift.local.provision import Provisioner
from reelsift.local.worker_process import WorkerProcess

BUCKET = "reelsift-videos"

QUICK = {
    "REELSIFT_RECEIVE_WAIT_S": "1",
    "REELSIFT_INTAKE_WAIT_S": "1",
    "REELSIFT_VISIBILITY_S": "4",
    "REELSIFT_HEARTBEAT_S": "1",
    "REELSIFT_RESERVATION_S": "6",
    "REELSIFT_SLOT_POLL_S": "0.2",
    "REELSIFT_RECONCILE_S": "0.5",
    "REELSIFT_LOOK_STARTING_S": "2",
    "REELSIFT_LOOK_RUNNING_S": "4",
    "REELSIFT_LOOK_COLLECTING_S": "2",
    "REELSIFT_LOOK_SETTLED_S": "2",
    "REELSIFT_LOOK_WAITING_S": "2",
    "REELSIFT_RETRY_DELAY_S": "0",
    "REELSIFT_START_RATE": "50",
    "REELSIFT_GET_RATE": "100",
    "REELSIFT_METRICS_INTERVAL_S": "1",
    "REELSIFT_DRAIN_S": "20",
}
"""Waits short enough for a test, in the proportions that the settings demand."""

ALERTING = {
    "JobStatus": "SUCCEEDED",
    "ModerationModelVersion": "7.0",
    "ModerationLabels": [
        {
            "Timestamp": at,
            "ModerationLabel": {"Name": name, "ParentName": parent, "Confidence": confidence, "TaxonomyLevel": level},
        }
        for at, confidence in ((500, 91.25), (1000, 98.5), (1500, 88.0))
        for name, parent, level in (("Explicit", "", 1), ("Explicit Nudity", "Explicit", 2))
    ],
}
"""A recorded answer whose peak, 98.5, is above the alert threshold and whose mean is not."""

CLEAN = ALERTING | {"ModerationLabels": []}

_Value = TypeVar("_Value")
_deserializer = TypeDeserializer()


def eventually(probe: Callable[[], _Value], what: str, seconds: float = 45) -> _Value:
    """The first true value of `probe`, asked again and again; fails the test where none comes in time."""
    deadline = time.monotonic() + seconds
    pause = 0.02
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds} s still not so: {what}; last seen: {value!r}")
        # The cloud has two cores like everybody: who asks all the time slows down what is waited for.
        pause = min(0.4, pause * 1.5)
        time.sleep(pause)


class World:
    """What a test sees and does. Reads are the cloud's and the tables' own, never a worker's word."""

    def __init__(self, folder: Path, *, versioned: bool = True, **knobs: float) -> None:
        self.folder = folder
        self.cloud = CloudProcess(**{"start_rate": 100, "get_rate": 200, "job_seconds": 0.3, **knobs})
        self.cloud.start()
        self._workers: list[WorkerProcess] = []
        settings = Provisioner(self.cloud.url).provision(BUCKET, versioned=versioned)
        self.env = self.cloud.env | settings | QUICK | {"REELSIFT_QUOTA": str(int(knobs.get("quota", 20)))}
        self._clients: dict[str, Any] = {}
        self.alert_queue = self._subscribe_alerts(settings["REELSIFT_ALERTS_TOPIC_ARN"])

    def close(self) -> None:
        for worker in self._workers:
            worker.stop(25)
        self.cloud.stop()

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = boto3.client(  # type: ignore[call-overload]
                service,
                endpoint_url=self.cloud.url,
                region_name="us-east-1",
                aws_access_key_id="testing",
                aws_secret_access_key="testing",
                config=Config(retries={"mode": "standard", "total_max_attempts": 5}),
            )
        return self._clients[service]

    # What a user has and does

    def put_video(self, key: str, seconds: float = 2, *, seed: int = 0, answer: Any = None) -> str:
        """Upload a real clip, and beside it the answer that Rekognition is to give; returns the ETag."""
        s3 = self.client("s3")
        if answer is not None:
            s3.put_object(Bucket=BUCKET, Key=f"{key}.content_moderation.json", Body=json.dumps(answer))
        stored = s3.put_object(Bucket=BUCKET, Key=key, Body=clips.clip(seconds, seed=seed))
        etag: str = stored["ETag"].strip('"')
        return etag

    def send(self, *bodies: str, queue: str = "intake") -> list[str]:
        """Push messages; returns their ids."""
        url = self.queue_url(queue)
        ids: list[str] = []
        for start in range(0, len(bodies), 10):
            entries = [{"Id": str(index), "MessageBody": body} for index, body in enumerate(bodies[start : start + 10])]
            answer = self.client("sqs").send_message_batch(QueueUrl=url, Entries=entries)
            ids += [sent["MessageId"] for sent in sorted(answer["Successful"], key=lambda sent: int(sent["Id"]))]
        return ids

    def send_video(self, key: str, **members: Any) -> str:
        return self.send(json.dumps({"bucket": BUCKET, "key": key, **members}))[0]

    def worker(self, **settings: str) -> WorkerProcess:
        """Start a worker; `settings` are REELSIFT_ variables without the prefix."""
        env = self.env | {f"REELSIFT_{name.upper()}": value for name, value in settings.items()}
        worker = WorkerProcess(env, self.folder).start()
        self._workers.append(worker)
        return worker

    # What can be seen from outside

    def rows(self, table: str) -> list[dict[str, Any]]:
        pages = self.client("dynamodb").get_paginator("scan").paginate(TableName=f"reelsift-{table}")
        return [
            {name: _deserializer.deserialize(value) for name, value in item.items()}
            for page in pages
            for item in page["Items"]
        ]

    def jobs(self) -> list[dict[str, Any]]:
        return self.rows("jobs")

    def outcomes(self) -> list[dict[str, Any]]:
        return [row for row in self.rows("outcomes") if "status" in row]

    def waiters(self) -> list[dict[str, Any]]:
        return [row for row in self.rows("outcomes") if row["batch"].startswith("waiters##")]

    def counts(self) -> Counter[str]:
        """Sums over all chunks of all batches."""
        sums: Counter[str] = Counter()
        for row in self.rows("batches"):
            for name in ("succeeded", "failed", "skipped", "billed_ms"):
                sums[name] += int(row.get(name, 0))
        return sums

    def ended(self) -> int:
        """How many lines the chunks have counted."""
        counts = self.counts()
        return counts["succeeded"] + counts["failed"] + counts["skipped"]

    def open_jobs(self) -> int:
        answer = self.client("dynamodb").query(
            TableName="reelsift-jobs",
            IndexName="open",
            KeyConditionExpression="#open = :job",
            ExpressionAttributeNames={"#open": "open"},
            ExpressionAttributeValues={":job": {"S": "job"}},
            Select="COUNT",
        )
        return int(answer["Count"])

    def held_slots(self) -> list[dict[str, Any]]:
        return [row for row in self.rows("slots") if "holder" in row]

    def alerts(self) -> list[dict[str, Any]]:
        """Every alert published so far, as its SNS envelope."""
        while True:
            answer = self.client("sqs").receive_message(QueueUrl=self.alert_queue, MaxNumberOfMessages=10)
            messages = answer.get("Messages", [])
            if not messages:
                return self._alerts
            for message in messages:
                self._alerts.append(json.loads(message["Body"]))
                self.client("sqs").delete_message(QueueUrl=self.alert_queue, ReceiptHandle=message["ReceiptHandle"])

    def dead_letters(self, queue: str = "intake") -> list[dict[str, Any]]:
        url = self.queue_url(f"{queue}-dead")
        found: dict[str, dict[str, Any]] = {}
        while True:
            answer = self.client("sqs").receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=5, MessageAttributeNames=["All"]
            )
            if not answer.get("Messages"):
                return list(found.values())
            found |= {message["MessageId"]: message for message in answer["Messages"]}

    def queue_url(self, queue: str) -> str:
        url: str = self.client("sqs").get_queue_url(QueueName=f"reelsift-{queue}")["QueueUrl"]
        return url

    def waiting_messages(self, queue: str = "intake") -> int:
        answer = self.client("sqs").get_queue_attributes(QueueUrl=self.queue_url(queue), AttributeNames=["All"])
        return sum(int(value) for name, value in answer["Attributes"].items() if name.startswith("ApproximateNumber"))

    # What a test waits for, and what must hold then

    def settle(self, lines: int, seconds: float = 60) -> None:
        """Wait until so many lines have their outcome and nothing is under way."""
        eventually(lambda: self.ended() >= lines, f"{lines} lines counted", seconds)
        eventually(lambda: self.open_jobs() == 0, "every job CLOSED", seconds)
        eventually(lambda: self.waiting_messages() == 0, "intake queue empty", seconds)

    def check_promises(self, *, lines: int, billed: int, peak: int | None = None) -> None:
        """Paid once, one outcome a line counted once, no slot held by nobody, never above the quota."""
        books = self.cloud.jobs()
        succeeded = [job for job in books if job["status"] == "SUCCEEDED"]
        assert len(succeeded) == billed, [job["job_tag"] for job in books]
        outcomes = self.outcomes()
        assert len(outcomes) == lines
        by_status = Counter(row["status"].lower() for row in outcomes)
        counts = self.counts()
        for status in ("succeeded", "failed", "skipped"):
            assert counts[status] == by_status[status], (status, counts, by_status)
        assert counts["billed_ms"] == sum(int(row["billed_ms"]) for row in outcomes)
        assert self.held_slots() == []
        assert self.waiters() == []
        if peak is not None:
            assert self.cloud.summary()["peak_open"] <= peak

    def _subscribe_alerts(self, topic_arn: str) -> str:
        self._alerts: list[dict[str, Any]] = []
        sqs = self.client("sqs")
        url: str = sqs.create_queue(QueueName="alerts-seen")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self.client("sns").subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=arn)
        return url
