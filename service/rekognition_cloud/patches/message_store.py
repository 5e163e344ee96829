from collections.abc import Iterable, Iterator
from typing import Any


class MessageStore:
    """The messages of one queue in the order of their sending, found by receipt handle without a search.

    It stands where moto has a list, and has what moto asks of that list.
    """

    def __init__(self, messages: Iterable[Any] = ()) -> None:
        self._messages: dict[str, Any] = {message.id: message for message in messages}
        self._by_handle: dict[str, Any] = {}

    def __iter__(self) -> Iterator[Any]:
        # A copy, made in one step: others add and remove while moto walks.
        return iter(list(self._messages.values()))

    def __len__(self) -> int:
        return len(self._messages)

    def walk(self) -> Iterator[Any]:
        """The messages themselves, for those who hold the queue's lock and change nothing on the way."""
        return iter(self._messages.values())

    def append(self, message: Any) -> None:
        self._messages[message.id] = message

    def remove(self, message: Any) -> None:
        del self._messages[message.id]
        for handle in message.all_receipt_handles:
            self._by_handle.pop(handle, None)

    def received(self, message: Any) -> None:
        """Notes the receipt handle the message has just got."""
        self._by_handle[message.receipt_handle] = message

    def find(self, handle: str) -> Any | None:
        """The message that has or once had this receipt handle."""
        if handle in self._by_handle:
            return self._by_handle[handle]
        return next((message for message in self if message.had_receipt_handle(handle)), None)
