"""A plain consumer of an SQS queue: what a sensible engineer writes in an afternoon, with boto3 and threads.

As many threads as the quota allows jobs. Each receives one message by a long poll of 20 s, starts the analysis with a
token made of the message, looks from time to time whether it has ended, writes all it found and one item that says
"done" in batches, publishes what is above 95 %, and deletes the message. It looks once a second, or so much more seldom
that all threads together use half of the 20 Get requests a second that an account has. The message is hidden for 15
minutes, longer than any job here. A refusal for the quota or the rate is tried again after a second, doubling to 30.
"""

import json
import random
import sys
import threading
import time
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ALERT_ABOVE = 95
WAIT_S = 20
HIDDEN_S = 900
GETS_A_SECOND = 10

_REFUSALS = {"LimitExceededException", "ThrottlingException", "ProvisionedThroughputExceededException"}
_LONGEST_PAUSE_S = 30
_BATCH = 25


def poll_s(threads: int) -> float:
    """Seconds between two looks at a job."""
    return max(1.0, threads / GETS_A_SECOND)


class Consumer:
    """One thread's work; the clients are shared."""

    def __init__(self, queue_url: str, table: str, topic_arn: str, threads: int) -> None:
        # The client that starts must not take LimitExceededException for a throttle, and wait without saying so.
        once = Config(retries={"mode": "standard", "total_max_attempts": 1}, max_pool_connections=threads)
        config = Config(retries={"mode": "standard"}, max_pool_connections=threads, read_timeout=WAIT_S + 15)
        self._starter = boto3.client("rekognition", config=once)
        self._rekognition = boto3.client("rekognition", config=config)
        self._dynamodb = boto3.client("dynamodb", config=config)
        self._sns = boto3.client("sns", config=config)
        self._sqs = boto3.client("sqs", config=config)
        self._queue_url = queue_url
        self._table = table
        self._topic_arn = topic_arn
        self._poll_s = poll_s(threads)

    def consume(self) -> None:
        """Until the process ends."""
        while True:
            received = self._sqs.receive_message(
                QueueUrl=self._queue_url, MaxNumberOfMessages=1, WaitTimeSeconds=WAIT_S, VisibilityTimeout=HIDDEN_S
            )
            for message in received.get("Messages", []):
                self._handle(json.loads(message["Body"]), message["MessageId"])
                self._sqs.delete_message(QueueUrl=self._queue_url, ReceiptHandle=message["ReceiptHandle"])

    def _handle(self, video: dict[str, str], token: str) -> None:
        job_id = self._start(video, token)
        answer: Any = {"JobStatus": "IN_PROGRESS"}
        while answer["JobStatus"] == "IN_PROGRESS":
            time.sleep(self._poll_s)
            answer = self._rekognition.get_content_moderation(JobId=job_id)
        labels = list(answer.get("ModerationLabels", []))
        while "NextToken" in answer:
            answer = self._rekognition.get_content_moderation(JobId=job_id, NextToken=answer["NextToken"])
            labels += answer["ModerationLabels"]
        self._store(video["key"], answer["JobStatus"], labels)

    def _start(self, video: dict[str, str], token: str) -> str:
        pause_s = 1.0
        while True:
            try:
                answer = self._starter.start_content_moderation(
                    Video={"S3Object": {"Bucket": video["bucket"], "Name": video["key"]}}, ClientRequestToken=token
                )
            except ClientError as refusal:
                if refusal.response["Error"]["Code"] not in _REFUSALS:
                    raise
                time.sleep(pause_s * random.uniform(0.5, 1))
                pause_s = min(_LONGEST_PAUSE_S, pause_s * 2)
            else:
                return answer["JobId"]

    def _store(self, key: str, status: str, labels: list[Any]) -> None:
        items = [_item(key, f"{number:06d}", label) for number, label in enumerate(labels)]
        items.append({"id": {"S": f"{key}#done"}, "video": {"S": key}, "status": {"S": status}})
        for start in range(0, len(items), _BATCH):
            puts: list[Any] = [{"PutRequest": {"Item": item}} for item in items[start : start + _BATCH]]
            self._dynamodb.batch_write_item(RequestItems={self._table: puts})
        strong = [label["ModerationLabel"] for label in labels if label["ModerationLabel"]["Confidence"] > ALERT_ABOVE]
        if strong:
            self._sns.publish(TopicArn=self._topic_arn, Message=json.dumps({"video": key, "labels": strong}))


def _item(key: str, number: str, label: Any) -> dict[str, Any]:
    found = label["ModerationLabel"]
    return {
        "id": {"S": f"{key}#{number}"},
        "video": {"S": key},
        "label": {"S": found["Name"]},
        "parent": {"S": found["ParentName"]},
        "confidence": {"N": str(found["Confidence"])},
        "timestamp": {"N": str(label["Timestamp"])},
    }


def run(queue_url: str, table: str, topic_arn: str, threads: int) -> None:
    consumer = Consumer(queue_url, table, topic_arn, threads)
    started = [threading.Thread(target=consumer.consume, daemon=True) for _ in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()


if __name__ == "__main__":
    run(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
