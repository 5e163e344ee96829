"""Answers: the time that writing them takes."""

import base64
from collections.abc import Iterable
from typing import Any

from moto.core.serialize import BaseJSONSerializer, XFormedAttributePicker


def patch_answers() -> None:
    patch_spellings()
    patch_items()


def patch_spellings() -> None:
    """Fault: for each member of each answer moto works out again under which names the value may be stored. The names
    depend only on the shape and on the value's class.
    """
    get_possible_keys = XFormedAttributePicker.get_possible_keys

    def known_keys(self: Any, context: Any) -> Iterable[str]:
        known: dict[Any, tuple[str, ...]] = context.shape.__dict__.setdefault("possible_keys", {})
        place = (context.key, type(context.obj))
        if place not in known:
            known[place] = tuple(get_possible_keys(self, context))
        return known[place]

    XFormedAttributePicker.get_possible_keys = known_keys


def patch_items() -> None:
    """Fault: for each value of a DynamoDB item moto tries the ten types, each in a dozen spellings. A value has one
    type, spelt as DynamoDB spells it.
    """
    serialize = BaseJSONSerializer._serialize_type_structure  # noqa: SLF001  # moto's own name for it

    def serialize_structure(self: Any, serialized: dict[str, Any], value: Any, shape: Any, key: str) -> None:
        if shape.name == "AttributeValue" and self.service_model.service_name == "dynamodb" and isinstance(value, dict):
            serialized[key] = _written(value)
        else:
            serialize(self, serialized, value, shape, key)

    BaseJSONSerializer._serialize_type_structure = serialize_structure  # noqa: SLF001  # the same


def _written(value: dict[str, Any]) -> dict[str, Any]:
    """An AttributeValue as it goes over the wire."""
    ((kind, content),) = value.items()
    if kind == "M":
        return {kind: {name: _written(member) for name, member in content.items()}}
    if kind == "L":
        return {kind: [_written(member) for member in content]}
    if kind == "B":
        return {kind: base64.b64encode(content).decode()}
    if kind == "BS":
        return {kind: [base64.b64encode(member).decode() for member in content]}
    if kind in {"SS", "NS"}:
        return {kind: [str(member) for member in content]}
    return {kind: str(content) if kind in {"S", "N"} else content}
