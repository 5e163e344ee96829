"""Draws by chance that nobody can steer: by a deployment's secret, and each kind by itself.

A draw for a name is the same whenever it is made, so that it can be repeated after a crash. Without the secret nobody
knows how it falls: who uploads cannot choose a key that is never looked at.
"""

import hmac
from enum import StrEnum

SECRET_BYTES = 32

_BYTES = 8
"""Of a digest that count: a share is met to 1 in 2^64."""


class Draw(StrEnum):
    """What is drawn. The value goes into the draw, so that one says nothing of another: it must never change."""

    AUDIT_APPROVALS = "audit_approvals"
    SECOND_OPINIONS = "second_opinions"


def is_drawn(secret: bytes, draw: Draw, name: str, share: float) -> bool:
    """Whether `name` is among the `share` (0-1) of all names that this draw takes."""
    digest = hmac.digest(secret, f"{draw}\0{name}".encode("utf-8", "surrogatepass"), "sha256")
    drawn: int = int.from_bytes(digest[:_BYTES])
    return drawn < share * float(2 ** (8 * _BYTES))
