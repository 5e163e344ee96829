"""Events of the worker's role go where Terraform has them go, IAM enforced."""

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from e2e.deployment.deployed import Deployed
from e2e.deployment.permissions import refusal, with_role
from support.eventually import eventually

pytestmark = [pytest.mark.xdist_group("deployment"), pytest.mark.long(900)]


@pytest.fixture
def bus(deployed: Deployed) -> Iterator[Any]:
    """EventBridge, as a worker may ask it."""
    task = with_role(deployed.cloud, deployed.client("sts"), deployed.task_definition()["taskRoleArn"])
    deployed.webhook.answer = lambda _: (200, {})
    deployed.webhook.received.clear()
    deployed.cloud.authorise()
    yield task.client("events")
    deployed.cloud.authorise(on=False)


def put(bus: Any, name: str) -> str:
    """Put one event on a bus; returns what tells it from others."""
    mark = uuid.uuid4().hex
    detail = json.dumps({"mark": mark})
    entry = {"EventBusName": name, "Source": "reelsift", "DetailType": "Video Status Changed", "Detail": detail}
    assert bus.put_events(Entries=[entry])["FailedEntryCount"] == 0
    return mark


def found(deployed: Deployed, url: str, mark: str) -> dict[str, Any]:
    """The event with this mark, once it is in a queue, from which all messages are taken meanwhile."""
    sqs = deployed.client("sqs")
    seen: dict[str, dict[str, Any]] = {}

    def there() -> bool:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        for message in answer.get("Messages", []):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            event = json.loads(message["Body"])
            seen[event["detail"].get("mark", "")] = event | {"said": message.get("MessageAttributes")}
        return mark in seen

    eventually(there, "the event in the queue")
    return seen[mark]


def test_an_event_reaches_the_queue_and_the_webhook_with_its_authorisation(deployed: Deployed, bus: Any) -> None:
    mark = put(bus, deployed.deployment)
    event = found(deployed, deployed.outputs["event_queue_url"], mark)
    assert (event["source"], event["detail-type"]) == ("reelsift", "Video Status Changed")
    eventually(lambda: deployed.webhook.received, "the webhook called")
    (received,) = deployed.webhook.received
    assert received.path == "/reelsift"
    assert received.headers["X-Api-Key"] == "it's secret"
    assert json.loads(received.body)["detail"] == {"mark": mark}
    assert deployed.cloud.denied() == []


def test_what_the_webhook_refuses_is_kept(deployed: Deployed, bus: Any) -> None:
    deployed.webhook.answer = lambda _: (400, {})
    mark = put(bus, deployed.deployment)
    url = deployed.client("sqs").get_queue_url(QueueName=f"{deployed.deployment}-webhook-dead")["QueueUrl"]
    assert found(deployed, url, mark)["said"]["ERROR_CODE"]["StringValue"] == "SDK_CLIENT_ERROR"


def test_the_archive_brings_an_event_back(deployed: Deployed, bus: Any) -> None:
    mark = put(bus, deployed.deployment)
    url = deployed.outputs["event_queue_url"]
    first = found(deployed, url, mark)
    now = datetime.now(UTC)
    deployed.client("events").start_replay(
        ReplayName=f"replay-{mark}",
        EventSourceArn=deployed.outputs["event_archive_arn"],
        EventStartTime=now - timedelta(hours=1),
        EventEndTime=now + timedelta(hours=1),
        Destination={"Arn": deployed.outputs["event_bus_arn"]},
    )
    again = found(deployed, url, mark)
    assert again["detail"] == first["detail"]
    assert again["replay-name"] == f"replay-{mark}"


def test_a_worker_puts_events_on_no_other_bus(bus: Any) -> None:
    entry = {"EventBusName": "default", "Source": "reelsift", "DetailType": "t", "Detail": "{}"}
    assert "AccessDenied" in refusal(bus.put_events, Entries=[entry])
