from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Self

from moto.dynamodb.models.dynamo_type import DynamoType

Place = tuple[Any, ...]
"""Where in its partition an item stands: the values of its sort keys, and of the table's own key, which parts items of
equal sort keys."""

_Entry = tuple[Place, Any]


@dataclass(frozen=True, slots=True)
class Layout:
    """How the items of a table, or of one of its indexes, are parted and sorted. Names of attributes."""

    partition: tuple[str, ...]
    order: tuple[str, ...]
    types: tuple[tuple[str, str], ...]
    """What an item must have, and of which type, to be among them: an index is sparse."""

    @classmethod
    def of(cls, table: Any, index_name: str | None) -> Self:
        """That of moto's table, or of an index of it by moto's order. Raises KeyError where there is no such index."""
        own = [name for name in (table.hash_key_attr, table.range_key_attr) if name]
        types = {defined["AttributeName"]: defined["AttributeType"] for defined in table.attr}
        if index_name is None:
            return cls((own[0],), tuple(own[1:]), tuple((name, types[name]) for name in own))
        schema = table.get_index(index_name).schema
        hashed, sorted_by = (
            [key["AttributeName"] for key in schema if key["KeyType"] == kind] for kind in ("HASH", "RANGE")
        )
        order = dict.fromkeys([*(sorted_by or own[-1:]), *own])
        return cls(tuple(hashed), tuple(order), tuple((name, types[name]) for name in (*hashed, *order)))

    def place(self, item: Any) -> tuple[tuple[Any, ...], Place] | None:
        """An item's partition and place in it; None where it lacks a part of the key."""
        attributes = item.attrs
        if any(name not in attributes or attributes[name].type != kind for name, kind in self.types):
            return None
        return (
            tuple(attributes[name] for name in self.partition),
            tuple(attributes[name].cast_value for name in self.order),
        )


@dataclass(slots=True)
class SortedItems:
    """The items of a table, or of one of its indexes, by partition and in order. It is told of each write."""

    layout: Layout
    _partitions: dict[tuple[Any, ...], list[_Entry]] = field(default_factory=dict)
    _places: dict[tuple[Any, Any], tuple[tuple[Any, ...], Place]] = field(default_factory=dict)

    @classmethod
    def holding(cls, layout: Layout, items: Iterable[Any]) -> Self:
        """Sorts what is there already."""
        made = cls(layout)
        for item in items:
            if (found := layout.place(item)) is not None:
                made._places[item.hash_key, item.range_key] = found
                made._partitions.setdefault(found[0], []).append((found[1], item))
        for entries in made._partitions.values():
            entries.sort(key=_place)
        return made

    def keep(self, hash_key: Any, range_key: Any, item: Any) -> None:
        """Takes over the state of one item after a write; None where it is gone."""
        was = self._places.get((hash_key, range_key))
        now = None if item is None else self.layout.place(item)
        if was is not None and was != now:
            del self._places[hash_key, range_key]
            entries = self._partitions[was[0]]
            del entries[bisect_left(entries, was[1], key=_place)]
            if not entries:
                del self._partitions[was[0]]
        if now is not None:
            self._places[hash_key, range_key] = now
            entries = self._partitions.setdefault(now[0], [])
            at = bisect_left(entries, now[1], key=_place)
            entries[at : at + (was == now)] = [(now[1], item)]

    def all(self) -> list[Any]:
        """Every item, one partition after the other."""
        return [item for entries in self._partitions.values() for _, item in entries]

    def partition(self, values: Sequence[Any]) -> "SortedPartition":
        """The items with these values of the partition's keys: perhaps none."""
        return SortedPartition(self.layout, tuple(values), self._partitions.get(tuple(values), []))


@dataclass(frozen=True, slots=True)
class SortedPartition:
    """The items of one partition. It is read at once, before the next write."""

    layout: Layout
    values: tuple[Any, ...]
    entries: Sequence[_Entry]

    def walk(
        self, comparison: str | None, compared: Sequence[Any], after: dict[str, Any] | None, *, forward: bool
    ) -> Iterator[Any]:
        """The items whose first sort key compares so, beginning after a key, in one direction; then one that does not
        compare so, by which moto sees that the partition goes on. What cannot be told by the order is left in:
        comparisons that are none of a key's, and a key of another partition.
        """
        first, end = self._bounds(comparison, [value.cast_value for value in compared])
        if after is not None and (place := self._place_of(after)) is not None:
            if forward:
                first = max(first, bisect_right(self.entries, place, key=_place))
            else:
                end = min(end, bisect_left(self.entries, place, key=_place))
        steps = range(first, min(end + 1, len(self.entries))) if forward else range(end - 1, max(first - 1, 0) - 1, -1)
        return (self.entries[step][1] for step in steps)

    def _bounds(self, comparison: str | None, compared: Sequence[Any]) -> tuple[int, int]:
        """The first entry that compares so, and the one after the last."""
        entries, end = self.entries, len(self.entries)
        if comparison == "BEGINS_WITH":
            first = bisect_left(entries, compared[0], key=_sort_key)
            # Those that begin so stand together.
            return first, bisect_left(entries, 1, first, key=lambda e: not _sort_key(e).startswith(compared[0]))
        below = bisect_left(entries, compared[0], key=_sort_key) if comparison in _COMPARISONS else 0
        above = bisect_right(entries, compared[-1], key=_sort_key) if comparison in _COMPARISONS else end
        if comparison == "<":
            return 0, below
        if comparison == ">":
            return above, end
        return (0 if comparison == "<=" else below), (end if comparison == ">=" else above)

    def _place_of(self, key: dict[str, Any]) -> Place | None:
        """Where an item with this key stands, or would stand."""
        if any(name not in key for name, _ in self.layout.types):
            return None
        given = {name: DynamoType(key[name]) for name, _ in self.layout.types}
        if tuple(given[name] for name in self.layout.partition) != self.values:
            return None
        return tuple(given[name].cast_value for name in self.layout.order)


_COMPARISONS = frozenset({"=", "<", "<=", ">", ">=", "BETWEEN"})


def _place(entry: _Entry) -> Place:
    return entry[0]


def _sort_key(entry: _Entry) -> Any:
    return entry[0][0]


def cut(items: Iterator[Any], limit: int | None, size_limit: int) -> list[Any]:
    """As many items as one page may hold, and one more, by which moto sees that the page is not the last."""
    found: list[Any] = []
    size = 0
    for item in items if limit is None else islice(items, limit + 1):
        found.append(item)
        size += item.size()
        if size > size_limit:
            break
    return found
