"""Where a page of a long list ended, as a text that a browser hands back: a place, and no key to anything."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from reelsift.aws.errors import code_of
from reelsift.console.call import LONGEST_VALUE, BadRequest, Call, can_be_named

_AFTER = "after"

_LARGEST = 10**15
"""Above every number of a place: times are epoch milliseconds."""


def cursor(place: Any) -> str | None:
    """A place as a cursor; None where the list has ended."""
    if place is None:
        return None
    return base64.urlsafe_b64encode(json.dumps(place, separators=(",", ":")).encode()).decode("ascii").rstrip("=")


def place_asked(call: Call) -> Any:
    """The place that a page goes on from, as JSON; None where it begins. Raises BadRequest."""
    text = call.query(_AFTER, longest=LONGEST_VALUE)
    if text is None:
        return None
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        place = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if _can_be_keys(place):
            return place
    except (ValueError, RecursionError):
        pass
    raise no_such_place()


@contextmanager
def going_on(call: Call) -> Iterator[None]:
    """Reads behind a place. DynamoDB refuses one that lies outside of what is asked for, as where somebody has changed
    the rest of the address: raises BadRequest.
    """
    try:
        yield
    except ClientError as error:
        if code_of(error) == "ValidationException" and call.request.query_params.get(_AFTER) is not None:
            raise no_such_place() from None
        raise


def no_such_place() -> BadRequest:
    """What a cursor that no page has ended at is answered with."""
    return BadRequest("this list cannot be gone on with: begin it anew")


def _can_be_keys(place: Any) -> bool:
    """Whether all that stands in it may be part of a key."""
    match place:
        case dict():
            return all(map(_can_be_keys, [*place.keys(), *place.values()]))
        case list():
            return all(map(_can_be_keys, place))
        case str():
            return can_be_named(place)
        case int() | float():
            return -_LARGEST < place < _LARGEST
    return place is None
