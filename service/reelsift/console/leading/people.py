"""Limits of people, which leads alone write, and who there is."""

from typing import Any

from botocore.exceptions import ClientError

from reelsift.aws.errors import code_of
from reelsift.aws.people import PSEUDONYM, Known
from reelsift.console.call import BadRequest, Call
from reelsift.console.reviewing.limits import Limits
from reelsift.console.reviewing.me import CATEGORIES

MOST_PEOPLE = 500


async def people(call: Call) -> dict[str, Any]:
    """Who may be meant, by pseudonym and name, those that are called alike in the order of their pseudonyms. None where
    the names are nobody's to read: a limit can be set all the same, by pseudonym.
    """
    try:
        everybody = await call.deployment.people.everybody()
    except ClientError as error:
        if not code_of(error).startswith("AccessDenied"):
            raise
        everybody = []
    listed = sorted(
        ({"by": known.pseudonym, "name": _name(known)} for known in everybody),
        key=lambda each: (each["name"].casefold(), each["by"]),
    )
    return {
        "people": listed[:MOST_PEOPLE],
        "more": len(listed) > MOST_PEOPLE,
        "categories": list(CATEGORIES),
        "queues": await call.deployment.review_items.queues(),
    }


async def limits(call: Call) -> dict[str, Any]:
    """The limits of somebody."""
    by = _pseudonym(call)
    stored = await call.deployment.reviewer_rows.limits(by)
    return {"by": by, "limits": Limits.stored(stored).model_dump()}


async def put_limits(call: Call) -> dict[str, Any]:
    """Replace the limits of somebody."""
    by = _pseudonym(call)
    given = await call.body(Limits)
    await call.deployment.reviewer_rows.put_limits(by, given.model_dump())
    return {"by": by, "limits": given.model_dump()}


def _pseudonym(call: Call) -> str:
    by = call.path("by")
    if not PSEUDONYM.fullmatch(by):
        raise BadRequest("a pseudonym is p- and 16 letters and digits")
    return by


def _name(known: Known) -> str:
    return known.name or known.principal.rpartition("/")[2]
