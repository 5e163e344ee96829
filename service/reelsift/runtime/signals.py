"""SIGTERM and SIGINT as an event."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

_log = structlog.get_logger(__name__)


@contextmanager
def stop_on_signals(stop: asyncio.Event) -> Iterator[None]:
    """While this is open, SIGTERM (ECS) and SIGINT (a terminal) set `stop`; the old handlers come back after it."""
    loop = asyncio.get_running_loop()
    caught = (signal.SIGTERM, signal.SIGINT)
    previous = {number: signal.getsignal(number) for number in caught}

    def _received(number: signal.Signals) -> None:
        _log.info("stopping", signal=number.name)
        stop.set()

    for number in caught:
        loop.add_signal_handler(number, _received, number)
    try:
        yield
    finally:
        for number in caught:
            loop.remove_signal_handler(number)
            signal.signal(number, previous[number])
