"""What is written piece by piece, whole."""

from collections.abc import Iterable, Mapping
from typing import Any

from reelsift.reports.long_list import LongList


def whole(document: LongList, entries: Iterable[Mapping[str, Any]]) -> bytes:
    """The document with these entries, each added by itself."""
    added = "".join(document.add([entry]) for entry in entries)
    return (document.begin() + added + document.add([]) + document.end()).encode()
