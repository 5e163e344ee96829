"""The tag by which objects say the status of their video, and what may keep one from being written."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

STATUS_TAG = "reelsift-status"
"""The key of the tag; its value is a status (`domain.status.Status`)."""

MOST_TAGS = 10
"""Tags that an object has at most (S3)."""

MOST_TRIES = 10
"""A revision that could not be written to all its objects so often is given up."""

FIRST_PAUSE_MS = 60_000
"""Before the second try; doubled for each further one. All ten take eight and a half hours."""

LONGEST_MESSAGE = 300
"""Characters of what S3 said."""


class TagFault(StrEnum):
    """Why a tag could not be written: stable codes, which events carry."""

    TOO_MANY_TAGS = "too_many_tags"
    """The object has ten other tags."""
    ACCESS_DENIED = "access_denied"
    OBJECT_MISSING = "object_missing"
    """None of the objects is there any more: nothing is left to be tagged, and nothing is tried again."""
    S3_FAILED = "s3_failed"
    """A fault of S3's own, a throttle, or the network."""
    REFUSED = "refused"
    """S3 refuses for another reason, which the message tells."""


class Untaggable(Exception):
    """A tag was not written. `version_id` is the version of the object, None where it has none or none is meant."""

    def __init__(self, fault: TagFault, message: str, version_id: str | None = None) -> None:
        super().__init__(message)
        self.fault = fault
        self.message = message[:LONGEST_MESSAGE]
        self.version_id = version_id


@dataclass(frozen=True, slots=True)
class TagFailure:
    """A try that failed. `number` counts the failed tries of a video, from 1; `tries` those of this revision in a row.

    `again_at_ms` (epoch milliseconds) is when it is tried again, None where it is given up. `mark` is how often a line
    had named the object by then. `told` is whether nobody has to be told of it any more.
    """

    number: int
    revision: int
    fault: TagFault
    message: str
    tries: int
    at_ms: int
    again_at_ms: int | None
    version_id: str | None = None
    mark: int = 0
    told: bool = False

    def members(self) -> dict[str, Any]:
        """As JSON: what it says, and nothing else."""
        members = {
            "number": self.number,
            "revision": self.revision,
            "fault": str(self.fault),
            "message": self.message,
            "tries": self.tries,
            "at_ms": self.at_ms,
            "again_at_ms": self.again_at_ms,
            "version_id": self.version_id,
            "mark": self.mark or None,
            "told": self.told or None,
        }
        return {name: value for name, value in members.items() if value is not None}

    @classmethod
    def read(cls, members: Mapping[str, Any]) -> Self:
        """The failure that `members` made JSON of."""
        return cls(**{"again_at_ms": None, **members, "fault": TagFault(members["fault"])})


def retagged(tags: Mapping[str, str], status: str) -> Mapping[str, str] | None:
    """The tags of an object as they are to be: those that it has, and the status. None where they are so already.

    Raises Untaggable where there is no room for one more.
    """
    if tags.get(STATUS_TAG) == status:
        return None
    if STATUS_TAG not in tags and len(tags) >= MOST_TAGS:
        raise Untaggable(TagFault.TOO_MANY_TAGS, f"the object has {len(tags)} other tags, and S3 allows {MOST_TAGS}")
    return {**tags, STATUS_TAG: status}


def next_failure(
    last: TagFailure | None, untaggable: Untaggable, *, number: int, revision: int, now_ms: int, mark: int = 0
) -> TagFailure:
    """The failure of one more try of a revision. Told are the first one, one of another kind, and the last. A `mark`
    counts how often a line has named the object: what was given up begins anew with another.
    """
    goes_on = last is not None and last.revision == revision and last.again_at_ms is not None
    tries = last.tries + 1 if goes_on and last is not None else 1
    given_up = untaggable.fault is TagFault.OBJECT_MISSING or tries >= MOST_TRIES
    known = goes_on and last is not None and last.told and last.fault is untaggable.fault
    return TagFailure(
        number=number,
        revision=revision,
        fault=untaggable.fault,
        message=untaggable.message,
        tries=tries,
        at_ms=now_ms,
        again_at_ms=None if given_up else now_ms + FIRST_PAUSE_MS * 2 ** (tries - 1),
        version_id=untaggable.version_id,
        mark=mark,
        told=known and not given_up,
    )
