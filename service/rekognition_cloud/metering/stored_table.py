"""A table of moto's, as the meter reads it."""

from typing import Any

from rekognition_cloud.metering.index_entry import Index
from rekognition_cloud.metering.item_size import Attributes


class StoredTable:
    """Reads moto's items as DynamoDB's JSON: copies, which later writes do not change."""

    def __init__(self, backend: Any, name: str) -> None:
        """Raises what moto raises where there is no such table."""
        self._table = backend.get_table(name)
        self._backend = backend
        self.name = str(self._table.name)
        self.key = tuple(part for part in (self._table.hash_key_attr, self._table.range_key_attr) if part)

    def indexes(self) -> list[Index]:
        return [Index.of(index, self.key) for index in self._table.global_indexes]

    def item(self, key: Attributes) -> Attributes | None:
        """The item that is there under the key members of `key`, or None."""
        stored = self._backend.get_item(self._table.name, {name: key[name] for name in self.key if name in key})
        return attributes_of(stored) if stored is not None else None


def attributes_of(item: Any) -> Attributes:
    """An item of moto's as DynamoDB's JSON."""
    return {name: _typed(value) for name, value in item.attrs.items()}


def _typed(value: Any) -> dict[str, Any]:
    if value.is_list():
        return {value.type: [_typed(element) for element in value.value]}
    if value.is_map():
        return {value.type: {name: _typed(inner) for name, inner in value.value.items()}}
    return {value.type: list(value.value) if value.is_set() else value.value}
