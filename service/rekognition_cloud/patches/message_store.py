from collections.abc import Iterable, Iterator
from typing import Any


class MessageStore:
    """The messages of one queue in the order of their sending, found by receipt handle without a search.

    It replaces moto's list, and has the methods of it that moto uses.
    """

    def __init__(self, messages: Iterable[Any] = ()) -> None:
        self._messages: dict[str, Any] = {message.id: message for message in messages}
        self._by_handle: dict[str, Any] = {}

    def __iter__(self) -> Iterator[Any]:
        # A copy, made in one step: other threads add and remove messages while moto iterates.
        return iter(list(self._messages.values()))

    def __len__(self) -> int:
        return len(self._messages)

    def walk(self) -> Iterator[Any]:
        """Iterates without a copy. The caller holds the queue's lock and changes nothing meanwhile."""
        return iter(self._messages.values())

    def append(self, message: Any) -> None:
        self._messages[message.id] = message

    def remove(self, message: Any) -> None:
        del self._messages[message.id]
        for handle in message.all_receipt_handles:
            self._by_handle.pop(handle, None)

    def received(self, message: Any) -> None:
        """Records the receipt handle that the message has just got."""
        self._by_handle[message.receipt_handle] = message

    def find(self, handle: str) -> Any | None:
        """The message that has or once had this receipt handle."""
        if handle in self._by_handle:
            return self._by_handle[handle]
        return next((message for message in self if message.had_receipt_handle(handle)), None)
