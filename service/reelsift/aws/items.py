"""DynamoDB items as plain dictionaries."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

_serializer = TypeSerializer()
_deserializer = TypeDeserializer()


def pack(values: Mapping[str, Any]) -> dict[str, Any]:
    """An item of DynamoDB's typed values. None is left out: an absent attribute keeps sparse indexes sparse."""
    return {name: _packed(value) for name, value in values.items() if value is not None}


def unpack(item: Mapping[str, Any]) -> dict[str, Any]:
    """The plain values of an item; whole numbers as int, others as float."""
    return {name: _unpacked(value) for name, value in item.items()}


def _packed(value: Any) -> Any:
    # Most attributes are text, and boto3 tries nine other types before it.
    return {"S": value} if isinstance(value, str) else _serializer.serialize(_exact(value))


def _unpacked(value: Any) -> Any:
    # Text, and the numbers that count and date, need no Decimal on their way.
    text = value.get("S")
    if text is not None:
        return text
    number = value.get("N")
    if number is not None and number.isdecimal():
        return int(number)
    return _plain(_deserializer.deserialize(value))


def _exact(value: Any) -> Any:
    """Floats as the shortest decimal that reads back as the same float: DynamoDB takes no binary floats."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, Mapping):
        return {name: _exact(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list | tuple):
        return [_exact(inner) for inner in value]
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value
