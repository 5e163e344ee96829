"""Work that would hold the event loop up, done by a thread."""

import asyncio
from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

_Given = TypeVarTuple("_Given")
_Made = TypeVar("_Made")


async def in_thread(function: Callable[[*_Given], _Made], *given: *_Given) -> _Made:
    """What `function` makes of `given`, made by a thread that keeps nothing of either. Raises what `function` raises.

    After `asyncio.to_thread` the thread holds both until it next runs, and on a busy machine the caller may have gone
    on long before: of what takes hundreds of megabytes, more would be in memory than the caller allows for.
    """
    to_do, made, failed = [given], list[_Made](), list[Exception]()
    del given

    def work() -> None:
        try:
            made.append(function(*to_do.pop()))
        except Exception as error:  # noqa: BLE001 - it is raised below
            failed.append(error)

    await asyncio.to_thread(work)
    if failed:
        raise failed.pop()
    return made.pop()
