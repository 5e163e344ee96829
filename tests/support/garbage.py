"""How often Python looks for cycles. Modules, tests and parameters stay until the end: to go through them again and
again took a sixth of the time of a test process, and a third of the time in which tests are collected.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_NEW_OBJECTS = 50_000
"""After so many of them Python looks; by itself after 700."""


@contextmanager
def none_so_far() -> Iterator[None]:
    """What is made in this context is never looked at again, and what comes after it less often."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        look_seldom()
        gc.enable()


def look_seldom() -> None:
    """What is made for a test is mostly gone when the test is, without anybody who looks for it."""
    gc.set_threshold(_NEW_OBJECTS, *gc.get_threshold()[1:])


def look_again() -> None:
    """At the end of all tests, at everything: what libraries of C++ had in use they else report as lost."""
    gc.unfreeze()
