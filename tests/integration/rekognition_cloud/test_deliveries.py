"""The cloud's own ledger of what its queues delivered."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from integration.rekognition_cloud.account import Aws
from support.eventually import eventually


@pytest.fixture
def queue(aws: Aws) -> str:
    aws.cloud.clear_deliveries()
    url = aws.queue()
    aws.client("sqs").send_message(QueueUrl=url, MessageBody="x")
    return url


def counts(aws: Aws, queue: str) -> dict[str, Any]:
    return aws.cloud.deliveries(queue.rsplit("/", 1)[-1])


@pytest.fixture
def received(aws: Aws, queue: str) -> Callable[[int], str]:
    def receive(visibility_s: int) -> str:
        def handle() -> str | None:
            answer = aws.client("sqs").receive_message(
                QueueUrl=queue, VisibilityTimeout=visibility_s, WaitTimeSeconds=1
            )
            return str(answer["Messages"][0]["ReceiptHandle"]) if "Messages" in answer else None

        return eventually(handle, "the message") or ""

    return receive


def test_a_message_whose_time_ran_out_is_a_redelivery(aws: Aws, queue: str, received: Callable[[int], str]) -> None:
    received(1)
    received(1)
    assert counts(aws, queue)["deliveries"] == 2
    assert counts(aws, queue)["redeliveries"] == 1


def test_a_message_given_back_is_none(aws: Aws, queue: str, received: Callable[[int], str]) -> None:
    for _ in range(2):
        handle = received(30)
        aws.client("sqs").change_message_visibility(QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout=0)
    received(30)
    assert counts(aws, queue)["deliveries"] == 3
    assert counts(aws, queue)["redeliveries"] == 0


def test_a_message_delivered_twice_on_purpose_is_none(aws: Aws, queue: str, received: Callable[[int], str]) -> None:
    aws.cloud.knobs(deliveries_doubled=1)
    received(30)
    received(30)
    assert counts(aws, queue)["redeliveries"] == 0


def test_a_message_kept_beyond_its_time_is_told_apart(aws: Aws, queue: str, received: Callable[[int], str]) -> None:
    # So many seconds a beat may be late.
    visibility_s = 3
    handle, began = received(visibility_s), time.monotonic()
    sqs = aws.client("sqs")
    while time.monotonic() - began < visibility_s + 0.3:
        sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout=visibility_s)
        time.sleep(0.1)
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=handle)
    kept = counts(aws, queue)
    assert (kept["deliveries"], kept["redeliveries"], kept["kept"]) == (1, 0, 1)
    assert kept["held_seconds"]["max"] >= visibility_s + 0.3


def test_a_queue_nobody_has_received_from_has_empty_counts(aws: Aws, queue: str) -> None:
    assert counts(aws, queue)["deliveries"] == 0
    assert counts(aws, queue)["held_seconds"]["max"] is None
