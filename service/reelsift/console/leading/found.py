"""Search as a lead uses it: by what videos show, by verdict, by status, a page at a time."""

import math
from datetime import UTC, datetime
from typing import Any, TypeVar

from reelsift.console.call import LONGEST_VALUE, BadRequest, Call
from reelsift.console.leading.cursor import cursor, going_on, no_such_place, place_asked
from reelsift.domain import taxonomy
from reelsift.domain.policy import Verdict
from reelsift.domain.status import Status
from reelsift.queries.findings import Query
from reelsift.queries.found_pages import FoundPage, UnusablePlace, find_page
from reelsift.queries.found_video import FoundVideo
from reelsift.queries.video_history import contents_named

NEAREST = 5
"""Labels that are named where one is mistyped."""

MOST_CONTENTS = 100

_Choice = TypeVar("_Choice", Verdict, Status)


async def search(call: Call) -> dict[str, Any]:
    """A page of videos with all that is asked for. An address of an object finds each content that it has had."""
    named = call.query("video", longest=LONGEST_VALUE)
    if named:
        return await _contents(call, named)
    query = Query(
        label=call.query("label") or None,
        text=call.query("text") or None,
        celebrity=call.query("celebrity") or None,
        cue=call.query("cue") or None,
        min_confidence=_confidence(call.query("min_confidence")),
        verdict=_chosen(Verdict, call.query("verdict")),
        status=_chosen(Status, call.query("status")),
        since_ms=day_ms(call.query("since")) or 0,
        batch_id=call.query("batch") or None,
    )
    page = await page_of(call, query)
    nothing = not page.found and page.after is None and place_asked(call) is None
    return {
        "videos": [found_members(found) for found in page.found],
        "after": cursor(page.after),
        "nearest": _nearest(query.label) if nothing and query.label is not None else [],
        "not_indexed": query.text is not None and not call.deployment.settings.text_index,
    }


async def page_of(call: Call, query: Query) -> FoundPage:
    """The page that is asked for. Raises BadRequest for a place that no page has ended at."""
    try:
        with going_on(call):
            return await find_page(call.deployment, query, place_asked(call))
    except UnusablePlace:
        raise no_such_place() from None


def found_members(found: FoundVideo) -> dict[str, Any]:
    """A video that was found, as JSON."""
    return {
        "video_id": found.video_id,
        "video": found.video,
        "verdict": found.verdict,
        "status": found.status,
        "label": found.label,
        "confidence": found.peak_confidence,
        "peak_ms": found.peak_ms,
        "at_ms": found.at_ms,
        "celebrity_id": found.celebrity_id,
    }


def day_ms(text: str | None) -> int | None:
    """The beginning of a day, or a time, in ISO 8601 (UTC unless it says otherwise), as epoch milliseconds. Raises
    BadRequest.
    """
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return max(0, round(moment.timestamp() * 1000))
    except (ValueError, OverflowError):
        raise BadRequest("a day is written as 2026-07-31") from None


async def _contents(call: Call, named: str) -> dict[str, Any]:
    video_ids = (await contents_named(call.deployment, named))[:MOST_CONTENTS]
    rows, _ = await call.deployment.reviews.get_readable(video_ids)
    shown = [row for row in rows.values() if not row.sealed]
    shown.sort(key=lambda row: row.changed_ms or 0, reverse=True)
    videos = [
        {
            "video_id": row.video_id,
            "video": None if row.video is None else row.video.uri,
            "verdict": None if row.verdict is None else row.verdict.verdict,
            "status": row.status,
            "label": None,
            "confidence": None,
            "peak_ms": None,
            "at_ms": row.changed_ms,
            "celebrity_id": None,
        }
        for row in shown
    ]
    return {"videos": videos, "after": None, "nearest": [], "not_indexed": False}


def _nearest(label: str) -> list[str]:
    return [] if taxonomy.is_known(label) else list(taxonomy.nearest(label))[:NEAREST]


def _confidence(text: str | None) -> float:
    try:
        value = float(text or 0)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 100:  # noqa: PLR2004 -- a confidence
        raise BadRequest("a confidence is 0 to 100")
    return value


def _chosen(kind: type[_Choice], text: str | None) -> _Choice | None:
    if not text:
        return None
    try:
        return kind(text)
    except ValueError:
        raise BadRequest(f"there is no {kind.__name__.lower()} of this name") from None
