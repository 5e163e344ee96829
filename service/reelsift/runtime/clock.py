"""The time: of day, in the unit of every table, and a steady one for what this process waits for."""

import time
from typing import Protocol


class Clock(Protocol):
    """The time. `now_ms` is for what other processes write or read, `monotonic` for what this one waits for."""

    def now_ms(self) -> int:
        """The time of day in epoch milliseconds. It may jump, and other machines may disagree about it."""
        ...

    def monotonic(self) -> float:
        """Seconds since some moment of this process: never runs back, and is nobody else's business."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now_ms(self) -> int:
        return now_ms()

    def monotonic(self) -> float:
        return time.monotonic()


def now_ms() -> int:
    """The machine's time of day in epoch milliseconds."""
    return time.time_ns() // 1_000_000


def as_ms(seconds: float) -> int:
    """Seconds as whole milliseconds."""
    return int(seconds * 1000)
