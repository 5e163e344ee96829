"""Keeps the messages that are being worked on hidden from other workers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from reelsift.aws.queue import BATCH_MESSAGES, Message, Queue
from reelsift.runtime.faults import Faults
from reelsift.runtime.tasks import Tasks


class Heartbeat:
    """Hides held messages anew, all of one queue in a few requests."""

    def __init__(self, visibility_s: int, faults: Faults) -> None:
        self._visibility_s = visibility_s
        self._held: dict[Queue, set[str]] = {}
        self._faults = faults
        self._tasks = Tasks(faults)

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
        """Hide everything that is held, without waiting for it: a request that gets no answer for long must not keep
        the next beat. What fails is tried again by that, well before visibility ends.
        """
        for queue, held in self._held.items():
            receipts = list(held)
            for start in range(0, len(receipts), BATCH_MESSAGES):
                self._tasks.spawn(self._hide(queue, receipts[start : start + BATCH_MESSAGES]))

    async def _hide(self, queue: Queue, receipts: Sequence[str]) -> None:
        try:
            await queue.hide(receipts, self._visibility_s)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the next beat is the remedy
            self._faults.pass_over("heartbeat_failed", error, queue=queue.name, messages=len(receipts))
