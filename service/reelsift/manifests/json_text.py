"""JSON from outside, read so that nothing in it can surprise: one value a name, finite numbers, bounded depth."""

import json
import math
from typing import Any, NoReturn


class JsonError(ValueError):
    """The text is not JSON that can be relied on; the message says why."""


def load_json(text: str) -> Any:
    """The value of `text`. JsonError, and nothing else, for whatever is wrong with it."""
    try:
        return json.loads(text, object_pairs_hook=_members, parse_float=_finite, parse_constant=_refuse_constant)
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
