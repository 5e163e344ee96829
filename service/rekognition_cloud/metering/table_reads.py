"""Read units of tables and their indexes."""

import inspect
from collections.abc import Callable, Iterable
from typing import Any

from moto.dynamodb import responses
from moto.dynamodb.models import DynamoDBBackend

from rekognition_cloud.meter import Meter
from rekognition_cloud.metering.item_size import Attributes, item_size
from rekognition_cloud.metering.stored_table import StoredTable, attributes_of
from rekognition_cloud.metering.units import read_units


def meter_reads(meter: Meter) -> None:
    _meter_gets(meter)
    for name, projection in (("query", "projection_expressions"), ("scan", "projection_expression")):
        _meter_search(meter, name, projection)


def _meter_gets(meter: Meter) -> None:
    """Each item of a batch is rounded up by itself ("BatchGetItem")."""
    for name, targets in _TARGETS.items():
        _meter_get(meter, name, targets)


def _meter_get(meter: Meter, name: str, targets: Callable[[Any], Iterable[tuple[str, Attributes, bool]]]) -> None:
    action = getattr(responses.DynamoHandler, name)
    operation = "".join(word.capitalize() for word in name.split("_"))

    def metered(self: Any) -> Any:
        if meter.on:
            for table_name, key, consistent in targets(self.body):
                table = StoredTable(self.dynamodb_backend, table_name)
                size = item_size(table.item(key) or {})
                units = read_units(size, consistent=consistent, transactional=name.startswith("transact"))
                meter.add("dynamodb", table.name, operation, "read unit", units)
        return action(self)

    setattr(responses.DynamoHandler, name, metered)


def _meter_search(meter: Meter, name: str, projection: str) -> None:
    """A query or scan is billed for every whole item that its keys select: also for what a filter or a projection
    leaves out, and for a count as much as for the items. Sizes are added up, then rounded.
    """
    search = getattr(DynamoDBBackend, name)
    signature = inspect.signature(search)

    def metered(self: Any, *arguments: Any, **named: Any) -> Any:
        answer = search(self, *arguments, **named)
        if not meter.on:
            return answer
        asked = signature.bind(self, *arguments, **named)
        members = asked.arguments
        read = answer
        if members.get("filter_expression") is not None or members.get(projection):
            members |= {"filter_expression": None, projection: None}
            read = search(*asked.args, **asked.kwargs)
        size = sum(item_size(attributes_of(item)) for item in read[0])
        table, index = StoredTable(self, members["table_name"]).name, members.get("index_name")
        units = read_units(size, consistent=bool(members.get("consistent_read")))
        meter.add("dynamodb", f"{table}/{index}" if index else table, name.capitalize(), "read unit", units)
        return answer

    setattr(DynamoDBBackend, name, metered)


def _one(body: Any) -> Iterable[tuple[str, Attributes, bool]]:
    yield body["TableName"], body["Key"], bool(body.get("ConsistentRead"))


def _batch(body: Any) -> Iterable[tuple[str, Attributes, bool]]:
    for table, asked in body["RequestItems"].items():
        for key in asked["Keys"]:
            yield table, key, bool(asked.get("ConsistentRead"))


def _transaction(body: Any) -> Iterable[tuple[str, Attributes, bool]]:
    for entry in body["TransactItems"]:
        yield entry["Get"]["TableName"], entry["Get"]["Key"], True


_TARGETS: dict[str, Callable[[Any], Iterable[tuple[str, Attributes, bool]]]] = {
    "get_item": _one,
    "batch_get_item": _batch,
    "transact_get_items": _transaction,
}
