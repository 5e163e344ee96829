"""Which tests stay together on one worker of pytest-xdist, and which of all begin first."""

from collections.abc import Sequence
from typing import Any

import pytest


def gather(items: Sequence[pytest.Item]) -> None:
    """Keep together those of a module that share what a fixture makes once for all of them."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None and _shares(item):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


def haste(item: pytest.Item) -> tuple[float, bool]:
    """For sorting: what takes longest comes first, then whatever waits for processes."""
    long = item.get_closest_marker("long")
    return -long.args[0] if long else 0, item.get_closest_marker("process") is None


def announce(items: Sequence[Any]) -> None:
    """Tell the scheduler the groups.

    pytest-xdist 3.8 does so by a suffix of the test's id; pytest 9.2 keeps the id where xdist does not write it, and
    silently groups nothing (pytest-xdist issue 1386).
    """
    for item in items:
        told = getattr(item, "_nodeid", item.nodeid)
        if told != item.nodeid:
            item._id = type(item.id).parse(told)


def _shares(item: pytest.Item) -> bool:
    if not isinstance(item, pytest.Function):
        return False
    fixtures = (found for several in item._fixtureinfo.name2fixturedefs.values() for found in several)
    return any(fixture.scope == "module" for fixture in fixtures)
