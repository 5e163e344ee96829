"""Several ordered streams read as one."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from typing import TypeVar

_Item = TypeVar("_Item")


async def merged(streams: Iterable[AsyncIterator[_Item]], order: Callable[[_Item], float]) -> AsyncIterator[_Item]:
    """What streams have that each have the greatest by `order` first, the greatest of all first. One of each is
    held.
    """
    every = list(streams)
    # Each asks AWS: nobody waits for eight answers one after the other.
    firsts = await asyncio.gather(*(_next(stream) for stream in every))
    heads = {stream: row for stream, row in zip(every, firsts, strict=True) if row is not None}
    while heads:
        best = max(heads, key=lambda stream: order(heads[stream]))
        yield heads.pop(best)
        row = await anext(best, None)
        if row is not None:
            heads[best] = row


async def _next(stream: AsyncIterator[_Item]) -> _Item | None:
    return await anext(stream, None)
