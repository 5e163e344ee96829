"""EventBridge: which rules get an event, and its version id."""

from typing import Any

from moto.events.models import Rule


def patch_events() -> None:
    patch_scheduled_rules()
    patch_unversioned_objects()


def patch_scheduled_rules() -> None:
    """Fault: a rule with a schedule instead of a pattern gets every event that S3 sends to EventBridge."""
    send = Rule.send_to_targets

    def send_to_targets(self: Any, *arguments: Any, **named: Any) -> None:
        if not self.scheduled_expression:
            send(self, *arguments, **named)

    Rule.send_to_targets = send_to_targets


def patch_unversioned_objects() -> None:
    """Fault: in a bucket without versions, the event of an object names the version "null"; S3 names none."""
    send = Rule.send_to_targets

    def send_to_targets(self: Any, original_event: Any, *arguments: Any, **named: Any) -> None:
        told = original_event["detail"].get("object", {}) if original_event["source"] == "aws.s3" else {}
        if told.get("version-id") == "null":
            del told["version-id"]
        send(self, original_event, *arguments, **named)

    Rule.send_to_targets = send_to_targets
