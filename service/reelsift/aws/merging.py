"""Several ordered queries read as one."""

from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

Row = dict[str, Any]


async def merged(streams: Iterable[AsyncIterator[Row]], order: Callable[[Row], float]) -> AsyncIterator[Row]:
    """The rows of streams that each have the greatest by `order` first, the greatest of all first. One row of each is
    held.
    """
    heads = {stream: row for stream in streams if (row := await anext(stream, None)) is not None}
    while heads:
        best = max(heads, key=lambda stream: order(heads[stream]))
        yield heads.pop(best)
        row = await anext(best, None)
        if row is not None:
            heads[best] = row
