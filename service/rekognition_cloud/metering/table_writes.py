"""Write units of tables and their indexes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from moto.dynamodb import responses
from moto.dynamodb.exceptions import ConditionalCheckFailed, TransactionCanceledException

from rekognition_cloud.meter import Meter
from rekognition_cloud.metering.item_size import Attributes, item_size
from rekognition_cloud.metering.stored_table import StoredTable
from rekognition_cloud.metering.units import write_units


@dataclass(frozen=True, slots=True)
class _Write:
    """One item of a request, with its state before. `given` is the whole item of a put, else the key."""

    table: StoredTable
    given: Attributes
    before: Attributes | None
    puts: bool

    def refused_units(self, *, transactional: bool) -> int:
        """A condition that fails costs as much as the write would have: by the larger of the stored item and, for a
        put, the given one.
        """
        sizes = [item_size(item) for item in (self.before, self.given if self.puts else None) if item is not None]
        return write_units(max(sizes, default=0), transactional=transactional)


def meter_writes(meter: Meter) -> None:
    """Reads the items of each request before and after it, under the lock that admits one request at a time."""
    for name, targets in _TARGETS.items():
        _meter_action(meter, name, targets)


def _meter_action(meter: Meter, name: str, targets: Callable[[Any], Iterable[tuple[str, Attributes, bool]]]) -> None:
    action = getattr(responses.DynamoHandler, name)
    operation = "".join(word.capitalize() for word in name.split("_"))
    transactional = name.startswith("transact")

    def metered(self: Any) -> Any:
        if not meter.on:
            return action(self)
        backend = self.dynamodb_backend
        writes = [_write(backend, *target) for target in targets(self.body)]
        try:
            answer = action(self)
        except (ConditionalCheckFailed, TransactionCanceledException):
            for write in writes:
                units = write.refused_units(transactional=transactional)
                meter.add("dynamodb", write.table.name, operation, "write unit", units)
            raise
        for write in writes:
            _tell(meter, operation, write, transactional=transactional)
        return answer

    setattr(responses.DynamoHandler, name, metered)


def _write(backend: Any, table_name: str, given: Attributes, puts: bool) -> _Write:  # noqa: FBT001  # a row of targets
    table = StoredTable(backend, table_name)
    return _Write(table, given, table.item(given), puts)


def _tell(meter: Meter, operation: str, write: _Write, *, transactional: bool) -> None:
    """Adds the units of a write: by the larger of the item before and after, for a delete by what it deletes."""
    table, before, after = write.table, write.before, write.table.item(write.given)
    size = max(item_size(item) if item is not None else 0 for item in (before, after))
    meter.add("dynamodb", table.name, operation, "write unit", write_units(size, transactional=transactional))
    for index in table.indexes():
        meter.add("dynamodb", f"{table.name}/{index.name}", operation, "write unit", index.write_units(before, after))


def _one(body: Any) -> Iterable[tuple[str, Attributes, bool]]:
    yield body["TableName"], body["Item"] if "Item" in body else body["Key"], "Item" in body


def _batch(body: Any) -> Iterable[tuple[str, Attributes, bool]]:
    for table, requests in body["RequestItems"].items():
        for request in requests:
            puts = "PutRequest" in request
            yield table, request["PutRequest"]["Item"] if puts else request["DeleteRequest"]["Key"], puts


def _transaction(body: Any) -> Iterable[tuple[str, Attributes, bool]]:
    """A ConditionCheck is billed as the write of its item."""
    for entry in body["TransactItems"]:
        (part,) = entry.values()
        yield from _one(part)


_TARGETS: dict[str, Callable[[Any], Iterable[tuple[str, Attributes, bool]]]] = {
    "put_item": _one,
    "update_item": _one,
    "delete_item": _one,
    "batch_write_item": _batch,
    "transact_write_items": _transaction,
}
