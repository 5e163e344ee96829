"""Decisions out of the archive: their rows again, and the status of their videos, so that what was decided stands."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace

from reelsift.aws.decision_archive import DecisionArchive
from reelsift.aws.decisions import Decisions
from reelsift.aws.opinions import Opinions
from reelsift.aws.reviews import Reviews
from reelsift.aws.table import ConditionFailed
from reelsift.domain.decision import Decision, SealedDecision, broken_link, standing_of
from reelsift.domain.opinion import Opinion
from reelsift.domain.seal import is_sealed_by
from reelsift.domain.status import By, Cause, Revision, Status, VideoStatus
from reelsift.reviews.archiving import Archived, DamagedArchive, unpack

WRITES_AT_ONCE = 16

ROWS_AT_ONCE = 100
"""Videos whose rows are read together (DynamoDB)."""

FAULTS_NAMED = 20
"""Faults of a kind that are named; all are counted."""

UNKNOWN_REVISIONS = 1_000
"""A restored video goes on so far behind the last revision that a decision made: verdicts may have made some since,
which are in no archive, and whoever listens takes the highest number they have heard.
"""

_WRITE_TRIES = 5


@dataclass(slots=True)
class Faults:
    """How many there are of a kind, and the first of them by name."""

    count: int = 0
    named: list[str] = field(default_factory=list)

    def add(self, name: str) -> None:
        self.count += 1
        if len(self.named) < FAULTS_NAMED:
            self.named.append(name)


@dataclass(slots=True)
class Restored:
    """What a restore has done, in decisions, videos and objects of the archive."""

    objects: int = 0
    decisions: int = 0
    """Decisions whose row was written."""
    there: int = 0
    """Decisions whose row was there, as the archive has it."""
    opinions: int = 0
    """Second opinions whose row was written."""
    videos: int = 0
    """Videos whose status was written."""
    damaged: Faults = field(default_factory=Faults)
    """Objects that cannot be read."""
    different: Faults = field(default_factory=Faults)
    """Decisions whose row says something else than the archive: the row stays."""
    broken: Faults = field(default_factory=Faults)
    """Videos whose decisions are not whole: their status stays as it is."""

    @property
    def whole(self) -> bool:
        """Whether everything that the archive has stands in the table again."""
        return not (self.damaged.count or self.different.count or self.broken.count)


class Restoring:
    """Brings decisions back, however often it is run: first all their rows, then the status of each of their videos,
    and the opinions on those that are not sealed.

    The archive has no keys of objects. So a restored video is one without an object, until a line or a decision names
    it: then its status goes on from there, and the decision stands.
    """

    def __init__(
        self, *, decisions: Decisions, opinions: Opinions, reviews: Reviews, decision_archive: DecisionArchive
    ) -> None:
        self._decisions = decisions
        self._opinions = opinions
        self._reviews = reviews
        self._decision_archive = decision_archive

    async def restore(self) -> Restored:
        """Read the whole archive, three times."""
        done = Restored()
        async for said in self._objects(done):
            done.objects += 1
            decisions = [one for one in said if not isinstance(one, Opinion)]
            for start in range(0, len(decisions), WRITES_AT_ONCE):
                some = decisions[start : start + WRITES_AT_ONCE]
                await asyncio.gather(*(self._restore(decision, done) for decision in some))
        told = set[str]()
        async for said in self._objects(None):
            videos = list(dict.fromkeys(one.video_id for one in said if not isinstance(one, Opinion)))
            for start in range(0, len(videos), ROWS_AT_ONCE):
                await self._restore_statuses(videos[start : start + ROWS_AT_ONCE], done, told)
        async for said in self._objects(None):
            opinions = [one for one in said if isinstance(one, Opinion)]
            for start in range(0, len(opinions), ROWS_AT_ONCE):
                await self._restore_opinions(opinions[start : start + ROWS_AT_ONCE], done)
        return done

    async def _restore_opinions(self, opinions: Sequence[Opinion], done: Restored) -> None:
        """Of a sealed video there are none but where specialists see them."""
        rows = await self._reviews.get_many(list({opinion.video_id for opinion in opinions}))
        for opinion in opinions:
            row = rows.get(opinion.video_id)
            if row is not None and row.sealed:
                continue
            if await self._opinions.restore(opinion):
                done.opinions += 1
                continue
            stored = await self._opinions.get(opinion.video_id, opinion.decision)
            if stored is None or stored.record() != opinion.record():
                done.different.add(f"opinion on decision {opinion.decision} on video {opinion.video_id}")

    async def _objects(self, done: Restored | None) -> AsyncIterator[list[Archived]]:
        """What each object has; damaged ones are counted where `done` is given, and left out."""
        async for key in self._decision_archive.keys():
            body = await self._decision_archive.get(key)
            try:
                yield await asyncio.to_thread(unpack, body)
            except DamagedArchive as damage:
                if done is not None:
                    done.damaged.add(f"s3://{self._decision_archive.bucket}/{key}: {damage}")

    async def _restore(self, decision: Decision | SealedDecision, done: Restored) -> None:
        if await self._decisions.restore(decision):
            done.decisions += 1
            return
        if isinstance(decision, SealedDecision) or await self._is_sealed(decision):
            # What is there says more, or is to say no more.
            done.there += 1
            return
        if await self._decisions.restore(decision, unsealed=True):
            # Exported while its video was sealed, and again when it was so no more.
            done.decisions += 1
            return
        stored = await self._decisions.get(decision.video_id, decision.number)
        if stored is not None and stored.record() == decision.record():
            done.there += 1
        else:
            done.different.add(f"decision {decision.number} on video {decision.video_id}")

    async def _is_sealed(self, decision: Decision) -> bool:
        row = await self._reviews.get(decision.video_id)
        return row is not None and row.sealed

    async def _restore_statuses(self, video_ids: Sequence[str], done: Restored, told: set[str]) -> None:
        rows = await self._reviews.get_many(video_ids)
        for video_id in video_ids:
            chain = [decision async for decision in self._decisions.of_video(video_id)]
            was = rows.get(video_id)
            sealed = await self._decisions.sealed(video_id)
            if sealed:
                done.videos += await self._seal(video_id, was, sealed, chain)
                continue
            broken_at = broken_link(chain, max(len(chain), 0 if was is None else was.last_decision))
            if broken_at is not None:
                if video_id not in told:
                    told.add(video_id)
                    done.broken.add(f"video {video_id}: from decision {broken_at} on")
            elif (was is None or was.last_decision < len(chain)) and await self._write(was, chain):
                done.videos += 1

    async def _seal(
        self, video_id: str, was: VideoStatus | None, sealed: Sequence[SealedDecision], chain: Sequence[Decision]
    ) -> bool:
        """Have a video sealed of which a decision is known by its digest alone: what it said is where specialists see
        it, or lost. False where that is so already.
        """
        if was is not None and was.sealed:
            return False
        row = was if was is not None else VideoStatus(video_id, None)
        last = max([one.number for one in sealed] + [one.number for one in chain])
        number = row.revision + UNKNOWN_REVISIONS
        revision = Revision(number, Status.REJECTED, sealed[-1].at_ms, By(), Cause.DECISION, decision=last)
        row = replace(
            row,
            revision=number,
            last_decision=last,
            standing=last,
            status=Status.REJECTED,
            restriction=None,
            sealed=True,
            history=(*row.history, revision),
        )
        try:
            await self._reviews.write(row, was)
        except ConditionFailed:
            return False
        return True

    async def _write(self, was: VideoStatus | None, chain: Sequence[Decision]) -> bool:
        """Write the status of a video by its decisions. False where somebody has decided it meanwhile."""
        video_id = chain[0].video_id
        for _ in range(_WRITE_TRIES):
            try:
                await self._reviews.write(restored(video_id, was, chain), was)
            except ConditionFailed:
                was = await self._reviews.get(video_id)
                if was is not None and was.last_decision >= len(chain):
                    return False
            else:
                return True
        return False


def restored(video_id: str, was: VideoStatus | None, chain: Sequence[Decision]) -> VideoStatus:
    """The row of a video, None where there is none, once all of these decisions are known."""
    row = was if was is not None else VideoStatus(video_id, None)
    stands = standing_of(chain)
    number = max(row.revision, max(decision.revision for decision in chain) + UNKNOWN_REVISIONS)
    row = replace(row, revision=number, last_decision=len(chain), standing=0)
    if stands is None or stands.status is None:
        return row
    revision = Revision(
        number=number,
        status=stands.status,
        at_ms=stands.at_ms,
        by=By(person=stands.by),
        cause=stands.cause,
        restriction=stands.restriction,
        decision=stands.number,
    )
    return replace(
        row,
        status=stands.status,
        restriction=stands.restriction,
        standing=stands.number,
        sealed=is_sealed_by(chain),
        history=(*row.history, revision),
    )
