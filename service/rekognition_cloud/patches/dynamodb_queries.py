"""Queries: how many items one reads."""

import inspect
from collections.abc import Sequence
from functools import wraps
from typing import Any
from weakref import WeakKeyDictionary

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import RESULT_SIZE_LIMIT, Table

from rekognition_cloud.patches.key_sizes import check_query
from rekognition_cloud.patches.sorted_items import Layout, SortedItems, cut

_SORTED: WeakKeyDictionary[Any, dict[str | None, SortedItems]] = WeakKeyDictionary()
"""Of each table that has been queried: its items (None) and those of its indexes, sorted."""


def patch_queries() -> None:
    """Fault: a query walks and sorts the whole table. Here it reads the items of its answer and one more, whatever the
    table holds, as DynamoDB does: a table and each of its indexes are sorted when they are first queried, and kept so
    by every write.
    """
    _patch_writes()
    query = Table.query
    signature = inspect.signature(query)

    @wraps(query)
    def narrowed_query(self: Any, hash_key: Any, *arguments: Any, **named: Any) -> Any:
        asked = signature.bind(self, hash_key, *arguments, **named)
        asked.apply_defaults()
        check_query(self, asked.arguments)
        items = _read(self, hash_key, asked.arguments)
        return query(Narrowed(self, items), hash_key, *arguments, **named)

    Table.query = narrowed_query


class Narrowed:
    """A table for moto's query, with only those items that can be in the answer."""

    def __init__(self, table: Any, items: list[Any]) -> None:
        self._table = table
        self._items = items

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)

    def all_items(self) -> list[Any]:
        return self._items

    def has_idx_items(self, _: str) -> list[Any]:
        return self._items


def kept_write(table: Any, hash_key: Any, range_key: Any) -> None:
    """Tells what is sorted of a table that this item was written or deleted."""
    if kept := _SORTED.get(table):
        found = table.items.get(hash_key)
        item = found.get(range_key) if found and table.has_range_key else found or None
        for sorted_items in kept.values():
            sorted_items.keep(hash_key, range_key, item)


def _read(table: Any, hash_key: Any, asked: dict[str, Any]) -> list[Any]:
    """The items among which moto finds the answer."""
    index_name = asked["index_name"]
    if index_name is not None and all(index.name != index_name for index in table.all_indexes()):
        return []  # and moto says so
    sorted_items = _sorted(table, index_name)
    values = [hash_key] if index_name is None else _values(sorted_items.layout, asked["hash_key_conditions"] or [])
    comparison, compared = asked["range_comparison"], asked["range_objs"]
    if simple := not asked["filter_kwargs"] and len(asked["range_key_conditions"] or []) < 2:  # noqa: PLR2004  # more than the last
        start = asked["exclusive_start_key"]
    else:
        comparison, compared, start = None, [], None
    forward = asked["scan_index_forward"] is not False
    found = sorted_items.partition(values).walk(comparison, compared, start, forward=forward)
    return cut(found, asked["limit"], RESULT_SIZE_LIMIT) if simple else list(found)


def of_index(table: Any, index_name: str) -> Narrowed:
    """A table for moto's scan of an index, with the items of that. Raises KeyError where there is no such index."""
    return Narrowed(table, _sorted(table, index_name).all())


def _values(layout: Layout, conditions: Sequence[tuple[str, Any]]) -> list[Any]:
    wanted = dict(conditions)
    return [wanted.get(name) for name in layout.partition]


def _sorted(table: Any, index_name: str | None) -> SortedItems:
    """What is sorted of a table; done now where it has not been, or not by the keys that the index has now."""
    layout = Layout.of(table, index_name)
    kept = _SORTED.setdefault(table, {})
    if index_name not in kept or kept[index_name].layout != layout:
        kept[index_name] = SortedItems.holding(layout, _items(table))
    return kept[index_name]


def _items(table: Any) -> list[Any]:
    if not table.has_range_key:
        return [item for item in table.items.values() if item]
    return [item for partition in table.items.values() for item in partition.values()]


def _patch_writes() -> None:
    put, delete, update = Table.put_item, Table.delete_item, DynamoDBBackend.update_item

    @wraps(put)
    def put_item(self: Any, *arguments: Any, **named: Any) -> Any:
        item = put(self, *arguments, **named)
        kept_write(self, item.hash_key, item.range_key)
        return item

    @wraps(delete)
    def delete_item(self: Any, hash_key: Any, range_key: Any) -> Any:
        item = delete(self, hash_key, range_key)
        kept_write(self, hash_key, range_key)
        return item

    @wraps(update)
    def update_item(self: Any, table_name: str, key: Any, *arguments: Any, **named: Any) -> Any:
        """An item is changed in its place, and stays half changed where moto then finds a fault."""
        try:
            return update(self, table_name, key, *arguments, **named)
        finally:
            table = self.tables.get(table_name.rpartition("/")[2])
            names = table.table_key_attrs if table is not None else []
            if names and all(name in key for name in names):
                kept_write(table, *self.get_keys_value(table, key))

    Table.put_item, Table.delete_item = put_item, delete_item
    DynamoDBBackend.update_item = update_item
