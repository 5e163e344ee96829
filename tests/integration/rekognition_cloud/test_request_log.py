import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from integration.rekognition_cloud.account import Aws, unique
from rekognition_cloud.process import CloudError


def logged(aws: Aws) -> list[tuple[str, str, int]]:
    return [(request["service"], request["operation"], request["status"]) for request in aws.cloud.request_log()]


def test_only_chosen_operations_are_logged_with_their_bodies_and_answers(aws: Aws) -> None:
    sqs: Any = aws.client("sqs")
    url = sqs.create_queue(QueueName=unique("queue"))["QueueUrl"]
    aws.cloud.log_requests("sqs:SendMessage")
    sqs.send_message(QueueUrl=url, MessageBody="first")
    sqs.receive_message(QueueUrl=url)
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        sqs.send_message(QueueUrl=f"{url}-gone", MessageBody="second")

    first, second = aws.cloud.request_log()
    assert logged(aws) == [("sqs", "SendMessage", 200), ("sqs", "SendMessage", 400)]
    assert json.loads(first["body"])["MessageBody"] == "first"
    assert first["asked_at"] <= first["answered_at"] <= second["asked_at"] <= second["answered_at"]


def test_nothing_is_logged_before_somebody_asks_for_it_nor_after(aws: Aws) -> None:
    s3: Any = aws.client("s3")
    s3.list_buckets()
    assert aws.cloud.request_log() == []
    aws.cloud.log_requests("s3:ListBuckets")
    s3.list_buckets()
    assert logged(aws) == [("s3", "ListBuckets", 200)]
    aws.cloud.log_requests()
    s3.list_buckets()
    assert aws.cloud.request_log() == []


def test_a_request_that_a_fault_keeps_from_its_service_is_not_logged(aws: Aws) -> None:
    s3: Any = aws.client("s3")
    aws.cloud.log_requests("s3:ListBuckets")
    aws.cloud.add_fault("error", service="s3", times=1)
    with pytest.raises(ClientError):
        s3.list_buckets()
    assert aws.cloud.request_log() == []


def test_what_is_no_operation_is_refused(aws: Aws) -> None:
    with pytest.raises(CloudError, match="service:Operation"):
        aws.cloud.log_requests("SendMessage")
