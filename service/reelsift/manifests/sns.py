"""The envelope SNS puts around a message for SQS, unless the subscription asks for raw delivery."""

from typing import Any

MAX_ENVELOPES = 2
"""Envelopes in each other at most: one of SNS's own, one of a topic that forwards to another."""

_TYPES = frozenset({"Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"})


def is_envelope(message: dict[str, Any]) -> bool:
    """Whether a JSON object is SNS's envelope, whatever is in it."""
    kind = message.get("Type")
    return isinstance(kind, str) and kind in _TYPES and isinstance(message.get("Message"), str)


def is_notification(envelope: dict[str, Any]) -> bool:
    """Whether an envelope carries what a publisher sent, rather than SNS's own words about the subscription."""
    return bool(envelope["Type"] == "Notification")
