"""The reviewers table: what the console keeps of each reviewer. The partition is the pseudonym under which they decide.

Rows that expire are deleted by DynamoDB within some days of that; until then they count as gone here.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from reelsift.aws.table import ConditionFailed, Item, Table

EXPIRES = "expires_at"
"""The attribute by which DynamoDB deletes rows: epoch seconds."""

DAY_MS = 24 * 3_600_000

DRAFT_MS = 7 * DAY_MS
PARKED_MS = DAY_MS
HELD_MS = DAY_MS
DAYS_MS = 30 * DAY_MS
DECIDED_MS = 2 * DAY_MS
"""How long rows of a kind are kept (milliseconds)."""

MOST_DECIDED = 500
"""Decisions of one's own that are listed, the newest."""

_PREFERENCES = "preferences"
_LIMITS = "limits"
_AT_HAND = "at_hand#"
_HELD = _AT_HAND + "held"
_PARKED = _AT_HAND + "parked#"
_DAY = "day#"
_DRAFT = "draft#"
_DECIDED = "decided#"
_LINK = "link#"
_CLAIM = "claim_"
"""Begins the name of an attribute that stands for one claim: claims are added and taken away one by one."""

_VIDEO = "video#"
"""Begins the partition of what was done to a video. No pseudonym begins so."""


@dataclass(frozen=True, slots=True)
class Day:
    """What somebody did on one day (UTC). `seconds` at work; `decided` counts decisions; `grave_in_a_row` is how many
    grave items were the last they had without another in between, the last of them at `grave_ms`.
    """

    seconds: int = 0
    decided: int = 0
    grave_in_a_row: int = 0
    grave_ms: int = 0


@dataclass(frozen=True, slots=True)
class OwnDecision:
    """A decision that somebody made in the console. `number` is that of the decision, or of the opinion where it was
    taken down as one (`opinion`). `undo_until_ms` is until when it can be taken back unheard.
    """

    video_id: str
    number: int
    action: str
    at_ms: int
    undo_until_ms: int
    opinion: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """A video that somebody has claimed, and since when."""

    claim_id: str
    video_id: str
    since_ms: int


@dataclass(frozen=True, slots=True)
class AtHand:
    """Videos that somebody has: `held` are those they claimed, that first which they have had for longest; `parked` are
    those that wait for them, by who has parked them.
    """

    held: Sequence[Held] = ()
    parked: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SignedLink:
    """That a link to a video was signed for somebody. `version_id` is None in a bucket without versions."""

    by: str
    video_id: str
    version_id: str | None
    at_ms: int
    why: str


class ReviewerRows:
    """Reads and writes of one person's rows. `by` is their pseudonym."""

    def __init__(self, table: Table) -> None:
        self.table = table

    async def settings(self, by: str, day: str) -> tuple[dict[str, Any], dict[str, Any], Day]:
        """Preferences and limits as JSON, and a day (ISO, UTC), in one read; each empty where there is none."""
        parts = (_PREFERENCES, _LIMITS, _DAY + day)
        found = await self.table.get_many([{"principal": by, "part": part} for part in parts])
        rows = {row["part"]: row for row in found}
        preferences, limits, of_day = (rows.get(part, {}) for part in parts)
        return _members(preferences), _members(limits), _day(of_day)

    async def put_preferences(self, by: str, members: Mapping[str, Any]) -> None:
        """Replace what somebody has chosen."""
        await self._put(by, _PREFERENCES, members)

    async def limits(self, by: str) -> dict[str, Any]:
        """The limits of somebody, as JSON; empty where there are none."""
        return _members(await self.table.get({"principal": by, "part": _LIMITS}) or {})

    async def put_limits(self, by: str, members: Mapping[str, Any]) -> None:
        """Replace the limits of somebody: for leads."""
        await self._put(by, _LIMITS, members)

    async def add_to_day(self, by: str, day: str, *, now_ms: int, seconds: int = 0, decided: int = 0) -> Day:
        """Add to what somebody did on a day."""
        row = await self.table.update_and_read(
            {"principal": by, "part": _DAY + day},
            f"SET #{EXPIRES} = :expires ADD #seconds :seconds, #decided :decided",
            expires=_expires(now_ms + DAYS_MS),
            seconds=seconds,
            decided=decided,
        )
        return _day(row)

    async def note_gravity(self, by: str, day: str, *, in_a_row: int, at_ms: int) -> None:
        """Note how many grave items somebody has had in a row, 0 after another one."""
        await self.table.update(
            {"principal": by, "part": _DAY + day},
            f"SET #{EXPIRES} = :expires, #grave_in_a_row = :row, #grave_ms = :at",
            expires=_expires(at_ms + DAYS_MS),
            row=in_a_row,
            at=at_ms,
        )

    async def at_hand(self, by: str, *, now_ms: int) -> AtHand:
        """What somebody holds, and what is parked for them. Whether they still hold it the claims say."""
        held: list[Held] = []
        parked: dict[str, str] = {}
        rows = self.table.query(
            "#principal = :principal AND begins_with(#part, :prefix)", principal=by, prefix=_AT_HAND
        )
        async for row in rows:
            part = row["part"]
            if part == _HELD:
                # Also where it has expired: it counts for as long as it is there.
                held = sorted(_held(row), key=lambda one: one.since_ms)
            elif row[EXPIRES] * 1000 > now_ms:
                parked[part.removeprefix(_PARKED)] = row["parked_by"]
        return AtHand(held, parked)

    def holding(self, by: str, held: Held, *, beside: int) -> Item:
        """For the transaction of a claim: notes that somebody holds it, on condition that it is the only one beside so
        many others.
        """
        alone = "attribute_not_exists(#number) OR " if beside == 0 else ""
        return self.table.transact_update(
            {"principal": by, "part": _HELD},
            f"SET #{_CLAIM}{held.claim_id} = :held, #{EXPIRES} = :expires ADD #number :one",
            f"{alone}#number = :beside",
            held={"video_id": held.video_id, "since_ms": held.since_ms},
            expires=_expires(held.since_ms + HELD_MS),
            one=1,
            beside=beside,
        )

    async def let_go(self, by: str, claim_id: str) -> None:
        """Note that somebody holds a claim no more; one that is not noted is let go already."""
        name = _CLAIM + claim_id
        with suppress(ConditionFailed):
            await self.table.update(
                {"principal": by, "part": _HELD},
                f"REMOVE #{name} ADD #number :less",
                f"attribute_exists(#{name})",
                less=-1,
            )

    async def park(self, for_whom: str, video_id: str, *, parked_by: str, now_ms: int) -> None:
        """Note that a video waits for somebody."""
        await self.table.update(
            {"principal": for_whom, "part": _PARKED + video_id},
            f"SET #parked_by = :parked_by, #{EXPIRES} = :expires",
            parked_by=parked_by,
            expires=_expires(now_ms + PARKED_MS),
        )

    async def unpark(self, for_whom: str, video_id: str) -> None:
        """Note that a video waits for somebody no more."""
        await self._delete(for_whom, _PARKED + video_id)

    async def draft(self, by: str, video_id: str, *, now_ms: int) -> dict[str, Any] | None:
        """What somebody has begun to write about a video, as JSON."""
        row = await self.table.get({"principal": by, "part": _DRAFT + video_id})
        return _members(row) if row and row[EXPIRES] * 1000 > now_ms else None

    async def put_draft(self, by: str, video_id: str, members: Mapping[str, Any], *, now_ms: int) -> None:
        """Replace what somebody has begun to write about a video."""
        await self._put(by, _DRAFT + video_id, members, expires=_expires(now_ms + DRAFT_MS))

    async def delete_draft(self, by: str, video_id: str) -> None:
        """Delete it; one that is not there is deleted already."""
        await self._delete(by, _DRAFT + video_id)

    async def note_decision(self, by: str, own: OwnDecision) -> None:
        """Note what somebody has decided, for their own list."""
        await self._put(
            by,
            f"{_DECIDED}{own.at_ms:013d}#{own.video_id}",
            {
                "number": own.number,
                "action": own.action,
                "undo_until_ms": own.undo_until_ms,
                "opinion": own.opinion,
            },
            expires=_expires(own.at_ms + DECIDED_MS),
        )

    async def own_decisions(self, by: str, *, since_ms: int) -> list[OwnDecision]:
        """What somebody has decided since a time, the newest first, MOST_DECIDED at most."""
        rows = self.table.query(
            "#principal = :principal AND #part BETWEEN :first AND :last",
            backwards=True,
            limit=MOST_DECIDED,
            principal=by,
            first=f"{_DECIDED}{since_ms:013d}",
            last=f"{_DECIDED}~",
        )
        return [_own_decision(row) async for row in rows]

    async def forget_decision(self, by: str, own: OwnDecision) -> None:
        """Take a decision off somebody's list."""
        await self._delete(by, f"{_DECIDED}{own.at_ms:013d}#{own.video_id}")

    async def note_link(self, link: SignedLink, *, kept_ms: int) -> None:
        """Take down that a link is about to be signed."""
        members = {"video_id": link.video_id, "version_id": link.version_id, "why": link.why}
        part = f"{_LINK}{link.at_ms:013d}#{secrets.token_hex(4)}"
        expires = _expires(link.at_ms + kept_ms)
        await self._put(link.by, part, members, expires=expires)
        await self._put(_VIDEO + link.video_id, part, members | {"by": link.by}, expires=expires)

    async def links_to(self, video_id: str, *, most: int) -> list[SignedLink]:
        """The links to a video that were signed for anybody, the newest first."""
        rows = self.table.query(
            "#principal = :principal AND begins_with(#part, :link)",
            backwards=True,
            limit=most,
            principal=_VIDEO + video_id,
            link=_LINK,
        )
        return [_link(_members(row)["by"], row) async for row in rows]

    async def _put(self, by: str, part: str, members: Mapping[str, Any], *, expires: int | None = None) -> None:
        row = {"principal": by, "part": part, "members": json.dumps(members, ensure_ascii=False)}
        await self.table.put(row if expires is None else row | {EXPIRES: expires})

    async def _delete(self, by: str, part: str) -> None:
        with suppress(ConditionFailed):
            await self.table.delete({"principal": by, "part": part}, "attribute_exists(#part)")


def _expires(at_ms: int) -> int:
    return at_ms // 1000


def _held(row: Mapping[str, Any]) -> list[Held]:
    return [
        Held(name.removeprefix(_CLAIM), members["video_id"], members["since_ms"])
        for name, members in row.items()
        if name.startswith(_CLAIM)
    ]


def _members(row: Mapping[str, Any]) -> dict[str, Any]:
    members: dict[str, Any] = json.loads(row.get("members", "{}"))
    return members


def _day(row: Mapping[str, Any]) -> Day:
    return Day(
        seconds=row.get("seconds", 0),
        decided=row.get("decided", 0),
        grave_in_a_row=row.get("grave_in_a_row", 0),
        grave_ms=row.get("grave_ms", 0),
    )


def _own_decision(row: Mapping[str, Any]) -> OwnDecision:
    at_ms, _, video_id = row["part"].removeprefix(_DECIDED).partition("#")
    return OwnDecision(video_id=video_id, at_ms=int(at_ms), **_members(row))


def _link(by: str, row: Mapping[str, Any]) -> SignedLink:
    members = _members(row)
    at_ms = int(row["part"].removeprefix(_LINK).partition("#")[0])
    return SignedLink(by, members["video_id"], members["version_id"], at_ms, members["why"])
