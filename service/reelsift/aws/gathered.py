"""Items that callers bring one by one, sent in shared requests."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Generic, TypeVar

from reelsift.aws.errors import is_outage

Item = TypeVar("Item")
Result = TypeVar("Result")


class Gathered(Generic[Item, Result]):
    """Sends items together that come within `pause_s` of each other, or while `at_once` requests are under way.

    Without a pause an idle worker waits for nothing, and a busy one still makes fewer and larger requests.
    """

    def __init__(
        self,
        send: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]],
        *,
        items: int,
        at_once: int,
        pause_s: float = 0,
    ) -> None:
        """`send` takes up to `items` in one request, of which `at_once` may be under way; it returns a result each."""
        self._send = send
        self._items = items
        self._at_once = at_once
        self._pause_s = pause_s
        self._waiting: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._senders = 0
        self._pausing = False

    def add(self, item: Item) -> "asyncio.Future[Result]":
        """Send an item, perhaps with others; returns a future of its result, or of what their request raised."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        self._waiting.append((item, future))
        if self._senders < self._at_once and not self._pausing:
            self._senders += 1
            self._pausing = True
            # The first caller's log fields are not the others'.
            task = loop.create_task(self._send_all(), context=Context())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return future

    async def _send_all(self) -> None:
        """Send until nothing waits, or another sender is about to take it."""
        try:
            while True:
                await asyncio.sleep(self._pause_s)
                self._pausing = False
                taken = [self._waiting.popleft() for _ in range(min(self._items, len(self._waiting)))]
                await self._send_some(taken)
                # Nothing may come between this check and the end, or it would wait for ever.
                if self._pausing or not self._waiting:
                    return
                self._pausing = True
        finally:
            self._senders -= 1

    async def _send_some(self, taken: list[tuple[Item, "asyncio.Future[Result]"]]) -> None:
        try:
            results = await self._send([item for item, _ in taken])
        except asyncio.CancelledError:
            for _, future in taken:
                future.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - the callers' to handle, each of them
            if len(taken) > 1 and not is_outage(error):
                # One of them cannot be sent: the others must not suffer from it.
                await asyncio.gather(*(self._send_some([one]) for one in taken))
                return
            for _, future in taken:
                if not future.done():
                    future.set_exception(error)
        else:
            for (_, future), result in zip(taken, results, strict=True):
                if not future.done():
                    future.set_result(result)
