"""The design of AWS's blog of 2021, "Scan Amazon S3 buckets for content moderation using S3 Batch and Amazon
Rekognition".

S3 Batch Operations reads a manifest of `bucket,key` and invokes a Lambda function for each object; the function starts
the analysis, looks every 5 s whether it has ended, reads all pages, puts an item for each detection under a random id
into a table of DynamoDB, publishes to SNS what is above 95 %, and writes a metric of CloudWatch.

Here an invocation is a thread, and there are as many as the quota allows jobs, which is what a careful user sets as the
function's reserved concurrency. Tuned in its favour: clients are kept between invocations, nobody waits for a cold
start, one message tells all of a video that is above 95 %, one metric request is sent a video. botocore's standard
retries meet a throttle or a full quota first; an invocation that is still refused then answers TemporaryFailure, and
S3 Batch invokes it again.
"""

import csv
import json
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

POLL_S = 5
ALERT_ABOVE = 95

_REFUSALS = {"LimitExceededException", "ThrottlingException", "ProvisionedThroughputExceededException"}


class Function:
    """The Lambda function, with what it keeps between invocations."""

    def __init__(self, table: str, topic_arn: str, concurrency: int) -> None:
        config = Config(retries={"mode": "standard", "total_max_attempts": 5}, max_pool_connections=concurrency)
        self._rekognition = boto3.client("rekognition", config=config)
        self._dynamodb = boto3.client("dynamodb", config=config)
        self._sns = boto3.client("sns", config=config)
        self._cloudwatch = boto3.client("cloudwatch", config=config)
        self._table = table
        self._topic_arn = topic_arn

    def handle(self, bucket: str, key: str) -> str:
        """One invocation; the result code it gives to S3 Batch."""
        try:
            job_id = self._rekognition.start_content_moderation(Video={"S3Object": {"Bucket": bucket, "Name": key}})[
                "JobId"
            ]
        except ClientError as refusal:
            if refusal.response["Error"]["Code"] in _REFUSALS:
                return "TemporaryFailure"
            raise
        answer: Any = self._rekognition.get_content_moderation(JobId=job_id)
        while answer["JobStatus"] == "IN_PROGRESS":
            time.sleep(POLL_S)
            answer = self._rekognition.get_content_moderation(JobId=job_id)
        if answer["JobStatus"] != "SUCCEEDED":
            return "PermanentFailure"
        self._store(key, self._labels(job_id, answer))
        return "Succeeded"

    def _labels(self, job_id: str, answer: Any) -> list[Any]:
        labels = list(answer["ModerationLabels"])
        while "NextToken" in answer:
            answer = self._rekognition.get_content_moderation(JobId=job_id, NextToken=answer["NextToken"])
            labels += answer["ModerationLabels"]
        return labels

    def _store(self, key: str, labels: list[Any]) -> None:
        for label in labels:
            found = label["ModerationLabel"]
            item = {
                "id": {"S": str(uuid.uuid4())},
                "video": {"S": key},
                "label": {"S": found["Name"]},
                "parent": {"S": found["ParentName"]},
                "confidence": {"N": str(found["Confidence"])},
                "timestamp": {"N": str(label["Timestamp"])},
            }
            self._dynamodb.put_item(TableName=self._table, Item=item)
        strong = [label["ModerationLabel"] for label in labels if label["ModerationLabel"]["Confidence"] > ALERT_ABOVE]
        if strong:
            self._sns.publish(TopicArn=self._topic_arn, Message=json.dumps({"video": key, "labels": strong}))
        self._cloudwatch.put_metric_data(
            Namespace="Moderation", MetricData=[{"MetricName": "Labels", "Value": len(labels), "Unit": "Count"}]
        )


def run(manifest: Path, table: str, topic_arn: str, concurrency: int) -> None:
    """Invoke the function for each row, again and again where it says TemporaryFailure."""
    function = Function(table, topic_arn, concurrency)

    def task(row: list[str]) -> None:
        while function.handle(*row) == "TemporaryFailure":
            pass

    with manifest.open(encoding="utf-8", newline="") as file, ThreadPoolExecutor(concurrency) as pool:
        list(pool.map(task, csv.reader(file)))


if __name__ == "__main__":
    run(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]))
