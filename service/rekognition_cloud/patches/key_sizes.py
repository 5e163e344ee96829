"""Keys of tables: how long they may be."""

from collections.abc import Mapping
from functools import wraps
from typing import Any

from moto.dynamodb.exceptions import HashKeyTooLong, RangeKeyTooLong
from moto.dynamodb.limits import HASH_KEY_MAX_LENGTH, RANGE_KEY_MAX_LENGTH
from moto.dynamodb.models.table import Table


def patch_key_sizes() -> None:
    """Fault: keys that are too long are refused where an item is put. DynamoDB refuses to look for them, too; queries
    are in `dynamodb_queries`.
    """
    get, delete = Table.get_item, Table.delete_item

    @wraps(get)
    def get_item(self: Any, hash_key: Any, range_key: Any = None, *arguments: Any, **named: Any) -> Any:
        _check(hash_key, range_key)
        return get(self, hash_key, range_key, *arguments, **named)

    @wraps(delete)
    def delete_item(self: Any, hash_key: Any, range_key: Any) -> Any:
        _check(hash_key, range_key)
        return delete(self, hash_key, range_key)

    Table.get_item, Table.delete_item = get_item, delete_item


def check_query(table: Any, asked: Mapping[str, Any]) -> None:
    """Refuses a query by its arguments."""
    for hash_key in (asked["hash_key"], *(value for _, value in asked["hash_key_conditions"] or ())):
        _check(hash_key, *(asked["range_objs"] or ()))
    if asked["exclusive_start_key"]:
        table._validate_key_sizes(asked["exclusive_start_key"])  # noqa: SLF001  # moto's own name for it


def _check(hash_key: Any, *range_keys: Any) -> None:
    if hash_key is not None and hash_key.size() > HASH_KEY_MAX_LENGTH:
        raise HashKeyTooLong
    for range_key in range_keys:
        if range_key is not None and range_key.size() > RANGE_KEY_MAX_LENGTH:
            raise RangeKeyTooLong
