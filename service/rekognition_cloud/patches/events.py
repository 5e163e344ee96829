"""EventBridge: which rules an event meets, and what it says."""

from typing import Any

from moto.events.models import Rule


def mend_events() -> None:
    mend_scheduled_rules()
    mend_unversioned_objects()


def mend_scheduled_rules() -> None:
    """Fault: a rule that has a schedule in place of a pattern takes every event that S3 sends to EventBridge."""
    send = Rule.send_to_targets

    def send_to_targets(self: Any, *arguments: Any, **named: Any) -> None:
        if not self.scheduled_expression:
            send(self, *arguments, **named)

    Rule.send_to_targets = send_to_targets


def mend_unversioned_objects() -> None:
    """Fault: the event of an object in a bucket without versions names the version "null"; that of S3 names none."""
    send = Rule.send_to_targets

    def send_to_targets(self: Any, original_event: Any, *arguments: Any, **named: Any) -> None:
        told = original_event["detail"].get("object", {}) if original_event["source"] == "aws.s3" else {}
        if told.get("version-id") == "null":
            del told["version-id"]
        send(self, original_event, *arguments, **named)

    Rule.send_to_targets = send_to_targets
