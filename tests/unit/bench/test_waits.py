import json
from typing import Any
from urllib.parse import urlencode

from bench import waits

KEY, OTHER = "videos/000001.mp4", "videos/000002.mp4"
TOPIC = "arn:aws:sns:us-east-1:123456789012:alerts"


def step(operation: str, body: Any, at: float, status: int = 200) -> dict[str, Any]:
    text = body if isinstance(body, str) else json.dumps(body)
    return {"operation": operation, "body": text, "asked_at": at - 0.1, "answered_at": at, "status": status}


def written(state: str, video: str = "v1") -> dict[str, Any]:
    return {"Key": {"video_id": {"S": video}}, "ExpressionAttributeValues": {":state": {"S": state}}}


def message(key: str, topic: str = TOPIC) -> str:
    return urlencode({"Action": "Publish", "TopicArn": topic, "Message": f"s3://bucket/{key} shows something"})


def test_the_first_message_about_a_video_on_the_topic_counts() -> None:
    steps = [
        step("Publish", message(KEY, f"{TOPIC[:-6]}mail"), 1.0),
        step("Publish", message(KEY), 2.0, status=500),
        step("Publish", message(KEY), 3.0),
        step("Publish", message(KEY), 4.0),
    ]
    assert waits.published(steps, TOPIC) == {KEY: 3.0}


def test_a_result_is_there_when_settled_has_been_written_alone_or_in_a_transaction() -> None:
    steps = [
        step("UpdateItem", written("RUNNING"), 1.0),
        step("UpdateItem", written("SETTLED"), 2.0, status=400),
        step("UpdateItem", written("SETTLED"), 3.0),
        step("TransactWriteItems", {"TransactItems": [{"Put": {}}, {"Update": written("SETTLED", "v2")}]}, 4.0),
        step("UpdateItem", written("CLOSED"), 5.0),
    ]
    assert waits.settled(steps, {"v1": KEY, "v2": OTHER}) == {KEY: 3.0, OTHER: 4.0}
    assert waits.closed(steps) == 1


def test_a_peers_result_is_there_with_its_last_item() -> None:
    item = {"video": {"S": KEY}}
    steps = [
        step("PutItem", {"TableName": "results", "Item": item}, 1.0),
        step("BatchWriteItem", {"RequestItems": {"results": [{"PutRequest": {"Item": item}}]}}, 2.0),
        step("BatchWriteItem", {"RequestItems": {"others": [{"PutRequest": {"Item": item}}]}}, 3.0),
    ]
    assert waits.put(steps, "results") == {KEY: 2.0}


def test_waits_are_those_of_the_videos_that_something_was_told_of() -> None:
    ended = {f"{number}": 10.0 for number in range(101)}
    told = {f"{number}": 10 + number / 100 for number in range(100)}
    assert waits.summary(ended, told) == {"videos": 100, "p50": 0.49, "p99": 0.98, "max": 0.99}
    assert waits.summary(ended, {}) == {"videos": 0}
