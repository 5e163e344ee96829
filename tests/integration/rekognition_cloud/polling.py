import time
from collections.abc import Callable

from support.patience import PATIENCE_S


def until(holds: Callable[[], object]) -> None:
    """Returns once `holds` gives something true; fails the test where it never does."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError("what the test waits for did not happen")
        time.sleep(0.01)
