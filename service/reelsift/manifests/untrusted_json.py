"""Where untrusted JSON becomes typed: one value a name, finite numbers, strict models, and complaints in words."""

import json
import math
from collections.abc import Mapping
from typing import Any, NoReturn

from pydantic import BaseModel, ConfigDict, ValidationError


class JsonError(ValueError):
    """The text is not JSON that can be relied on; the message says why."""


def load_json(text: str) -> Any:
    """The value of `text`. JsonError, and nothing else, for whatever is wrong with it."""
    return _load(text, _STRICT)


def load_told(text: str) -> Any:
    """As `load_json`, of what people and programs tell of videos: there NaN is how pandas writes that it has no value,
    and as good as null.
    """
    return _load(text, TOLD)


_BLANK = "\ufeff \t\r\n"


def made_json_once(text: str) -> str:
    """A text without what stands before it; what a string of JSON says, where that is JSON itself: programs make a
    message JSON that is it already.
    """
    text = text.lstrip(_BLANK)
    while text[:1] == '"':
        try:
            inner = load_told(text)
        except JsonError:
            break
        if not isinstance(inner, str) or inner.lstrip(_BLANK)[:1] not in {"{", "[", '"'}:
            break
        text = inner.lstrip(_BLANK)
    return text


def _load(text: str, decoder: json.JSONDecoder) -> Any:
    try:
        return decoder.decode(text)
    except JsonError:
        raise
    except json.JSONDecodeError as error:
        raise JsonError(f"it is not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise JsonError("it is JSON nested too deeply") from None
    except ValueError:
        # int() refuses more than 4,300 digits.
        raise JsonError("it is JSON with a number too long to read") from None


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise JsonError("it is JSON with an object that names a member twice")
    return members


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise JsonError("it is JSON with a number too large to read")
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise JsonError(f"it is JSON with {name}, which is no JSON number")


_STRICT = json.JSONDecoder(object_pairs_hook=_members, parse_float=_finite, parse_constant=_refuse_constant)

TOLD = json.JSONDecoder(object_pairs_hook=_members, parse_float=_finite, parse_constant=lambda _: None)
"""Raises ValueError for what `load_told` refuses, and RecursionError."""


_COMPLAINTS_SHOWN = 3

_COMPLAINTS = {
    "missing": "is missing",
    "value_error": "{error}",
    "greater_than_equal": "must be at least {ge:,}",
    "less_than_equal": "must be at most {le:,}",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "string_too_short": "must not be empty",
    "string_too_long": "is too long",
    "string_pattern_mismatch": "has another form than it must have",
}
"""What is wrong with a member, by pydantic's names of errors and with their contexts."""

_TYPES = {
    "bool": "true or false",
    "dict": "an object",
    "float": "a number",
    "int": "a whole number",
    "list": "a list",
    "model": "an object",
    "string": "text",
    "tuple": "a list",
}
"""What a member must be, by how pydantic's names of errors begin."""


class Edge(BaseModel):
    """Strict about the members it names, indifferent to others: AWS adds members to its messages without notice."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", hide_input_in_errors=True)


def explain(error: ValidationError) -> str:
    """What is wrong with which member, without repeating the input."""
    complaints = []
    for found in error.errors(include_url=False, include_input=False):
        member = ".".join(str(part) for part in found["loc"])
        complaint = _complaint(found["type"], found.get("ctx", {}))
        complaints.append(f"{member}: {complaint}" if member else f"it {complaint}")
    hidden = len(complaints) - _COMPLAINTS_SHOWN
    more = [f"and {hidden} more"] if hidden > 0 else []
    return "; ".join(complaints[:_COMPLAINTS_SHOWN] + more)


def _complaint(kind: str, context: Mapping[str, Any]) -> str:
    """What is wrong with a member: `kind` is pydantic's name of the error, which has words of its own."""
    wanted = _TYPES.get(kind.partition("_")[0])
    otherwise = f"must be {wanted}" if wanted else "cannot be used"
    return _COMPLAINTS.get(kind, otherwise).format_map(context)
