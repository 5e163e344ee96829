"""Decisions as an audit reads them: in the order of time, each with its video, and whether its chain is whole."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType

from reelsift.aws.decisions import Decisions, Place
from reelsift.aws.merging import merged
from reelsift.aws.review_rows import SHARDS, shard_of
from reelsift.aws.reviews import Reviews
from reelsift.domain.decision import Decision, SealedDecision, broken_link
from reelsift.domain.status import VideoStatus

PAGE = 100
"""Decisions of which the videos are read together: as many keys as one request takes (DynamoDB)."""

CHAINS_AT_ONCE = 8
"""Videos whose decisions are read at a time."""

DECISIONS_LOOKED_AT = 500
DAYS_LOOKED_AT = 14
"""For one page of them."""

DAY_MS = 24 * 3600 * 1000

Holds = Callable[[Decision], bool]

_NOWHERE: Mapping[int, Place] = MappingProxyType({})

_READS = 3
"""So often a chain that somebody may be adding to is read before it counts as broken."""


@dataclass(frozen=True, slots=True)
class Audited:
    """A decision, the row of its video (None where that is gone), whether a later decision took it back, and the first
    number at which the chain of the video's decisions is broken, None where it is whole.
    """

    decision: Decision
    row: VideoStatus | None
    withdrawn: bool
    broken_at: int | None


@dataclass(frozen=True, slots=True)
class Chain:
    """All that was decided on one video, and the row of that."""

    row: VideoStatus | None
    decisions: list[Decision]
    broken_at: int | None

    @property
    def withdrawn(self) -> frozenset[int]:
        """The numbers of the decisions that were taken back."""
        return frozenset(one.withdraws for one in self.decisions if one.withdraws is not None)


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Decisions, the newest first, and where to go on: before which time (epoch milliseconds), and by shards behind
    which decisions. None where there is nothing before.
    """

    decisions: Sequence[Audited]
    before: tuple[int, Mapping[int, Place]] | None


class Audit:
    """Reads decisions in bounded memory: a page of them, and the decisions of their videos, at a time.

    What is sealed is in no audit but that of specialists; `sealed` counts what was left out.
    """

    def __init__(self, decisions: Decisions, reviews: Reviews) -> None:
        self._decisions = decisions
        self._reviews = reviews
        self.sealed = 0

    async def before(self, until_ms: int) -> AsyncIterator[Audited]:
        """All decisions before `until_ms` (epoch milliseconds), as `between` has them."""
        async for audited in self._of_days(await self._decisions.days(), 0, until_ms):
            yield audited

    async def between(self, since_ms: int, until_ms: int) -> AsyncIterator[Audited]:
        """The decisions from `since_ms` on and before `until_ms` (epoch milliseconds), in the order of time. Those of
        the last moments may be missing: the index lags behind.
        """
        async for audited in self._of_days(days_of(since_ms, until_ms), since_ms, until_ms):
            yield audited

    async def _of_days(self, days: Iterable[date], since_ms: int, until_ms: int) -> AsyncIterator[Audited]:
        page: list[Decision] = []
        for day in days:
            async for decision in self.of_day(day):
                if not since_ms <= decision.at_ms < until_ms:
                    continue
                if isinstance(decision, SealedDecision):
                    self.sealed += 1
                    continue
                page.append(decision)
                if len(page) == PAGE:
                    for audited in await self._audited(page):
                        yield audited
                    page = []
        for audited in await self._audited(page):
            yield audited

    async def page_before(
        self, until_ms: int, *, since_ms: int, places: Mapping[int, Place] = _NOWHERE, most: int, holds: Holds
    ) -> AuditPage:
        """Up to `most` of the decisions before a time and not before `since_ms`, the newest first, of those that
        `holds` says. `places` are those where the page before this one ended. So many decisions and days are looked at,
        and no more.
        """
        found: list[Decision] = []
        reached = dict(places)
        looked_at = 0
        days = list(days_of(since_ms, until_ms))[::-1]
        for day in days[:DAYS_LOOKED_AT]:
            shards = [
                self._decisions.newest_of_day(
                    day.isoformat(), shard, limit=DECISIONS_LOOKED_AT, behind=reached.get(shard)
                )
                for shard in range(SHARDS)
            ]
            async for decision in merged(shards, lambda decision: decision.at_ms):
                looked_at += 1
                reached[shard_of(decision.video_id)] = decision.at_ms, decision.video_id, decision.number
                in_time = since_ms <= decision.at_ms < until_ms
                if in_time and not isinstance(decision, SealedDecision) and holds(decision):
                    found.append(decision)
                if len(found) == most or looked_at == DECISIONS_LOOKED_AT:
                    until = min(until_ms, _begins_ms(day) + DAY_MS)
                    return AuditPage(await self._audited(found), (until, reached))
            # Places are those of a day.
            reached = {}
        left = days[DAYS_LOOKED_AT:]
        return AuditPage(await self._audited(found), (_begins_ms(left[0]) + DAY_MS, {}) if left else None)

    async def of_videos(self, video_ids: AsyncIterator[str], since_ms: int, until_ms: int) -> AsyncIterator[Audited]:
        """The decisions on these videos in that time, a video after the other, each once however often it is named."""
        page: list[str] = []
        # Of the videos that somebody decided; numbers, for there may be many.
        seen: set[int] = set()
        async for video_id in video_ids:
            page.append(video_id)
            if len(page) == PAGE:
                for audited in await self._of_page(page, since_ms, until_ms, seen):
                    yield audited
                page = []
        for audited in await self._of_page(page, since_ms, until_ms, seen):
            yield audited

    async def of_day(self, day: date) -> AsyncIterator[Decision | SealedDecision]:
        """The decisions of a day (UTC), in the order of time; of those on sealed videos only that there are."""
        shards = [self._decisions.of_day(day.isoformat(), shard) for shard in range(SHARDS)]
        async for decision in merged(shards, lambda decision: -decision.at_ms):
            yield decision

    async def chain(self, video_id: str) -> Chain:
        """The decisions on a video. A chain that seems broken is read again: somebody may just be deciding."""
        chain = await self._read_chain(video_id)
        for _ in range(_READS - 1):
            if chain.broken_at is None:
                break
            chain = await self._read_chain(video_id)
        return chain

    async def _read_chain(self, video_id: str) -> Chain:
        row = await self._reviews.get(video_id)
        decisions = [decision async for decision in self._decisions.of_video(video_id)]
        last = len(decisions) if row is None else row.last_decision
        if row is not None and row.sealed:
            # Specialists alone can tell whether it is whole.
            return Chain(row, decisions, None)
        return Chain(row, decisions, broken_link(decisions, last))

    async def _audited(self, page: Sequence[Decision]) -> list[Audited]:
        chains = await self._chains(list(dict.fromkeys(decision.video_id for decision in page)))
        return [audited for decision in page for audited in self._one(decision, chains[decision.video_id])]

    async def _of_page(self, video_ids: Sequence[str], since_ms: int, until_ms: int, seen: set[int]) -> list[Audited]:
        chains = await self._chains([name for name in dict.fromkeys(video_ids) if int(name, 16) not in seen])
        seen |= {int(video_id, 16) for video_id, chain in chains.items() if chain.decisions}
        return [
            audited
            for chain in chains.values()
            for decision in chain.decisions
            if since_ms <= decision.at_ms < until_ms
            for audited in self._one(decision, chain)
        ]

    async def _chains(self, video_ids: Sequence[str]) -> dict[str, Chain]:
        turns = asyncio.Semaphore(CHAINS_AT_ONCE)

        async def read(video_id: str) -> Chain:
            async with turns:
                return await self.chain(video_id)

        chains = await asyncio.gather(*map(read, video_ids))
        return dict(zip(video_ids, chains, strict=True))

    def _one(self, decision: Decision, chain: Chain) -> Iterator[Audited]:
        if chain.row is not None and chain.row.sealed:
            self.sealed += 1
            return
        yield Audited(decision, chain.row, decision.number in chain.withdrawn, chain.broken_at)


def days_of(since_ms: int, until_ms: int) -> Iterator[date]:
    """The days (UTC) that a time touches."""
    day, last = (datetime.fromtimestamp(ms / 1000, UTC).date() for ms in (since_ms, max(since_ms, until_ms - 1)))
    while day <= last:
        yield day
        day += timedelta(days=1)


def _begins_ms(day: date) -> int:
    return round(datetime.combine(day, time(), UTC).timestamp() * 1000)
