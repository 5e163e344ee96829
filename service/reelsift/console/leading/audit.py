"""The audit of decisions as a lead sees it: page by page, the newest first, and as CSV."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response, StreamingResponse

from reelsift.console.call import BadRequest, Call
from reelsift.console.leading.cursor import cursor, going_on, no_such_place, place_asked
from reelsift.console.leading.found import day_ms
from reelsift.domain.context import context_text
from reelsift.domain.decision import Action, Decision
from reelsift.reports.completion_report import csv_text
from reelsift.reports.decision_audit import COLUMNS, csv_values, decision_row
from reelsift.reviews.audit import DAY_MS, Audit, Audited

PAGE = 50
WINDOW_DAYS = 90
"""So far back a page looks unless a day is given."""

LONGEST_EXPORT_DAYS = 366

ROWS_AT_ONCE = 200


async def audit(call: Call) -> dict[str, Any]:
    """A page of decisions, and where the next one begins."""
    since_ms, until_ms = _window(call)
    place = place_asked(call)
    before, places = _place(place) if place is not None else (until_ms, {})
    audit = Audit(call.deployment.decisions, call.deployment.reviews)
    with going_on(call):
        page = await audit.page_before(
            min(before, until_ms), since_ms=since_ms, places=places, most=PAGE, holds=Filter.of(call)
        )
    after = None if page.before is None else [page.before[0], {str(name): at for name, at in page.before[1].items()}]
    return {"since_ms": since_ms, "decisions": [audited_members(one) for one in page.decisions], "after": cursor(after)}


async def audit_csv(call: Call) -> Response:
    """All decisions of a time as CSV, the oldest first. No cell begins a formula."""
    since_ms, until_ms = _window(call)
    if until_ms - since_ms > (LONGEST_EXPORT_DAYS + 1) * DAY_MS:
        raise BadRequest(f"one file has {LONGEST_EXPORT_DAYS} days at the most: `reelsift review export` has all")
    audited = Audit(call.deployment.decisions, call.deployment.reviews).between(since_ms, until_ms)
    day = datetime.fromtimestamp(since_ms / 1000, UTC).date().isoformat()
    headers = {"Content-Disposition": f'attachment; filename="decisions-since-{day}.csv"'}
    return StreamingResponse(
        _csv(audited, call.resources.lead_desk.exports), media_type="text/csv; charset=utf-8", headers=headers
    )


class Filter:
    """Which decisions are asked for."""

    def __init__(self, *, by: str | None, action: Action | None, appeals: bool) -> None:
        self._by = by
        self._action = action
        self._appeals = appeals

    def __call__(self, decision: Decision) -> bool:
        by = self._by is None or self._by in {decision.by, decision.principal}
        action = self._action is None or decision.action is self._action
        return by and action and (not self._appeals or decision.appeal is not None)

    @classmethod
    def of(cls, call: Call) -> "Filter":
        """What a page asks for. Raises BadRequest."""
        action = call.query("action")
        if action and action not in set(Action):
            raise BadRequest("there is no action of this name")
        return cls(
            by=call.query("by") or None,
            action=Action(action) if action else None,
            appeals=call.query("appeals") == "1",
        )


def audited_members(audited: Audited) -> dict[str, Any]:
    """A decision as JSON, with its video."""
    row = audited.row
    return {
        "video_id": audited.decision.video_id,
        "video": None if row is None or row.video is None else row.video.uri,
        **decision_members(audited.decision, withdrawn=audited.withdrawn),
        "broken_at": audited.broken_at,
    }


def decision_members(decision: Decision, *, withdrawn: bool) -> dict[str, Any]:
    """A decision as JSON, without what was seen. `note` is null where there is none, `forgotten` where it may have
    been.
    """
    return {
        "number": decision.number,
        "action": str(decision.action),
        "at_ms": decision.at_ms,
        "by": decision.by,
        "principal": decision.principal,
        "status": None if decision.status is None else str(decision.status),
        "restriction": None if decision.restriction is None else decision.restriction.members(),
        "reasons": [{"code": reason.code, "words": reason.words} for reason in decision.reasons],
        "note": None if decision.private is None else decision.private.note,
        "forgotten": decision.private is None,
        "kind": None if decision.kind is None else str(decision.kind),
        "appeal": decision.appeal,
        "withdraws": decision.withdraws,
        "withdrawn": withdrawn,
        "revision": decision.revision or None,
    }


async def _csv(audited: AsyncIterator[Audited], turns: asyncio.Semaphore) -> AsyncIterator[bytes]:
    async with turns:
        yield csv_text([COLUMNS]).encode()
        page: list[Audited] = []
        async for one in audited:
            page.append(one)
            if len(page) == ROWS_AT_ONCE:
                yield await asyncio.to_thread(_rows, page)
                page = []
        yield await asyncio.to_thread(_rows, page)


def _rows(page: list[Audited]) -> bytes:
    return csv_text(csv_values(_row(one)) for one in page).encode(errors="replace")


def _row(audited: Audited) -> dict[str, Any]:
    row = audited.row
    return decision_row(
        audited.decision,
        None if row is None else row.video,
        None if row is None else context_text(row.context),
        withdrawn=audited.withdrawn,
        broken_at=audited.broken_at,
    )


def _window(call: Call) -> tuple[int, int]:
    """From when to when: whole days (UTC) where days are given."""
    now_ms = call.resources.clock.now_ms()
    since, until = day_ms(call.query("since")), day_ms(call.query("until"))
    since_ms = now_ms - WINDOW_DAYS * DAY_MS if since is None else since
    # The clock of whoever decided may be ahead of this one.
    until_ms = now_ms + DAY_MS if until is None else until + DAY_MS
    if until_ms <= since_ms:
        raise BadRequest("the last day is before the first")
    return since_ms, min(until_ms, now_ms + DAY_MS)


def _place(place: Any) -> tuple[int, dict[int, tuple[int, str, int]]]:
    try:
        before, places = place
        behind = {int(name): (int(at), str(of), int(number)) for name, (at, of, number) in places.items()}
        return int(before), behind
    except (TypeError, ValueError, AttributeError):
        raise no_such_place() from None
