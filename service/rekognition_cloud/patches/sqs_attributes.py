"""Queues: their attributes."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from moto.core.utils import camelcase_to_underscores
from moto.sqs import models

# Attributes whose values are JSON texts.
_POLICIES = ("RedrivePolicy", "RedriveAllowPolicy")


def patch_sqs_attributes() -> None:
    patch_queue_attributes()
    patch_redrive_allow_policy()
    patch_queue_policy()
    patch_queue_encryption()


class QueueAttributes(Mapping[str, Any]):
    """A queue's attributes. Each is worked out when it is read."""

    def __init__(self, queue: Any) -> None:
        self._queue = queue
        self._names = list(queue.BASE_ATTRIBUTES)
        if queue.fifo_queue:
            self._names += queue.FIFO_ATTRIBUTES
        if queue.kms_master_key_id:
            self._names += queue.KMS_ATTRIBUTES

    def __getitem__(self, name: str) -> Any:
        if name not in self._names:
            raise KeyError(name)
        value = getattr(self._queue, camelcase_to_underscores(name))
        if name in _POLICIES and value:
            return json.dumps(value, separators=(",", ":"))
        return str(value).lower() if isinstance(value, bool) else value

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def patch_queue_attributes() -> None:
    """Faults: every send reads one attribute of the queue, for which moto counts all messages three times; a redrive
    policy reads back with spaces in it, in which Terraform sees a change that never takes effect.
    """
    models.Queue.attributes = property(QueueAttributes)


def patch_redrive_allow_policy() -> None:
    """Fault: a RedriveAllowPolicy can be set and not read. An empty one removes it."""
    set_attributes = models.Queue._set_attributes  # noqa: SLF001  # moto's own name for it
    models.Queue.BASE_ATTRIBUTES = [*models.Queue.BASE_ATTRIBUTES, "RedriveAllowPolicy"]
    models.Queue.redrive_allow_policy = None

    def _set_attributes(self: Any, attributes: dict[str, Any], now: float | None = None) -> None:
        set_attributes(self, attributes, now)
        if "RedriveAllowPolicy" in attributes:
            self.redrive_allow_policy = json.loads(attributes["RedriveAllowPolicy"] or "null")

    models.Queue._set_attributes = _set_attributes  # noqa: SLF001  # the same


def patch_queue_policy() -> None:
    """Fault: setting any attribute but the policy erases the policy."""
    set_attributes = models.Queue._set_attributes  # noqa: SLF001  # moto's own name for it

    def _set_attributes(self: Any, attributes: dict[str, Any], now: float | None = None) -> None:
        # moto makes a queue by the same method, with a value for every attribute.
        kept = {} if "Policy" in attributes else {"Policy": self.policy}
        set_attributes(self, attributes | kept, now)

    models.Queue._set_attributes = _set_attributes  # noqa: SLF001  # the same


def patch_queue_encryption() -> None:
    """Fault: a queue with a KMS key still says that it is encrypted by SQS's own key."""
    set_attributes = models.Queue._set_attributes  # noqa: SLF001  # moto's own name for it

    def _set_attributes(self: Any, attributes: dict[str, Any], now: float | None = None) -> None:
        by_key = {"SqsManagedSseEnabled": "false"} if attributes.get("KmsMasterKeyId") else {}
        set_attributes(self, attributes | by_key, now)

    models.Queue._set_attributes = _set_attributes  # noqa: SLF001  # the same
