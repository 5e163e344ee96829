"""Where a page of a long list ended, as a text that a browser hands back: a place, and no key to anything."""

import base64
import json
from typing import Any

from reelsift.console.call import BadRequest

LONGEST = 4_000
"""Characters of a cursor."""


def cursor(place: Any) -> str | None:
    """A place as a cursor; None where the list has ended."""
    if place is None:
        return None
    return base64.urlsafe_b64encode(json.dumps(place, separators=(",", ":")).encode()).decode("ascii").rstrip("=")


def place_of(text: str | None) -> Any:
    """The place that a cursor stands for, as JSON; None for none. Raises BadRequest."""
    if text is None:
        return None
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        return json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, RecursionError):
        raise no_such_place() from None


def no_such_place() -> BadRequest:
    """What a cursor that no page has ended at is answered with."""
    return BadRequest("this list cannot be gone on with: begin it anew")
