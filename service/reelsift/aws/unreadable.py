"""Rows that this version cannot read: a later one has written them, or somebody has edited them. One of them must not
keep all others from being seen.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import structlog

MOST_KNOWN = 1000
"""Rows that cannot be read which a process tells apart: of further ones it says nothing."""

_Read = TypeVar("_Read")

_log = structlog.get_logger(__name__)


class UnreadableRows:
    """Those of one store. Each is logged once, however often it is met."""

    def __init__(self, sort_key: str = "part") -> None:
        """`sort_key` is the attribute that tells the rows of a video apart."""
        self._sort_key = sort_key
        self._known: set[tuple[str, str]] = set()

    @property
    def count(self) -> int:
        """How many were met so far; MOST_KNOWN where there are as many or more."""
        return len(self._known)

    def read(self, row: Mapping[str, Any], read: Callable[[Mapping[str, Any]], _Read]) -> _Read | None:
        """What `read` makes of a row; None where it cannot."""
        try:
            return read(row)
        except (AssertionError, AttributeError, KeyError, TypeError, ValueError) as error:
            name = str(row["video_id"]), str(row[self._sort_key])
            if name not in self._known and len(self._known) < MOST_KNOWN:
                self._known.add(name)
                text = f"{type(error).__name__}: {error}"
                _log.error("row_unreadable", **{"video_id": name[0], self._sort_key: name[1], "error": text})
            return None
