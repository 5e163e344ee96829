"""What a deployment has to show: its tables, queues, topics and the cloud's own books, read from outside."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer
from botocore.config import Config

from rekognition_cloud.process import CloudProcess
from support.eventually import eventually
from support.patience import PATIENCE_S

_deserializer = TypeDeserializer()

_ALERTS_SEEN = "alerts-seen"


def subscribe_alerts(client: Callable[[str], Any], deployment: str, topic_arn: str) -> None:
    """Have every alert of the topic come to a queue of the test's own. `client` makes one of boto3."""
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=f"{deployment}-{_ALERTS_SEEN}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    client("sns").subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=arn)


class Books:
    """Reads are the cloud's and the tables' own, never a worker's word."""

    def __init__(self, cloud: CloudProcess, deployment: str, alerts_topic_arn: str | None) -> None:
        """From here on every alert of the topic comes to a queue of the test's own; None where it does already."""
        self.cloud = cloud
        self.deployment = deployment
        self._clients: dict[str, Any] = {}
        self._alerts: list[dict[str, Any]] = []
        if alerts_topic_arn is not None:
            subscribe_alerts(self.client, deployment, alerts_topic_arn)
        self.alert_queue = self.queue_url(_ALERTS_SEEN)

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

    def videos(self) -> list[dict[str, Any]]:
        """What is known of each video as a whole."""
        return [row for row in self.rows("reviews") if row["part"] == "status"]

    def rows(self, table: str, **members: str) -> list[dict[str, Any]]:
        """The rows of a table, of which all these members are so."""
        only: dict[str, Any] = {}
        if members:
            only["FilterExpression"] = " AND ".join(f"#{name} = :{name}" for name in members)
            only["ExpressionAttributeNames"] = {f"#{name}": name for name in members}
            only["ExpressionAttributeValues"] = {f":{name}": {"S": value} for name, value in members.items()}
        pages = self.client("dynamodb").get_paginator("scan").paginate(TableName=f"{self.deployment}-{table}", **only)
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
            TableName=f"{self.deployment}-jobs",
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
        url: str = self.client("sqs").get_queue_url(QueueName=f"{self.deployment}-{queue}")["QueueUrl"]
        return url

    def waiting_messages(self, queue: str = "intake") -> int:
        answer = self.client("sqs").get_queue_attributes(QueueUrl=self.queue_url(queue), AttributeNames=["All"])
        return sum(int(value) for name, value in answer["Attributes"].items() if name.startswith("ApproximateNumber"))

    # What a test waits for, and what must hold then

    def settle(self, lines: int, seconds: float = PATIENCE_S) -> None:
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
