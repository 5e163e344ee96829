"""What is known of a sealed video, moved to where only specialists see it; and back, where the seal was taken away.

Any worker may, at any time, and goes on where another was killed: everything is copied, read again, and only then
deleted, piece by piece, and the row by which the video is found goes last.
"""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from reelsift.aws.claims import Claims, Content
from reelsift.aws.forgotten import ForgottenVideos
from reelsift.aws.known_rows import KnownRows
from reelsift.aws.mail import Outbox
from reelsift.aws.metrics import Metrics
from reelsift.aws.outcomes import Outcomes
from reelsift.aws.review_rows import STATUS, key_of, read_whole_row
from reelsift.aws.reviews import Reviews
from reelsift.aws.sealed_objects import SealedObjects
from reelsift.aws.sealed_rows import SealedRow, SealedRows
from reelsift.aws.seals import Marked, Seals
from reelsift.aws.table import BATCH_ITEMS, ConditionFailed
from reelsift.domain.analysis import Analysis
from reelsift.domain.decision import Decision
from reelsift.domain.protection import ProtectionFailed, ProtectionUnderWay
from reelsift.domain.seal_record import Seal
from reelsift.domain.status import VideoStatus
from reelsift.domain.video import Video
from reelsift.runtime.clock import Clock, as_ms
from reelsift.runtime.faults import Faults
from reelsift.runtime.tasks import Tasks
from reelsift.runtime.timings import Timings

MOVED_AT_ONCE = 4
"""Videos that one worker moves at a time."""

DUE_A_SHARD = 10
"""Videos of a shard that are looked for at a time."""

_log = structlog.get_logger(__name__)


class Protecting(Protocol):
    """What keeps the object of a sealed video from being deleted."""

    async def protect(self, video: Video, versions: Sequence[str], at_ms: int) -> object:
        """Protect the content, of which lines have named these versions. May be repeated. Raises ProtectionUnderWay
        where another turn is to follow.
        """
        ...

    async def release(self, video_id: str) -> None:
        """Take that back, as far as it was done here. May be repeated."""
        ...


class ReadDecisions(Protocol):
    """Reads what was decided of a video."""

    def of_video(self, video_id: str, *, newest_first: bool = False) -> AsyncIterator[Decision]:
        """In the order of numbers, or backwards."""
        ...


@dataclass(frozen=True, slots=True)
class SealedPlace:
    """Where what is sealed is kept, and what keeps its objects."""

    sealed_rows: SealedRows
    sealed_objects: SealedObjects
    protection: Protecting | None = None


class NowhereToSeal(Exception):
    """A video was sealed, and this worker knows no place for what is sealed: REELSIFT_SEALED_BUCKET is not set."""


class Sealing:
    """Moves what is due. What the videos of others wait for is never held up by it, and nobody can hold it."""

    def __init__(
        self,
        *,
        seals: Seals,
        place: SealedPlace | None,
        known_rows: KnownRows,
        decisions: ReadDecisions,
        reviews: Reviews,
        claims: Claims,
        outcomes: Outcomes,
        forgotten: ForgottenVideos,
        outbox: Outbox | None,
        settle: Callable[[VideoStatus], Awaitable[None]],
        metrics: Metrics,
        faults: Faults,
        stop: asyncio.Event,
        timings: Timings,
        clock: Clock,
    ) -> None:
        """`settle` opens what people are asked about a video that is sealed no more."""
        self._seals = seals
        self._place = place
        self._known_rows = known_rows
        self._decisions = decisions
        self._reviews = reviews
        self._claims = claims
        self._outcomes = outcomes
        self._forgotten = forgotten
        self._outbox = outbox
        self._settle = settle
        self._metrics = metrics
        self._faults = faults
        self._stop = stop
        self._timings = timings
        self._clock = clock
        self._tasks = Tasks(faults, timings, clock)

    async def step(self) -> None:
        """Take up what is due, for `seal_step_s` at the most."""
        until = self._clock.monotonic() + self._timings.seal_step_s
        due = await self._seals.due(self._clock.now_ms(), DUE_A_SHARD)
        # Workers that begin elsewhere meet less often.
        random.shuffle(due)
        for video_id in due:
            if self._stop.is_set() or self._clock.monotonic() >= until or not await self._tasks.room(MOVED_AT_ONCE):
                return
            self._tasks.spawn(self.take_up(video_id))

    async def drain(self) -> None:
        """Wait until what was begun has ended."""
        await self._tasks.join()

    async def take_up(self, video_id: str) -> None:
        """Move a video that is due, unless another worker does."""
        now = self._clock.now_ms()
        marked = await self._seals.take(video_id, now_ms=now, until_ms=now + as_ms(self._timings.seal_lease_s))
        if marked is None:
            return
        with structlog.contextvars.bound_contextvars(video_id=video_id):
            try:
                await self._move(marked)
            except ConditionFailed:
                # Told, tagged or decided meanwhile: it is taken up again, as it is then.
                await self._seals.put_off(marked, self._clock.now_ms())
            except ProtectionUnderWay:
                await self._seals.put_off(marked, self._clock.now_ms())
            except (NowhereToSeal, ProtectionFailed) as error:
                event = "nowhere_to_seal" if isinstance(error, NowhereToSeal) else "sealing_failed"
                _log.error(event, error=str(error), again_in_s=self._pause_s(marked))
                await self._try_later(marked)
            except Exception as error:  # noqa: BLE001 - one video's failure must not become the loop's
                self._faults.pass_over("sealing_failed", error, again_in_s=self._pause_s(marked))
                await self._try_later(marked)

    def _pause_s(self, marked: Marked) -> float:
        return min(self._timings.longest_seal_retry_s, self._timings.seal_retry_s * float(2 ** min(marked.tries, 20)))

    async def _try_later(self, marked: Marked) -> None:
        self._metrics.count("SealingFailed")
        again_ms = self._clock.now_ms() + as_ms(self._pause_s(marked))
        await self._seals.put_off(marked, again_ms, tries=marked.tries + 1)

    async def _move(self, marked: Marked) -> None:
        if self._place is None:
            raise NowhereToSeal(NowhereToSeal.__doc__)
        if not marked.goes_back:
            await self._seal(marked, self._place)
        else:
            if marked.status.sealed:
                await self._unseal(marked, self._place)
            await self._clean(marked, self._place)

    # To the sealed place

    async def _seal(self, marked: Marked, place: SealedPlace) -> None:
        video_id = marked.video_id
        whole = await self._whole(marked, place)
        await self._record(whole, place)
        unprotected = await self._protect(whole, place)
        if not marked.is_stub or marked.was_late:
            await self._forgotten.note_sealed(video_id, now_ms=self._clock.now_ms())
        if self._outbox is not None and whole.video is not None:
            await self._outbox.forget(whole.video.bucket, whole.video.key)
        moved = await self._move_rows(marked, whole.video, place)
        moved += await place.sealed_objects.take_in(video_id)
        await self._known_rows.bare_events(video_id)
        if not marked.is_stub:
            await self._make_stub(video_id, place)
        if unprotected is not None:
            raise unprotected
        now = self._clock.now_ms()
        if await self._known_rows.open_jobs(video_id):
            await self._seals.put_off(marked, now + as_ms(self._timings.sealed_job_s))
        elif moved or not marked.was_late:
            _log.info("video_sealed", rows_and_objects=moved)
            await self._seals.put_off(marked, now + as_ms(self._timings.late_sealing_s), late=True)
        else:
            await self._seals.done(marked)

    async def _whole(self, marked: Marked, place: SealedPlace) -> VideoStatus:
        """All that the row of the video says, or said."""
        if not marked.is_stub:
            return marked.status
        kept = await place.sealed_rows.get(marked.video_id, "reviews", STATUS)
        return marked.status if kept is None else read_whole_row(kept.row)

    async def _record(self, whole: VideoStatus, place: SealedPlace) -> None:
        """Take down the seal, the first time: by the decision that has put it on, which is not moved before."""
        seal = await place.sealed_rows.seal(whole.video_id)
        if seal is None or seal.lifted_ms is not None:
            seals = [one async for one in self._decisions.of_video(whole.video_id) if one.kind is not None]
            if seals:
                by = seals[-1]
                seal = Seal(whole.video_id, by.kind, by.at_ms, by.number, by.by)
            else:
                # It was restored from the archive, which has nothing of that decision but its digest.
                since_ms = self._clock.now_ms() if whole.changed_ms is None else whole.changed_ms
                seal = Seal(whole.video_id, None, since_ms, whole.last_decision, None)
            seal = await place.sealed_rows.note_seal(seal)
        await place.sealed_objects.mark(whole.video_id, json.dumps(seal.members()).encode())

    async def _protect(self, whole: VideoStatus, place: SealedPlace) -> Exception | None:
        """Keep the object from being deleted. What goes wrong there holds up nothing else, and is tried again."""
        if place.protection is None or whole.video is None:
            return None
        try:
            await place.protection.protect(whole.video, whole.versions, self._clock.now_ms())
        except ProtectionUnderWay as turn:
            return turn
        except Exception as error:  # noqa: BLE001 - it is raised once all else is done
            return error
        return None

    async def _move_rows(self, marked: Marked, video: Video | None, place: SealedPlace) -> int:
        moved = 0
        async for rows in _pieces(self._known_rows.of_video(marked.video_id, video)):
            await place.sealed_rows.keep(marked.video_id, rows)
            await self._renew(marked)
            for row in rows:
                await self._release_claim(row)
            await self._known_rows.delete(rows)
            moved += len(rows)
        return moved

    async def _release_claim(self, row: SealedRow) -> None:
        """Videos of the same content are analysed by themselves from now on: this one answers for none any more."""
        sha256, size = row.row.get("content"), row.row.get("size")
        if row.table == "jobs" and sha256 is not None and size is not None:
            content = Content(sha256, size, Analysis(row.row["analysis"]))
            await self._claims.release(content, row.row["video_id"])

    async def _make_stub(self, video_id: str, place: SealedPlace) -> None:
        """Copy the row of the video as it is now, and leave what everybody may know."""
        marked = await self._seals.read(video_id)
        if marked is None or marked.is_stub:
            return
        await place.sealed_rows.keep(video_id, [SealedRow("reviews", key_of(video_id), marked.row)])
        await self._seals.make_stub(marked)

    # Back

    async def _unseal(self, marked: Marked, place: SealedPlace) -> None:
        video_id = marked.video_id
        kept = await place.sealed_rows.get(video_id, "reviews", STATUS)
        if kept is None:
            raise LookupError("the row of the video is not where it was sealed")
        whole = read_whole_row(kept.row)
        await self._forgotten.unsealed(video_id, (), now_ms=self._clock.now_ms())
        await place.sealed_objects.give_back(video_id)
        async for rows in _pieces(place.sealed_rows.of_video(video_id)):
            await self._renew(marked)
            outcomes = [row for row in rows if row.table == "outcomes"]
            for row in outcomes:
                await self._outcomes.bring_back(row.row)
            await self._known_rows.put_back([row for row in rows if row.table != "outcomes" and not _is_status(row)])
        if place.protection is not None:
            await place.protection.release(video_id)
        await self._seals.make_row(marked, kept.row)
        _log.info("video_unsealed", status=whole.status)

    async def _clean(self, marked: Marked, place: SealedPlace) -> None:
        """Leave nothing of what is back: but that the video was sealed, who has looked, and what was reported."""
        video_id = marked.video_id
        row = await self._reviews.get(video_id)
        if row is None or row.sealed:
            return
        await self._settle(row)
        outcomes = place.sealed_rows.of_video(video_id, "outcomes")
        chunks = {self._outcomes.chunk_of(outcome.row) async for outcome in outcomes}
        await self._forgotten.unsealed(video_id, chunks, now_ms=self._clock.now_ms())
        async for rows in _pieces(place.sealed_rows.of_video(video_id)):
            await self._still_back(video_id)
            await place.sealed_rows.let_go(video_id, rows)
        await self._still_back(video_id)
        await place.sealed_objects.erase(video_id)
        if await place.sealed_rows.seal(video_id) is not None:
            await place.sealed_rows.lifted(video_id, now_ms=self._clock.now_ms())
        await self._seals.done_back(video_id)

    async def _still_back(self, video_id: str) -> None:
        """Raises ConditionFailed where the video was sealed once more: then its copies are no leftovers."""
        row = await self._reviews.get(video_id)
        if row is None or row.sealed:
            raise ConditionFailed(self._seals.table.name)

    async def _renew(self, marked: Marked) -> None:
        await self._seals.renew(marked, self._clock.now_ms() + as_ms(self._timings.seal_lease_s))


async def _pieces(rows: AsyncIterator[SealedRow]) -> AsyncIterator[Sequence[SealedRow]]:
    """As many rows as are copied and read again together."""
    piece: list[SealedRow] = []
    async for row in rows:
        piece.append(row)
        if len(piece) == BATCH_ITEMS:
            yield piece
            piece = []
    if piece:
        yield piece


def _is_status(row: SealedRow) -> bool:
    return row.table == "reviews" and row.key.get("part") == STATUS
