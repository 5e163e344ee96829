"""Targets within the cloud: queues and other buses."""

import json
from typing import Any

from moto.events.models import events_backends
from moto.sqs.exceptions import QueueDoesNotExist
from moto.sqs.models import sqs_backends

from rekognition_cloud.event_bus.delivery import Delivery, Undelivered
from rekognition_cloud.iam.gate import Gate

SENDER = "events.amazonaws.com"


def deliver(delivery: Delivery, gate: Gate) -> None:
    """Brings an event to a target of this cloud. Raises Undelivered."""
    service = delivery.arn.split(":")[2]
    if service == "sqs":
        group = delivery.target.get("SqsParameters", {}).get("MessageGroupId")
        send(delivery, delivery.arn, delivery.text, gate, group=group)
    elif service == "events" and ":event-bus/" in delivery.arn:
        _, _, _, region, account, bus = delivery.arn.split(":", 5)
        event = delivery.event
        events_backends[account][region].put_events(
            [
                {
                    "EventBusName": bus,
                    "Source": event["source"],
                    "DetailType": event["detail-type"],
                    "Detail": json.dumps(event["detail"]),
                    "Resources": event["resources"],
                }
            ]
        )
    else:
        raise Undelivered("INTERNAL_ERROR", f"the embedded cloud does not deliver to {delivery.arn}", again=False)


def send(
    delivery: Delivery,
    queue_arn: str,
    text: str,
    gate: Gate,
    *,
    group: str | None = None,
    attributes: dict[str, Any] | None = None,
) -> None:
    """Sends to a queue as the rule's own service, which the queue's policy must allow. Raises Undelivered."""
    if not gate.delivers(SENDER, delivery.rule.arn, delivery.account, "sqs:SendMessage", queue_arn):
        raise Undelivered("NO_PERMISSIONS", f"{SENDER} may not send to {queue_arn}", again=False)
    _, _, _, region, account, name = queue_arn.split(":", 5)
    backend = sqs_backends[account][region]
    try:
        room = int(backend.get_queue(name).maximum_message_size)
        if len(text.encode(errors="surrogatepass")) > room:
            raise Undelivered(
                "INVALID_PARAMETER", f"the event is larger than the {room} bytes that the queue takes", again=False
            )
        backend.send_message(name, text, message_attributes=attributes, group_id=group)
    except QueueDoesNotExist as gone:
        raise Undelivered("NO_RESOURCE", f"{queue_arn} does not exist", again=False) from gone
