"""The reviews table: what people are asked to look at, and who is at it. Rows beside the status of a video."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, TypeVar

from reelsift.aws.review_rows import shard_of
from reelsift.aws.table import Item, Table
from reelsift.aws.unreadable import UnreadableRows
from reelsift.domain.review_item import Claim, Disguise, ItemCause, Parked, ReviewItem

WAITING_INDEX = "waiting"
"""Sparse index of open items that nobody is at, by queue and shard, in the order in which they go."""

DUE_INDEX = "due"
"""Sparse index of the same items, by queue and shard, those first that are due first."""

CLAIMS_INDEX = "claims"
"""Sparse index of claims, by shard, those first that were not renewed for the longest time."""

DECIDED = "decided"
"""Why an item was closed, where a decision has answered it."""

OPINED = "opinion"
"""Why that of a second opinion was closed, where one was given."""

_CLAIM = "claim"
_ITEM = "item#"
_OPENED = "opened"
_QUEUES = "queues"

_Row = TypeVar("_Row")


class ReviewItems:
    """Reads, conditional writes, and parts of transactions. An item that is closed keeps its row, out of the indexes:
    it is opened anew there.
    """

    def __init__(self, table: Table) -> None:
        self.table = table
        self._known_queues: set[str] = set()
        self._unreadable = UnreadableRows()

    async def of_video(self, video_id: str) -> list[ReviewItem]:
        """The open items of a video: a consistent read of all that it ever had, one a cause."""
        rows = self.table.query(
            "#video_id = :video_id AND begins_with(#part, :prefix)", video_id=video_id, prefix=_ITEM
        )
        return [_item(row) async for row in rows if "closed_ms" not in row]

    async def with_second_opinion(self, video_id: str) -> tuple[list[ReviewItem], ReviewItem | None]:
        """The open items of a video, and that of its second opinion, open or not: a consistent read."""
        rows = self.table.query(
            "#video_id = :video_id AND begins_with(#part, :prefix)", video_id=video_id, prefix=_ITEM
        )
        all_of = [(_item(row), "closed_ms" in row) async for row in rows]
        asked = next((item for item, _ in all_of if item.cause is ItemCause.SECOND_OPINION), None)
        return [item for item, closed in all_of if not closed], asked

    async def open_and_decided(self, video_id: str) -> tuple[list[ReviewItem], list[ReviewItem]]:
        """The open items of a video, and those that a decision has closed: a consistent read."""
        rows = self.table.query(
            "#video_id = :video_id AND begins_with(#part, :prefix)", video_id=video_id, prefix=_ITEM
        )
        all_of = [(_item(row), row.get("closed_because") if "closed_ms" in row else None) async for row in rows]
        is_open = [item for item, because in all_of if because is None]
        return is_open, [item for item, because in all_of if because == DECIDED]

    async def is_closed(self, item: ReviewItem) -> bool:
        """Whether there was an item of this name, and it was closed."""
        row = await self.table.get(_key(item))
        return row is not None and "closed_ms" in row

    async def decided(self, video_ids: Sequence[str], cause: ItemCause) -> dict[str, ReviewItem]:
        """Of up to 100 videos those items of a cause that a decision has closed, by video. Not of a cause of which a
        video has several.
        """
        keys = [{"video_id": video_id, "part": f"{_ITEM}{cause}"} for video_id in video_ids]
        rows = await self.table.get_many(keys) if keys else []
        return {row["video_id"]: _item(row) for row in rows if row.get("closed_because") == DECIDED}

    async def claim_of(self, video_id: str) -> Claim | None:
        """Who is at a video: a consistent read."""
        row = await self.table.get(_claim_key(video_id))
        return _claim(row) if row and "claim_id" in row else None

    async def waiting(self, queue: str, shard: int, *, limit: int) -> list[ReviewItem]:
        """The first items of a shard of a queue. May lag behind the rows by a moment, as all indexes do."""
        rows = self.table.query("#waiting = :part", index=WAITING_INDEX, limit=limit, part=_partition(queue, shard))
        return await self._readable(rows, _item)

    async def due(self, queue: str, shard: int, *, before_ms: int, limit: int) -> list[ReviewItem]:
        """The first of those items that are due before a time (epoch milliseconds)."""
        rows = self.table.query(
            "#due_queue = :part AND #due_at <= :before",
            index=DUE_INDEX,
            limit=limit,
            part=_partition(queue, shard),
            before=before_ms,
        )
        return await self._readable(rows, _item)

    async def count_due(self, queue: str, shard: int, *, before_ms: int, at_most: int) -> int:
        """How many of those items are due before a time; `at_most` where there are more."""
        return await self.table.count(
            "#due_queue = :part AND #due_at <= :before",
            index=DUE_INDEX,
            at_most=at_most,
            part=_partition(queue, shard),
            before=before_ms,
        )

    async def count_waiting(self, queue: str, shard: int, *, at_most: int) -> int:
        """How many items of a shard of a queue nobody is at; `at_most` where there are more."""
        return await self.table.count(
            "#waiting = :part", index=WAITING_INDEX, at_most=at_most, part=_partition(queue, shard)
        )

    async def first_due(self, queue: str, shard: int, *, limit: int) -> list[ReviewItem]:
        """Those of the same items that are due first, whenever that is."""
        rows = self.table.query("#due_queue = :part", index=DUE_INDEX, limit=limit, part=_partition(queue, shard))
        return await self._readable(rows, _item)

    async def has_claims(self) -> bool:
        """Whether anybody is at anything. May lag behind the rows by a moment."""
        return await self.table.has_rows(CLAIMS_INDEX)

    async def claims(self, shard: int, *, limit: int) -> list[Claim]:
        """Claims of a shard, those first that were not renewed for the longest time by their reviewers' clocks."""
        rows = self.table.query("#claimed = :part", index=CLAIMS_INDEX, limit=limit, part=f"{shard}")
        return await self._readable(rows, _claim)

    async def count_claims(self, shard: int, *, before_ms: int, at_most: int) -> int:
        """How many claims of a shard were last renewed before a time of their reviewers' clocks."""
        return await self.table.count(
            "#claimed = :part AND #renewed_ms <= :before",
            index=CLAIMS_INDEX,
            at_most=at_most,
            part=f"{shard}",
            before=before_ms,
        )

    async def queues(self) -> list[str]:
        """The queues that ever had an item, by name."""
        rows = self.table.query("#video_id = :queues", queues=_QUEUES)
        return [row["part"] async for row in rows]

    async def name_queue(self, queue: str) -> None:
        """Let a queue be found by its name, before its first item waits there. Told once by each process."""
        if queue not in self._known_queues:
            # Rows of this table are only ever updated, so that nobody needs to be able to put or to delete any.
            await self.table.update({"video_id": _QUEUES, "part": queue}, "SET #queue = :queue", queue=queue)
            self._known_queues.add(queue)

    async def renew(self, claim: Claim, *, now_ms: int) -> Claim:
        """Raise the counter of a claim. Raises ConditionFailed where it was ended meanwhile."""
        row = await self.table.update_and_read(
            _claim_key(claim.video_id),
            "SET #renewed_ms = :now ADD #counter :one",
            "#claim_id = :claim_id",
            now=now_ms,
            one=1,
            claim_id=claim.claim_id,
        )
        return _claim(row)

    async def _readable(
        self, rows: AsyncIterator[dict[str, Any]], read: Callable[[Mapping[str, Any]], _Row]
    ) -> list[_Row]:
        """What rows of an index say, but for those that this version cannot read."""
        found = [self._unreadable.read(row, read) async for row in rows]
        return [each for each in found if each is not None]

    # Parts of transactions

    def opening(self, item: ReviewItem, *, claimed: bool) -> Item:
        """Opens an item, unless it is open; an appeal only once. That of a claimed video waits with its claim, which
        counts it (`joining`).
        """
        row = _row(item) if claimed else _row(item) | _indexed(item)
        attributes = {name: value for name, value in row.items() if value is not None}
        gone = [name for name in _MAY_LACK if name not in attributes]
        again = "" if item.appeal is not None else " OR attribute_exists(#closed_ms)"
        return self.table.transact_update(
            _key(item),
            f"{_set(attributes)} REMOVE " + ", ".join(f"#{name}" for name in gone),
            f"attribute_not_exists(#part){again}",
            **attributes,
        )

    def closing(self, item: ReviewItem, *, now_ms: int, because: str) -> Item:
        """Closes an open item, for a reason in a word."""
        return self.table.transact_update(
            _key(item),
            "SET #closed_ms = :now, #closed_because = :because REMOVE #waiting, #due_queue",
            "attribute_exists(#part) AND attribute_not_exists(#closed_ms)",
            now=now_ms,
            because=because,
        )

    def taking(self, item: ReviewItem, *, given_to: str | None = None) -> Item:
        """Takes an open item out of its queue, for a claim. It is parked no more. With `given_to` it remembers to whom
        it was given, on condition that nobody else had it since it was read.
        """
        is_open = "attribute_exists(#part) AND attribute_not_exists(#closed_ms)"
        if given_to is None:
            return self.table.transact_update(_key(item), "REMOVE #waiting, #due_queue, #parked", is_open)
        was = {"was": sorted(item.given)} if item.given else {}
        return self.table.transact_update(
            _key(item),
            "SET #given = :given REMOVE #waiting, #due_queue, #parked",
            f"{is_open} AND " + ("#given = :was" if was else "attribute_not_exists(#given)"),
            given=sorted(item.given | {given_to}),
            **was,
        )

    def returning(self, item: ReviewItem) -> Item:
        """Puts an open item back after a claim, into the queue that it names now, with who has skipped it and for whom
        it is parked.
        """
        found_by = _indexed(item) | {"queue": item.queue} | ({"skipped": dict(item.skipped)} if item.skipped else {})
        if item.parked is not None:
            found_by["parked"] = _parked_members(item.parked)
        return self.table.transact_update(
            _key(item),
            _set(found_by),
            "attribute_exists(#part) AND attribute_not_exists(#closed_ms)",
            **found_by,
        )

    def claiming(self, claim: Claim) -> Item:
        """Writes a claim, unless there is one."""
        attributes = _claim_row(claim)
        return self.table.transact_update(
            _claim_key(claim.video_id), _set(attributes), "attribute_not_exists(#claim_id)", **attributes
        )

    def joining(self, claim: Claim) -> Item:
        """Says that an item is opened that waits with a claim; holds only where that is still the claim."""
        return self.table.transact_update(
            _claim_key(claim.video_id),
            f"ADD #{_OPENED} :one",
            "#claim_id = :claim_id",
            one=1,
            claim_id=claim.claim_id,
        )

    def ending(self, claim: Claim, *, stood_still: bool = False) -> Item:
        """Ends a claim, unless that was done, or an item was opened since it was read: whoever ends the claim returns
        its items, and has to know of it. With `stood_still`, only if it was not renewed since either.
        """
        condition = "#claim_id = :claim_id"
        values: dict[str, Any] = {"claim_id": claim.claim_id}
        if claim.opened:
            condition, values = f"{condition} AND #{_OPENED} = :{_OPENED}", values | {_OPENED: claim.opened}
        else:
            condition = f"{condition} AND attribute_not_exists(#{_OPENED})"
        if stood_still:
            condition, values = f"{condition} AND #counter = :counter", values | {"counter": claim.counter}
        gone = "REMOVE " + ", ".join(f"#{name}" for name in (*_claim_row(claim), _OPENED))
        return self.table.transact_update(_claim_key(claim.video_id), gone, condition, **values)

    def claim_is(self, video_id: str, claim: Claim | None) -> Item:
        """Holds only where the claim on a video is still this one, or where there is none."""
        condition = "attribute_not_exists(#claim_id)" if claim is None else "#claim_id = :claim_id"
        values = {} if claim is None else {"claim_id": claim.claim_id}
        return self.table.transact_check(_claim_key(video_id), condition, **values)


def _partition(queue: str, shard: int) -> str:
    return f"{queue}#{shard}"


def _key(item: ReviewItem) -> dict[str, str]:
    return {"video_id": item.video_id, "part": _ITEM + item.name}


def _claim_key(video_id: str) -> dict[str, str]:
    return {"video_id": video_id, "part": _CLAIM}


def _indexed(item: ReviewItem) -> dict[str, Any]:
    """By which an item that waits is found."""
    partition = _partition(item.queue, shard_of(item.video_id))
    return {"waiting": partition, "due_queue": partition}


def waiting_row(item: ReviewItem) -> dict[str, Any]:
    """The row of an open item that nobody is at."""
    attributes = _key(item) | _row(item) | _indexed(item)
    return {name: value for name, value in attributes.items() if value is not None}


def _set(attributes: Mapping[str, Any]) -> str:
    return "SET " + ", ".join(f"#{name} = :{name}" for name in attributes)


_MAY_LACK = (
    *("closed_ms", "closed_because", "waiting", "due_queue"),
    *("appeal", "text", "asked_by", "excluded", "probability", "skipped", "categories", "parked"),
    *("disguise", "given", "opinion"),
)
"""Attributes that an open item has only where there is something to say; those of one that was closed go with it."""


def _row(item: ReviewItem) -> dict[str, Any]:
    """All attributes but the key, and those of the indexes of what waits."""
    return {
        "cause": str(item.cause),
        "queue": item.queue,
        "rank": item.rank,
        "order": item.order,
        "created_ms": item.created_ms,
        "due_at": item.due_ms,
        "appeal": item.appeal,
        "text": item.text,
        "asked_by": item.asked_by,
        "excluded": sorted(item.excluded) or None,
        "probability": item.probability,
        "after_decision": item.after_decision,
        "skipped": dict(item.skipped) or None,
        "categories": list(item.categories) or None,
        "parked": None if item.parked is None else _parked_members(item.parked),
        "disguise": None if item.disguise is None else _disguise_members(item.disguise),
        "given": sorted(item.given) or None,
        "opinion": item.opinion,
    }


def _parked_members(parked: Parked) -> dict[str, Any]:
    return {"for_whom": parked.for_whom, "by": parked.by, "until_ms": parked.until_ms}


def _disguise_members(disguise: Disguise) -> dict[str, Any]:
    return {
        "cause": str(disguise.cause),
        "queue": disguise.queue,
        "due_ms": disguise.due_ms,
        "probability": disguise.probability,
    }


def _read_disguise(members: Mapping[str, Any]) -> Disguise:
    probability = float(members["probability"]) if "probability" in members else None
    return Disguise(ItemCause(members["cause"]), members["queue"], members["due_ms"], probability)


def _item(row: Mapping[str, Any]) -> ReviewItem:
    return ReviewItem(
        video_id=row["video_id"],
        cause=ItemCause(row["cause"]),
        queue=row["queue"],
        rank=row["rank"],
        created_ms=row["created_ms"],
        due_ms=row["due_at"],
        appeal=row.get("appeal"),
        text=row.get("text"),
        asked_by=row.get("asked_by"),
        excluded=frozenset(row.get("excluded", ())),
        probability=float(row["probability"]) if "probability" in row else None,
        after_decision=row["after_decision"],
        skipped=dict(row.get("skipped", {})),
        categories=tuple(row.get("categories", ())),
        parked=Parked(**row["parked"]) if "parked" in row else None,
        disguise=_read_disguise(row["disguise"]) if "disguise" in row else None,
        given=frozenset(row.get("given", ())),
        opinion=row.get("opinion"),
    )


def _claim_row(claim: Claim) -> dict[str, Any]:
    """All attributes of a claim that begins, but the key."""
    return {
        "claimed": f"{shard_of(claim.video_id)}",
        "claim_id": claim.claim_id,
        "item": claim.item,
        "principal": claim.principal,
        "by": claim.by,
        "counter": claim.counter,
        "claimed_ms": claim.claimed_ms,
        "renewed_ms": claim.renewed_ms,
    }


def _claim(row: Mapping[str, Any]) -> Claim:
    return Claim(
        video_id=row["video_id"],
        claim_id=row["claim_id"],
        item=row["item"],
        principal=row["principal"],
        by=row["by"],
        counter=row["counter"],
        claimed_ms=row["claimed_ms"],
        renewed_ms=row["renewed_ms"],
        opened=row.get(_OPENED, 0),
    )
