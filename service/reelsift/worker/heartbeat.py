"""Keeps the messages that are being worked on hidden from other workers."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from reelsift.aws.queue import Message, Queue

_log = structlog.get_logger(__name__)


class Heartbeat:
    """Hides held messages anew, all of one queue in a few requests."""

    def __init__(self, visibility_s: int) -> None:
        self._visibility_s = visibility_s
        self._held: dict[Queue, set[str]] = {}

    @contextmanager
    def hold(self, queue: Queue, message: Message) -> Iterator[None]:
        """While this is open the message stays hidden."""
        held = self._held.setdefault(queue, set())
        held.add(message.receipt)
        try:
            yield
        finally:
            held.discard(message.receipt)

    async def beat(self) -> None:
        """Hide everything that is held. What fails is tried again at the next beat, well before visibility ends."""
        for queue, receipts in list(self._held.items()):
            if not receipts:
                continue
            try:
                await queue.hide(list(receipts), self._visibility_s)
            except Exception as error:  # noqa: BLE001 - whatever went wrong, the next beat is the remedy
                _log.warning("heartbeat_failed", queue=queue.name, messages=len(receipts), error=str(error))
