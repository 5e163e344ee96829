"""The size of an item, by the rules of the developer guide ("DynamoDB item sizes and formats")."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

Attributes = Mapping[str, Mapping[str, Any]]
"""An item as DynamoDB's JSON has it: `{"name": {"S": "value"}}`."""

_CONTAINER_BYTES = 3
_ELEMENT_BYTES = 1


def item_size(attributes: Attributes) -> int:
    """Bytes: the names and the values, in UTF-8. The guide gives numbers approximately; so are they here."""
    return sum(_text(name) + _value(value) for name, value in attributes.items())


def _value(typed: Mapping[str, Any]) -> int:
    ((kind, value),) = typed.items()
    if kind in _SCALARS:
        return _SCALARS[kind](value)
    if kind == "M":
        return _CONTAINER_BYTES + sum(_ELEMENT_BYTES + _text(name) + _value(inner) for name, inner in value.items())
    # The guide says nothing of sets: they are taken for lists.
    elements = value if kind == "L" else [{kind[0]: element} for element in value]
    return _CONTAINER_BYTES + sum(_ELEMENT_BYTES + _value(element) for element in elements)


def _text(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _number(value: str) -> int:
    """A byte for two significant digits, and one more; leading and trailing zeroes are trimmed."""
    digits = "".join(map(str, Decimal(value).as_tuple().digits)).strip("0")
    return (len(digits) + 1) // 2 + 1


def _binary(value: Any) -> int:
    """Raw bytes; moto keeps them so, or as the base64 that was sent."""
    if isinstance(value, bytes):
        return len(value)
    return len(value) * 3 // 4 - int(value.count("="))


def _one_byte(_value: object) -> int:
    return 1


_SCALARS: dict[str, Callable[[Any], int]] = {
    "S": _text,
    "N": _number,
    "B": _binary,
    "BOOL": _one_byte,
    "NULL": _one_byte,
}
