"""DynamoDB items as plain dictionaries."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from math import isfinite
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
    # boto3 tries ten types for each value, and makes a Decimal of every number.
    packer = _PACKERS.get(type(value))
    return _serializer.serialize(value) if packer is None else packer(value)


def _unpacked(value: Any) -> Any:
    ((kind, content),) = value.items()
    unpacker = _UNPACKERS.get(kind)
    return _deserializer.deserialize(value) if unpacker is None else unpacker(content)


def _packed_float(value: float) -> Any:
    """The shortest decimal that reads back as the same float: DynamoDB takes no binary floats."""
    return {"N": repr(value)} if isfinite(value) else _serializer.serialize(Decimal(repr(value)))


def _packed_list(values: Sequence[Any]) -> Any:
    return {"L": [_packed(value) for value in values]}


def _unpacked_number(text: str) -> int | float:
    if text.isdecimal():
        return int(text)
    number = Decimal(text)
    return int(number) if number == number.to_integral_value() else float(number)


_PACKERS: dict[type, Callable[[Any], Any]] = {
    str: lambda text: {"S": text},
    bool: lambda flag: {"BOOL": flag},
    int: lambda number: {"N": str(number)},
    float: _packed_float,
    list: _packed_list,
    tuple: _packed_list,
    dict: lambda values: {"M": pack(values)},
}

_UNPACKERS: dict[str, Callable[[Any], Any]] = {
    "S": str,
    "BOOL": bool,
    "N": _unpacked_number,
    "L": lambda values: [_unpacked(value) for value in values],
    "M": unpack,
}
