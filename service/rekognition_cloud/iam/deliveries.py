"""Deliveries from service to service: in AWS the receiver's own policy must allow them, moto makes them anyway."""

from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3 import notifications
from moto.s3.models import FakeBucket
from moto.sns.models import Subscription
from moto.utilities.utils import get_partition

from rekognition_cloud.iam.gate import Gate

_SEND = "sqs:SendMessage"


def guard_deliveries(gate: Gate) -> None:
    """Checks every delivery into a queue against the queue's policy while policies are enforced. Those of EventBridge's
    rules are checked where they are made (`rekognition_cloud.event_bus`).
    """
    _guard_topics(gate)
    _guard_buckets(gate)
    leave_bucket_policies()


def leave_bucket_policies() -> None:
    """Stops moto from evaluating bucket policies.

    moto counts every condition as true, so that a Deny of requests without TLS denies everything. Where policies are
    enforced, the gate has decided before.
    """
    FakeBucket.get_permission = lambda *_: PermissionResult.NEUTRAL


def _guard_topics(gate: Gate) -> None:
    publish = Subscription.publish

    def guarded(self: Any, *arguments: Any, **named: Any) -> None:
        if self.protocol != "sqs" or gate.delivers(
            "sns.amazonaws.com", self.topic.arn, self.account_id, _SEND, self.endpoint
        ):
            publish(self, *arguments, **named)

    Subscription.publish = guarded


def _guard_buckets(gate: Gate) -> None:
    send = notifications._send_sqs_message  # noqa: SLF001  # moto's own name for it

    def guarded(account: str, event: dict[str, Any], queue: str, region: str) -> None:
        partition = get_partition(region)
        # The test event has its bucket in another place than the others.
        bucket = event.get("Bucket") or event["Records"][0]["s3"]["bucket"]["name"]
        if gate.delivers(
            "s3.amazonaws.com",
            f"arn:{partition}:s3:::{bucket}",
            account,
            _SEND,
            f"arn:{partition}:sqs:{region}:{account}:{queue}",
        ):
            send(account, event, queue, region)

    notifications._send_sqs_message = guarded  # noqa: SLF001  # the same
