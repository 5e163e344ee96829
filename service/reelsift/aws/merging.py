"""Several ordered streams read as one."""

from collections.abc import AsyncIterator, Callable, Iterable
from typing import TypeVar

_Item = TypeVar("_Item")


async def merged(streams: Iterable[AsyncIterator[_Item]], order: Callable[[_Item], float]) -> AsyncIterator[_Item]:
    """What streams have that each have the greatest by `order` first, the greatest of all first. One of each is
    held.
    """
    heads = {stream: row for stream in streams if (row := await anext(stream, None)) is not None}
    while heads:
        best = max(heads, key=lambda stream: order(heads[stream]))
        yield heads.pop(best)
        row = await anext(best, None)
        if row is not None:
            heads[best] = row
