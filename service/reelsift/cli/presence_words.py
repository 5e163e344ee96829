"""Whether a worker is there, in words, and what to do where none is."""

import os

from reelsift.domain.presence import Presence
from reelsift.reports import wording


def seen(presence: Presence) -> str:
    """When a worker last reported."""
    if presence.silent_ms is None:
        return "no worker has ever reported"
    span = wording.span(presence.silent_ms)
    return f"no worker has reported for {span}" if presence.silent else f"a worker reported {span} ago"


def how_one_comes() -> str:
    """What brings a worker: on the embedded cloud a person, on AWS the work that waits."""
    if os.environ.get("AWS_ENDPOINT_URL"):
        return "`reelsift worker` in another terminal starts one"
    return (
        "on AWS the work that waits wakes one, which takes 4 to 7 minutes; if none comes, see the events of the"
        " service in ECS and the log of the workers (docs/operations.md, no-progress)"
    )


def nobody_works(presence: Presence) -> str:
    """That nobody does what waits, and what brings somebody."""
    return f"{seen(presence)}: {how_one_comes()}"
