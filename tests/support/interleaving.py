"""Several workers whose requests happen in whatever order a test chooses, and that may die before any of them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextvars import ContextVar
from functools import wraps
from typing import Any

_WORKER: ContextVar[int | None] = ContextVar("worker", default=None)

_SETTLING = 12
"""Turns of the loop after which every worker waits for a request, or has ended."""


class Interleaving:
    """Holds back each request of a worker until it is chosen; those of the test itself go through."""

    def __init__(self) -> None:
        self._workers: dict[int, asyncio.Task[None]] = {}
        self._held: list[tuple[int, str, asyncio.Future[None]]] = []
        self._started = 0

    @property
    def held(self) -> int:
        """How many requests wait to be chosen."""
        return len(self._held)

    @property
    def workers(self) -> list[int]:
        """Those that have not ended."""
        return list(self._workers)

    def hold(self, name: str, thing: object, *methods: str) -> None:
        """Hold back the requests that these methods of a thing are; `until` calls them `name method`."""
        for method in methods:
            setattr(thing, method, self._holding(f"{name} {method}", getattr(thing, method)))

    def hold_query(self, name: str, table: Any) -> None:
        """The same for the `query` of a table, which is an iterator."""
        query = table.query

        async def held(*arguments: Any, **members: Any) -> AsyncIterator[Any]:
            await self._turn(f"{name} query")
            async for row in query(*arguments, **members):
                yield row

        table.query = held

    async def begin(self, work: Coroutine[Any, Any, None]) -> int:
        """Have another worker do something, up to its first request. Returns its number."""
        self._started += 1
        number = self._started

        async def named() -> None:
            _WORKER.set(number)
            await work

        self._workers[number] = asyncio.create_task(named())
        await self._settle()
        return number

    async def let_through(self, index: int) -> None:
        """Do one of the requests that are held."""
        _, _, request = self._held.pop(index)
        request.set_result(None)
        await self._settle()

    async def until(self, number: int, name: str) -> None:
        """Let a worker's requests through, up to the first of this name, which is held."""
        while (index := self._next_of(number)) is not None and self._held[index][1] != name:
            await self.let_through(index)

    def _next_of(self, number: int) -> int | None:
        return next((index for index, held in enumerate(self._held) if held[0] == number), None)

    async def kill(self, number: int) -> None:
        """A worker dies before the requests that it is about to make."""
        worker = self._workers.pop(number)
        self._held = [held for held in self._held if held[0] != number]
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
        await self._settle()

    async def finish(self) -> None:
        """Let everything through, the oldest request first, until all workers have ended."""
        while await self.waits():
            await self.let_through(0)

    async def waits(self) -> bool:
        """Whether a request is held; who rests before the next one is waited for. False once all ended."""
        while self._workers and not self._held:
            await asyncio.wait(self._workers.values(), timeout=0.001, return_when=asyncio.FIRST_COMPLETED)
            await self._settle()
        return bool(self._held)

    async def _turn(self, name: str) -> None:
        number = _WORKER.get()
        if number is not None:
            request: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._held.append((number, name, request))
            await request

    def _holding(self, name: str, method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        @wraps(method)
        async def held(*arguments: Any, **members: Any) -> Any:
            await self._turn(name)
            return await method(*arguments, **members)

        return held

    async def _settle(self) -> None:
        for _ in range(_SETTLING):
            await asyncio.sleep(0)
        for number, worker in list(self._workers.items()):
            if worker.done():
                worker.result()
                del self._workers[number]
