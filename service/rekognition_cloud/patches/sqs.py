"""Queues: their speed with thousands of messages in them, and many receivers at once."""

import copy
import time
from collections.abc import Callable, Iterable
from typing import Any

from moto.sqs import models
from moto.sqs.exceptions import ReceiptHandleIsInvalid

from rekognition_cloud.call import CALL
from rekognition_cloud.delivery_ledger import DeliveryLedger
from rekognition_cloud.patches.message_store import MessageStore

_POLL_SECONDS = 0.2


def patch_sqs() -> None:
    patch_message_list()
    patch_queue_counts()
    patch_receive()
    patch_delete()
    patch_visibility()


def patch_message_list() -> None:
    """Fault: a queue is a plain list, searched from its start for every receipt handle and copied for every delete."""

    def read(queue: Any) -> MessageStore:
        store: MessageStore = queue.__dict__["message_store"]
        return store

    def write(queue: Any, messages: list[Any]) -> None:
        queue.__dict__["message_store"] = MessageStore(messages)

    models.Queue._messages = property(read, write)  # noqa: SLF001  # moto's own name for it


def patch_queue_counts() -> None:
    """Fault: moto reads the clock once or twice for each message that it counts."""

    def counter(holds: Callable[[Any, float], bool]) -> property:
        def count(queue: Any) -> int:
            now = time.time() * 1000
            return sum(holds(message, now) for message in queue._messages)  # noqa: SLF001  # moto's own name for it

        return property(count)

    models.Queue.approximate_number_of_messages = counter(_is_available)
    models.Queue.approximate_number_of_messages_delayed = counter(lambda message, now: message.delayed_until > now)
    models.Queue.approximate_number_of_messages_not_visible = counter(lambda message, now: message.visible_at > now)


def patch_receive() -> None:
    """Faults: a receive walks and copies the whole queue without its lock, so that two receivers can get one message at
    the same time; the long poll of a client that has died goes on, and takes a message.
    """
    fifo_receive = models.SQSBackend.receive_message

    def receive_message(
        self: Any,
        queue_name: str,
        count: int,
        wait_seconds_timeout: int,
        visibility_timeout: int,
        message_attribute_names: list[str] | None = None,
    ) -> list[Any]:
        queue = self.get_queue(queue_name)
        wanted = message_attribute_names or []
        if queue.fifo_queue:
            delivered: list[Any] = fifo_receive(
                self, queue_name, count, wait_seconds_timeout, visibility_timeout, wanted
            )
            return delivered
        deadline = time.time() + wait_seconds_timeout
        with queue._messages_lock:  # noqa: SLF001  # moto's own name for it
            while True:
                messages, next_due = _take(queue, count, visibility_timeout)
                if messages or time.time() >= deadline:
                    return [_delivered(message, wanted) for message in messages if not _is_lost(message)]
                if not _wait(queue, min(deadline, next_due)):
                    return []

    models.SQSBackend.receive_message = receive_message


def patch_delete() -> None:
    """Fault: a delete copies the queue without its lock; a message sent meanwhile is lost."""

    def delete_message(queue: Any, receipt_handle: str) -> None:
        with queue._messages_lock:  # noqa: SLF001  # moto's own name for it
            if receipt_handle in queue.deleted_messages:
                return
            message = queue._messages.find(receipt_handle)  # noqa: SLF001  # the same
            if message is None:
                raise ReceiptHandleIsInvalid
            queue._messages.remove(message)  # noqa: SLF001  # the same
            queue.pending_messages.discard(message)
            _ledger().deleted(queue.name, message)
            queue.deleted_messages.update(message.all_receipt_handles)

    models.Queue.delete_message = delete_message


def patch_visibility() -> None:
    """Fault: a change of visibility searches the whole queue, and wakes no receiver that waits for the message."""
    change = models.SQSBackend.change_message_visibility

    def change_message_visibility(self: Any, queue_name: str, receipt_handle: str, visibility_timeout: int) -> None:
        queue = self.get_queue(queue_name)
        with queue._messages_lock:  # noqa: SLF001  # moto's own name for it
            message = queue._messages.find(receipt_handle)  # noqa: SLF001  # the same
            if message is None:
                raise ReceiptHandleIsInvalid
            # moto searches a queue for the message: this one has no other.
            change(_OneQueue(queue, message), queue_name, receipt_handle, visibility_timeout)
            _ledger().hidden(message, int(visibility_timeout))
            queue._messages_lock.notify_all()  # noqa: SLF001  # the same

    models.SQSBackend.change_message_visibility = change_message_visibility


class _OneQueue:
    """A backend with one queue, and one message in it."""

    def __init__(self, queue: Any, message: Any) -> None:
        self._messages = [message]
        self.pending_messages = queue.pending_messages

    def get_queue(self, _name: str) -> "_OneQueue":
        return self


def _is_available(message: Any, now: float) -> bool:
    return bool(message.visible_at < now and message.delayed_until <= now)


def _take(queue: Any, count: int, visibility_timeout: int) -> tuple[list[Any], float]:
    """Up to `count` messages, marked as received, and when the next one becomes visible (seconds since the epoch)."""
    now = time.time() * 1000
    oldest = now - queue.message_retention_period * 1000
    next_due = float("inf")
    taken: list[Any] = []
    leaving: list[Any] = []
    for message in _in_turn(queue):
        if len(taken) == count:
            break
        if message.sent_timestamp <= oldest:
            leaving.append((message, None))
        elif not _is_available(message, now):
            next_due = min(next_due, max(message.visible_at, message.delayed_until) / 1000 + 0.001)
        elif (late_ms := _late_ms(message)) > 0:
            message.visible_at = now + late_ms
            next_due = min(next_due, message.visible_at / 1000 + 0.001)
        elif _is_poison(queue, message):
            leaving.append((message, queue.dead_letter_queue))
        else:
            taken.append(message)
    for message, destination in leaving:
        queue._messages.remove(message)  # noqa: SLF001  # the same
        if destination is not None:
            _ledger().released(message)
            destination.add_message(message)
    for message in taken:
        visibility_s = _visibility(message, visibility_timeout)
        message.mark_received(visibility_timeout=visibility_s)
        _ledger().delivered(queue.name, message, int(visibility_s))
        queue._messages.received(message)  # noqa: SLF001  # the same
    return taken, next_due


def _is_poison(queue: Any, message: Any) -> bool:
    return bool(
        queue.dead_letter_queue is not None
        and queue.redrive_policy
        and message.approximate_receive_count >= queue.redrive_policy["maxReceiveCount"]
    )


def _in_turn(queue: Any) -> Iterable[Any]:
    """The messages in the order of their sending, unless the knobs shuffle them."""
    messages: Iterable[Any] = queue._messages.walk()  # noqa: SLF001  # moto's own name for it
    call = CALL.get(None)
    if call is None or not call.state.chance.happens("shuffled", call.state.knobs.deliveries_shuffled):
        return messages
    return call.state.chance.shuffled("order", messages)


def _late_ms(message: Any) -> float:
    """By how much the knobs delay the first delivery of this message: decided once, when it could be delivered."""
    call = CALL.get(None)
    if call is None or message.approximate_receive_count > 0 or hasattr(message, "asked_whether_late"):
        return 0
    message.asked_whether_late = True
    late = call.state.chance.happens("late delivery", call.state.knobs.deliveries_late)
    return call.state.knobs.deliveries_late_seconds * 1000 if late else 0


def _is_lost(message: Any) -> bool:
    """Whether the knobs lose the first answer with this message. The queue sees a receiver that has died."""
    call = CALL.get(None)
    first = message.approximate_receive_count == 1
    lost = call is not None and first and call.state.chance.happens("lost delivery", call.state.knobs.deliveries_lost)
    if lost:
        _ledger().released(message)
    return lost


def _visibility(message: Any, timeout: int) -> int:
    """The visibility timeout; 0 where the knobs want the message delivered a second time at once."""
    call = CALL.get(None)
    if call is None or message.approximate_receive_count > 0:
        return timeout
    doubled = call.state.chance.happens("delivery", call.state.knobs.deliveries_doubled)
    return 0 if doubled else timeout


def _ledger() -> DeliveryLedger:
    """The cloud's ledger; outside of any request, one that nobody reads."""
    call = CALL.get(None)
    return call.state.deliveries if call is not None else DeliveryLedger()


def _delivered(message: Any, attribute_names: list[str]) -> Any:
    delivered = copy.copy(message)
    models._filter_message_attributes(delivered, attribute_names)  # noqa: SLF001  # moto's own name for it
    return delivered


def _wait(queue: Any, until: float) -> bool:
    """Waits until the queue changes, or until `until`. False where the receiver has gone."""
    call = CALL.get(None)
    while (left := until - time.time()) > 0:
        happened = queue._messages_lock.wait(min(left, _POLL_SECONDS))  # noqa: SLF001  # moto's own name for it
        if call is not None and call.disconnected():
            return False
        if happened:
            break
    return True
