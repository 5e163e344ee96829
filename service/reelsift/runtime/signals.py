"""SIGTERM and SIGINT as an event, and a second SIGINT as the end."""

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

import structlog

Result = TypeVar("Result")

_INTERRUPTED = 130
"""Ctrl-C, as shells number it."""

_SHOW_CURSOR = b"\x1b[?25h"

_log = structlog.get_logger(__name__)


def run(main: Coroutine[Any, Any, Result]) -> Result:
    """`asyncio.run`, in which a second SIGINT ends the process at once, with exit code 130.

    The first one cancels `main`, which may have to clean up, and asyncio then waits for every thread: whoever presses
    Ctrl-C again wants neither.
    """
    before = signal.getsignal(signal.SIGINT)
    interrupted = False

    async def interruptible() -> Result:
        first = signal.getsignal(signal.SIGINT)

        def received(number: int, frame: FrameType | None) -> None:
            nonlocal interrupted
            interrupted = True
            _end_by_the_next_interrupt()
            assert callable(first)  # noqa: S101 - else this would not be installed
            first(number, frame)

        # A shell starts what it puts into the background with SIGINT ignored.
        if callable(first):
            signal.signal(signal.SIGINT, received)
        return await main

    try:
        return asyncio.run(interruptible())
    finally:
        # An interrupted process is about to end, and may still wait for a thread.
        if not interrupted:
            signal.signal(signal.SIGINT, before)


@contextmanager
def stop_on_signals(stop: asyncio.Event) -> Iterator[None]:
    """While this is open, SIGTERM (ECS) and SIGINT (a terminal) set `stop`, and a second SIGINT ends the process at
    once. The old handlers come back after it, unless a SIGINT has come.
    """
    loop = asyncio.get_running_loop()
    caught = (signal.SIGTERM, signal.SIGINT)
    previous = {number: signal.getsignal(number) for number in caught}

    def received(number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGINT:
            # Not by the event loop, which may be what is stuck.
            _end_by_the_next_interrupt()
        loop.call_soon_threadsafe(_stop, signal.Signals(number))

    def _stop(number: signal.Signals) -> None:
        stop.set()
        _log.info("stopping", signal=number.name)

    for number in caught:
        signal.signal(number, received)
    try:
        yield
    finally:
        for number in caught:
            if signal.getsignal(number) is received:
                signal.signal(number, previous[number])


def _end_by_the_next_interrupt() -> None:
    signal.signal(signal.SIGINT, _end)


def _end(_number: int, _frame: FrameType | None) -> None:
    """End the process as it is. A progress bar may have hidden the terminal's cursor."""
    if sys.stderr.isatty():
        os.write(sys.stderr.fileno(), _SHOW_CURSOR)
    os._exit(_INTERRUPTED)
