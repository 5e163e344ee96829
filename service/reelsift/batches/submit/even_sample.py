"""An evenly spread part of a stream whose length nobody knows."""

from typing import Generic, TypeVar

_Item = TypeVar("_Item")


class EvenSample(Generic[_Item]):
    """Every n-th item of a stream, n being the least power of two with which at most `limit` are kept.

    `seen` is how many items there were; while that is at most `limit`, all of them are kept.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._step = 1
        self.seen = 0
        self.items: list[_Item] = []

    def add(self, item: _Item) -> None:
        if self.seen % self._step == 0:
            self.items.append(item)
            if len(self.items) > self._limit:
                del self.items[1::2]
                self._step *= 2
        self.seen += 1

    @property
    def whole(self) -> bool:
        """Whether nothing was left out."""
        return self._step == 1
