import time
from collections.abc import Callable
from typing import TypeVar

from support.patience import PATIENCE_S

_Value = TypeVar("_Value")


def eventually(probe: Callable[[], _Value], what: str, seconds: float = PATIENCE_S) -> _Value:
    """The first true value of `probe`, asked again and again; fails the test where none comes. Only what measures more
    than a test does takes more `seconds`.
    """
    deadline = time.monotonic() + seconds
    pause = 0.02
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds:.0f} s still not so: {what}; last seen: {value!r}")
        # The cloud has two cores like everybody: who asks all the time slows down what is waited for.
        pause = min(0.4, pause * 1.5)
        time.sleep(pause)
