"""A request held against botocore's own model of the service, as Amazon's front end does it.

Values outside their constraints are answered with ValidationException and the sentences of Amazon's model
validation; `InvalidParameterException` is left to what the model cannot express.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from botocore.model import OperationModel, Shape
from botocore.session import Session

from rekognition_cloud.rekognition.refusal import Refusal, invalid_parameter

_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "list": (list,),
    "structure": (dict,),
}


@cache
def operation_model(operation: str) -> OperationModel:
    return Session().get_service_model("rekognition").operation_model(operation)


def input_members(operation: str) -> Mapping[str, Shape]:
    """What a request of the operation may hold."""
    return _members(operation_model(operation).input_shape)


def output_members(operation: str) -> Mapping[str, Shape]:
    """What an answer of the operation may hold."""
    return _members(operation_model(operation).output_shape)


def _members(shape: Any) -> Mapping[str, Shape]:
    members: Mapping[str, Shape] = shape.members if shape else {}
    return members


def check_request(operation: str, request: Mapping[str, Any]) -> None:
    """Raises Refusal: ValidationException naming every member at fault, SerializationException for a wrong type,
    InvalidParameterException for a member that the operation has not, such as MinConfidence of StartTextDetection.
    """
    if not request.keys() <= input_members(operation).keys():
        raise invalid_parameter()
    faults = list(_faults(operation_model(operation).input_shape, request, ()))
    if faults:
        plural = "s" if len(faults) > 1 else ""
        raise Refusal("ValidationException", f"{len(faults)} validation error{plural} detected: {'; '.join(faults)}")


def _faults(shape: Any, value: Any, path: tuple[str, ...]) -> Iterator[str]:
    expected = _TYPES.get(shape.type_name)
    if expected and (not isinstance(value, expected) or (isinstance(value, bool) and bool not in expected)):
        raise Refusal("SerializationException", f"{type(value).__name__} can not be converted to {shape.type_name}")
    for constraint, holds in _CONSTRAINTS.items():
        limit = shape.metadata.get(constraint)
        if limit is not None and (sentence := holds(shape, value, limit)):
            yield f"Value {_quoted(value)} at '{'.'.join(path)}' failed to satisfy constraint: Member must {sentence}"
    if shape.type_name == "structure":
        yield from _structure_faults(shape, value, path)
    elif shape.type_name == "list":
        for number, element in enumerate(value, 1):
            yield from _faults(shape.member, element, (*path, str(number), "member"))


def _structure_faults(shape: Any, value: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    for name, member in shape.members.items():
        here = (*path, name[0].lower() + name[1:])
        if value.get(name) is not None:
            yield from _faults(member, value[name], here)
        elif name in shape.required_members:
            yield f"Value null at '{'.'.join(here)}' failed to satisfy constraint: Member must not be null"


def _quoted(value: Any) -> str:
    return f"'{value}'"


def _size(shape: Shape, value: Any) -> tuple[str, float]:
    return ("length", len(value)) if shape.type_name in {"string", "list"} else ("value", value)


def _minimum(shape: Shape, value: Any, limit: float) -> str | None:
    kind, size = _size(shape, value)
    return f"have {kind} greater than or equal to {limit}" if size < limit else None


def _maximum(shape: Shape, value: Any, limit: float) -> str | None:
    kind, size = _size(shape, value)
    return f"have {kind} less than or equal to {limit}" if size > limit else None


def _pattern(_shape: Shape, value: str, limit: str) -> str | None:
    return None if re.fullmatch(limit, value) else f"satisfy regular expression pattern: {limit}"


def _enum(_shape: Shape, value: str, limit: list[str]) -> str | None:
    return None if value in limit else f"satisfy enum value set: [{', '.join(limit)}]"


_CONSTRAINTS: Mapping[str, Callable[[Shape, Any, Any], str | None]] = {
    "min": _minimum,
    "max": _maximum,
    "pattern": _pattern,
    "enum": _enum,
}
