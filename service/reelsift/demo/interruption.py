"""Ctrl-C and SIGTERM in a program that has processes of its own to end."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SHELL_OFFSET = 128


@contextmanager
def interruptible() -> Iterator[None]:
    """While this is open SIGINT raises KeyboardInterrupt, SIGTERM and SIGHUP SystemExit; after it the old handlers are
    back.

    A shell starts what it puts into the background with SIGINT ignored, so the usual handler may not be there.
    """
    handlers = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: _terminate, signal.SIGHUP: _terminate}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def held_back() -> Iterator[None]:
    """While this is open a SIGINT waits; it comes at the end.

    A process started in here never sees one at all: in a terminal Ctrl-C goes to every process, and who ends which
    is for this one to decide.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def ignore_from_here() -> None:
    """Let a second Ctrl-C change nothing about the cleaning up after the first."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _terminate(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(_SHELL_OFFSET + number)
