"""The condition key `dynamodb:LeadingKeys`: the partition keys that a request names."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.parsing.key_condition_expression import parse_expression

from rekognition_cloud.iam.api_call import ApiCall

LEADING_KEYS = "dynamodb:leadingkeys"


def leading_keys(call: ApiCall) -> dict[str, tuple[str, ...]]:
    """The partition keys of all items that a call names, of a query that of the table or index which it asks. A scan
    names none. Of a call over several tables it is the keys in all of them, where AWS looks at each table by itself.
    """
    keys = {_text(value) for value in _values(call)}
    return {LEADING_KEYS: tuple(sorted(keys))} if keys else {}


def _values(call: ApiCall) -> Iterator[Mapping[str, Any]]:
    asked = call.parameters
    if call.operation.name == "Query":
        yield from _queried(call)
    elif "TransactItems" in asked:
        for entry in asked["TransactItems"]:
            for part in entry.values():
                yield from _of_item(call, part["TableName"], part.get("Item") or part["Key"])
    elif "RequestItems" in asked:
        for table, requests in asked["RequestItems"].items():
            for item in _batched(requests):
                yield from _of_item(call, table, item)
    elif named := asked.get("Item") or asked.get("Key"):
        yield from _of_item(call, call.text("TableName"), named)


def _batched(requests: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(requests, Mapping):
        yield from requests["Keys"]
        return
    for request in requests:
        (part,) = request.values()
        yield part.get("Item") or part["Key"]


def _of_item(call: ApiCall, table: str, item: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    found = _table(call, table)
    if found is not None and found.hash_key_attr in item:
        yield item[found.hash_key_attr]


def _queried(call: ApiCall) -> Iterator[Mapping[str, Any]]:
    table = _table(call, call.text("TableName"))
    if table is None:
        return
    index, expression = call.text("IndexName"), call.text("KeyConditionExpression")
    # A query that makes no sense is refused when it is made.
    with suppress(JsonRESTError):
        partition, _, _ = parse_expression(
            key_condition_expression=expression,
            expression_attribute_names=call.parameters.get("ExpressionAttributeNames", {}),
            expression_attribute_values=call.parameters.get("ExpressionAttributeValues", {}),
            schema=table.get_index(index).schema if index else table.schema,
        )
        yield from (value for _, value in partition)


def _table(call: ApiCall, name: str) -> Any:
    """A table of moto's; None where there is none, which the call itself is refused for."""
    return dynamodb_backends[call.account][call.region].tables.get(name.rpartition("/")[2])


def _text(value: Mapping[str, Any]) -> str:
    (content,) = value.values()
    return str(content)
