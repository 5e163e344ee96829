"""Deliveries from service to service: in AWS the receiver's own policy must allow them, moto makes them anyway."""

from typing import Any

from moto.events.models import Rule
from moto.iam.access_control import PermissionResult
from moto.s3 import notifications
from moto.s3.models import FakeBucket
from moto.sns.models import Subscription
from moto.utilities.utils import get_partition

from rekognition_cloud.iam.gate import Gate

_SEND = "sqs:SendMessage"


def guard_deliveries(gate: Gate) -> None:
    """Checks every delivery into a queue against the queue's policy while policies are enforced."""
    _guard_topics(gate)
    _guard_buckets(gate)
    _guard_rules(gate)
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


def _guard_rules(gate: Gate) -> None:
    send = Rule._send_to_sqs_queue  # noqa: SLF001  # moto's own name for it

    def guarded(self: Any, queue: str, *arguments: Any, **named: Any) -> None:
        partition = get_partition(self.region_name)
        arn = f"arn:{partition}:sqs:{self.region_name}:{self.account_id}:{queue}"
        if gate.delivers("events.amazonaws.com", self.arn, self.account_id, _SEND, arn):
            send(self, queue, *arguments, **named)

    Rule._send_to_sqs_queue = guarded  # noqa: SLF001  # the same
