"""How often a table is asked."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from support.memory_table import MemoryTable

_REQUESTS = ("get", "get_many", "put", "update", "update_and_read", "delete", "query", "count", "scan", "transact")


@contextmanager
def counted(table: MemoryTable) -> Iterator[Counter[str]]:
    """Counts the requests to a table by method."""
    made: Counter[str] = Counter()

    def counting(name: str) -> Any:
        method = getattr(table, name)

        def noted(*arguments: Any, **members: Any) -> Any:
            made[name] += 1
            return method(*arguments, **members)

        return noted

    for name in _REQUESTS:
        setattr(table, name, counting(name))
    try:
        yield made
    finally:
        for name in _REQUESTS:
            delattr(table, name)
