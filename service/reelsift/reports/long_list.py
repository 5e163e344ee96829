"""A JSON object with one long list, written piece by piece: a report of a billion lines names 300,000 files."""

import json
from collections.abc import Iterable, Mapping
from typing import Any


class LongList:
    """Call `begin`, `add` as often as there are entries, and `end`; their texts, in this order, are the object."""

    def __init__(self, document: Mapping[str, Any], member: str) -> None:
        """`document` is the object with an empty list as its `member`, the only one of this name in it."""
        self._before, self._after = json.dumps(document, indent=1).split(f'"{member}": []')
        self._member = member
        self._empty = True

    def begin(self) -> str:
        return f'{self._before}"{self._member}": ['

    def add(self, entries: Iterable[Mapping[str, Any]]) -> str:
        """An entry a line."""
        lines = [f"\n  {json.dumps(entry)}" for entry in entries]
        if not lines:
            return ""
        comma = "" if self._empty else ","
        self._empty = False
        return comma + ",".join(lines)

    def end(self) -> str:
        return f"\n ]{self._after}"
