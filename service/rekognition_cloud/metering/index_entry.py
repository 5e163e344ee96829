"""What the write of an item costs in an index of its table."""

from dataclasses import dataclass
from typing import Any, Self

from rekognition_cloud.metering.item_size import Attributes, item_size
from rekognition_cloud.metering.units import write_units


@dataclass(frozen=True, slots=True)
class Index:
    """A global secondary index: its own key, its table's key, and what is projected besides; None is everything."""

    name: str
    key: tuple[str, ...]
    table_key: tuple[str, ...]
    projected: frozenset[str] | None

    @classmethod
    def of(cls, described: Any, table_key: tuple[str, ...]) -> Self:
        """From moto's index."""
        key = tuple(part["AttributeName"] for part in described.schema)
        projection: dict[str, Any] = described.projection or {}
        kind = projection.get("ProjectionType", "ALL")
        named = frozenset(projection.get("NonKeyAttributes", ())) if kind == "INCLUDE" else frozenset[str]()
        return cls(described.name, key, table_key, None if kind == "ALL" else named)

    def entry(self, item: Attributes | None) -> Attributes | None:
        """The part of an item that is in the index; None where the item lacks a part of the index's key."""
        if item is None or any(name not in item for name in self.key):
            return None
        if self.projected is None:
            return item
        kept = self.projected.union(self.key, self.table_key)
        return {name: value for name, value in item.items() if name in kept}

    def write_units(self, before: Attributes | None, after: Attributes | None) -> int:
        """The developer guide ("Using Global Secondary Indexes", "Write capacity units"): an entry that is added,
        removed or changed in a projected attribute is one write; one whose key changes is two, since it is deleted and
        put again; an unchanged one is none.

        Entries are counted once in a transaction, since they are written after the table and outside of it. The guide
        is silent on that.
        """
        old, new = self.entry(before), self.entry(after)
        if old is None or new is None:
            present = new if old is None else old
            return 0 if present is None else write_units(item_size(present))
        if any(old[name] != new[name] for name in self.key):
            return write_units(item_size(old)) + write_units(item_size(new))
        return 0 if old == new else write_units(max(item_size(old), item_size(new)))
