"""Answers that are remembered for a while; whoever asks while one is on its way waits for that one."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Remembered(Generic[Value]):
    """One answer. While somebody asks, everybody else waits for the same answer instead of asking too.

    The question is a task of its own: a caller that is cancelled takes it from nobody. An error goes to all that wait
    for it, and is not remembered.
    """

    def __init__(
        self,
        fresh_s: Callable[[Value], float] = lambda _: math.inf,
        *,
        stale_s: float = 0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`fresh_s` says for how many seconds an answer holds, counted from when it was asked for. For `stale_s`
        seconds more it is still given, so that nobody waits for the next one, which is asked for meanwhile.
        """
        self._fresh_s = fresh_s
        self._stale_s = stale_s
        self._monotonic = monotonic
        self._asking: asyncio.Task[Value] | None = None
        self._answer: tuple[Value, float] | None = None

    async def get(self, ask: Callable[[], Awaitable[Value]]) -> Value:
        """The answer: remembered, on its way, or else what `ask` returns. Raises what `ask` raises."""
        if self._answer is not None:
            value, until = self._answer
            past_s = self._monotonic() - until
            if past_s < self._stale_s:
                if past_s >= 0:
                    self._asked(ask)
                return value
        return await asyncio.shield(self._asked(ask))

    def forget(self) -> None:
        """Have the next caller ask anew: neither what is remembered nor what is on its way is true any more."""
        self._answer = self._asking = None

    def _asked(self, ask: Callable[[], Awaitable[Value]]) -> "asyncio.Task[Value]":
        """The question that is on its way, begun now where there is none."""
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask(ask))
            self._asking.add_done_callback(_retrieve)
        return self._asking

    async def _ask(self, ask: Callable[[], Awaitable[Value]]) -> Value:
        began, this = self._monotonic(), asyncio.current_task()
        try:
            value = await ask()
            if self._asking is this:
                self._answer = value, began + self._fresh_s(value)
            return value
        finally:
            if self._asking is this:
                self._asking = None


class RememberedByKey(Generic[Key, Value]):
    """An answer for each key; all are forgotten where there would be more than `most`: messages may bring any keys."""

    def __init__(
        self,
        fresh_s: Callable[[Value], float] = lambda _: math.inf,
        *,
        stale_s: float = 0,
        most: int = 10_000,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`fresh_s` and `stale_s` are as for `Remembered`."""
        self._fresh_s = fresh_s
        self._stale_s = stale_s
        self._most = most
        self._monotonic = monotonic
        self._answers: dict[Key, Remembered[Value]] = {}

    async def get(self, key: Key, ask: Callable[[], Awaitable[Value]]) -> Value:
        """The answer for a key, as `Remembered.get` has it."""
        answer = self._answers.get(key)
        if answer is None:
            if len(self._answers) >= self._most:
                self._answers.clear()
            answer = self._answers[key] = Remembered(self._fresh_s, stale_s=self._stale_s, monotonic=self._monotonic)
        return await answer.get(ask)

    def forget(self, key: Key) -> None:
        """Have the next caller ask anew for this key."""
        answer = self._answers.pop(key, None)
        if answer is not None:
            answer.forget()


def _retrieve(task: "asyncio.Task[Value]") -> None:
    """Take note of the error of a question whose callers have all gone: nobody else is there to hear of it."""
    if not task.cancelled():
        task.exception()
