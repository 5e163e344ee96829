"""Walks the archive for re-evaluations: part by part, whichever worker takes one on."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import structlog

from reelsift.aws.errors import is_outage
from reelsift.aws.outcomes import Outcomes
from reelsift.aws.reviews import Reviews
from reelsift.aws.table import ConditionFailed
from reelsift.aws.walks import Walks
from reelsift.domain.batch import WORKING, Batch
from reelsift.domain.failure import Reason
from reelsift.domain.hold import Kind
from reelsift.domain.line import LineId
from reelsift.domain.outcome import Outcome, failed
from reelsift.domain.reevaluation import Reevaluation, Walk
from reelsift.domain.status import VideoStatus
from reelsift.domain.video import ObjectRef
from reelsift.events.teller import StatusTeller
from reelsift.reevaluation.candidates import Candidate, Candidates
from reelsift.reevaluation.reevaluator import Reevaluator
from reelsift.runtime.active_batches import ActiveBatches
from reelsift.runtime.clock import Clock
from reelsift.runtime.faults import Faults
from reelsift.runtime.holds import Holds
from reelsift.runtime.lease import Lease, WorkerStops
from reelsift.runtime.live_policy import LivePolicies
from reelsift.runtime.pace import Pace
from reelsift.runtime.tasks import finish_all
from reelsift.runtime.timings import Timings

VIDEOS_AT_ONCE = 8
"""Videos that one worker judges side by side: each may have results of several MB."""

_PROGRAM_FAILED = "the program failed over this video: {error}"

_log = structlog.get_logger(__name__)


class _Left(Exception):
    """The walk is not gone on with for now: its batch does not go on, or the policy is another."""


class Walker:
    """Takes on one part of the archive at a time. What it has done is noted page by page: who takes over goes on there,
    and repeats what was begun of a page.
    """

    def __init__(
        self,
        *,
        walks: Walks,
        reviews: Reviews,
        outcomes: Outcomes,
        candidates_of: Callable[[Reevaluation], Candidates],
        reevaluator: Reevaluator,
        policies: LivePolicies,
        active_batches: ActiveBatches,
        teller: StatusTeller,
        holds: Holds,
        faults: Faults,
        stop: asyncio.Event,
        timings: Timings,
        clock: Clock,
    ) -> None:
        self._walks = walks
        self._reviews = reviews
        self._outcomes = outcomes
        self._candidates_of = candidates_of
        self._reevaluator = reevaluator
        self._policies = policies
        self._active_batches = active_batches
        self._teller = teller
        self._holds = holds
        self._faults = faults
        self._stop = stop
        self._timings = timings
        self._clock = clock
        self._walking: asyncio.Task[None] | None = None

    async def step(self) -> None:
        """Take on a part of the archive, if there is one. That may take long: then it goes on beside the loop, and the
        next step waits for it again.
        """
        if self._walking is None:
            taken = await self._take()
            if taken is None:
                return
            self._walking = asyncio.create_task(self._walk(*taken))
        done, _ = await asyncio.wait({self._walking}, timeout=self._timings.report_step_s)
        for task in done:
            self._walking = None
            task.result()

    async def drain(self) -> None:
        """Wait for what is under way: it is left off at the next few videos."""
        if self._walking is not None:
            await asyncio.gather(self._walking, return_exceptions=True)

    async def _take(self) -> tuple[Batch, Lease[Walk]] | None:
        # Read in any case: this loop pauses until the batches are to be read again.
        batches = await self._active_batches.batches()
        if await self._rests():
            return None
        for batch in batches:
            terms, now = batch.reevaluation, self._clock.now_ms()
            if terms is None or batch.state not in WORKING or not terms.is_under_way(now):
                continue
            if (await self._policies.current()).epoch != terms.epoch:
                continue
            walks = await self._walks.of_batch(batch.batch_id)
            if sum(walk.is_taken(now) for walk in walks) >= terms.rate:
                # Each worker is to have a video a second at least: a slower one would sleep through its lease.
                continue
            open_walks = [walk for walk in walks if walk.passes < terms.number and not walk.is_taken(now)]
            # Other workers see the same ones.
            for walk in random.sample(open_walks, len(open_walks)):
                lease = Lease(
                    walk,
                    self._walks.change,
                    seconds=self._timings.walk_lease_s,
                    left_s=0,
                    clock=self._clock,
                    stop=self._stop,
                )
                try:
                    await lease.claim()
                except ConditionFailed:
                    continue
                return batch, lease
        return None

    async def _walk(self, batch: Batch, lease: Lease[Walk]) -> None:
        """Go on with a part until its end, or until it is to be left off."""
        with structlog.contextvars.bound_contextvars(batch=batch.batch_id, walk=lease.row.number):
            try:
                await self._go_on(batch, lease)
            except ConditionFailed:
                _log.info("walk_taken_over")
            except WorkerStops:
                await lease.release()
            except _Left:
                # Whoever ends the batch need not wait for a lease; nobody hurries back to one that rests.
                await lease.release()
            except Exception as error:
                await lease.release(self._timings.walk_retry_s)
                if is_outage(error):
                    raise
                # The archive of others does not wait for it.
                self._faults.swallow("walk_failed", error, again_in_s=self._timings.walk_retry_s)

    async def _go_on(self, batch: Batch, lease: Lease[Walk]) -> None:
        terms = batch.reevaluation
        assert terms is not None  # noqa: S101 - it was taken on for that
        candidates = self._candidates_of(terms)
        while True:
            pace = Pace(await self._rate(batch.batch_id, terms), self._timings, self._clock)
            page = await candidates.page(terms, lease.row, lease.row.after)
            outcomes = await self._judge(page.candidates, batch.batch_id, terms, lease, pace)
            # A worker that has slept through its lease counts nothing in a chunk that is perhaps closed by now.
            await lease.claim()
            if outcomes:
                await self._outcomes.record(outcomes)
            if page.after is None:
                await self._walks.change(lease.row, passes=terms.number, after=None, due_at_ms=None)
                self._active_batches.wake()
                return
            await lease.claim(after=page.after)

    async def _judge(
        self, candidates: Sequence[Candidate], batch_id: str, terms: Reevaluation, lease: Lease[Walk], pace: Pace
    ) -> list[Outcome]:
        """The outcomes of a page's videos, as far as they are for this re-evaluation. Where one cannot be judged no
        other is begun, and what is under way is brought to its end.
        """
        rows = await self._rows(candidates)
        places, renewing = asyncio.Semaphore(VIDEOS_AT_ONCE), asyncio.Lock()
        why_not: list[Exception] = []

        async def judged(candidate: Candidate) -> Outcome | None:
            async with places:
                if why_not:
                    return None
                try:
                    async with renewing:
                        await lease.keep()
                    await self._check(batch_id)
                    line_id = LineId(batch_id, candidate.line, lease.row.number)
                    return await self._video(candidate, rows.get(candidate.video_id), terms, line_id, pace)
                except Exception as error:  # noqa: BLE001 - raised below, once the others have ended
                    why_not.append(error)
                    return None

        outcomes = await finish_all(*(judged(candidate) for candidate in candidates))
        if why_not:
            raise why_not[0]
        return [outcome for outcome in outcomes if outcome is not None]

    async def _video(
        self, candidate: Candidate, row: VideoStatus | None, terms: Reevaluation, line_id: LineId, pace: Pace
    ) -> Outcome | None:
        async with self._policies.judging() as live:
            if live.epoch != terms.epoch:
                raise _Left
            try:
                return await self._reevaluator.judge(candidate, row, live, terms, line_id, pace)
            except Exception as error:
                if is_outage(error):
                    raise
                # The archive does not wait for one video that the program fails over.
                self._faults.swallow("video_not_judged", error, video_id=candidate.video_id)
                return self._given_up(row, line_id, error)

    def _given_up(self, row: VideoStatus | None, line_id: LineId, error: Exception) -> Outcome | None:
        if row is None or row.video is None or row.sealed:
            return None
        video, why = row.video, _PROGRAM_FAILED.format(error=f"{type(error).__name__}: {error}")
        ref = ObjectRef(video.bucket, video.key, video.version_id, video.etag, video.size)
        outcome = failed(line_id, ref, Reason.GAVE_UP, why, now_ms=self._clock.now_ms())
        return replace(outcome, video_id=video.video_id)

    async def _rows(self, candidates: Sequence[Candidate]) -> dict[str, VideoStatus]:
        """The rows of some videos, as far as they can be read: that of another is read with the video."""
        video_ids = list({candidate.video_id for candidate in candidates})
        try:
            return await self._reviews.get_many(video_ids)
        except (AssertionError, AttributeError, KeyError, TypeError, ValueError):
            return {}

    async def _check(self, batch_id: str) -> None:
        """Raises _Left where the batch does not go on for now, or events of it could not be told."""
        batches = await self._active_batches.batches()
        if not any(batch.batch_id == batch_id and batch.state in WORKING for batch in batches) or await self._rests():
            raise _Left

    async def _rests(self) -> bool:
        """Whether changes of status could not be told now: they would gather, in the way of those of live work."""
        return self._teller.bus_rests() or await self._holds.held(Kind.EVENTS)

    async def _rate(self, batch_id: str, terms: Reevaluation) -> float:
        """Videos a second that may get another status here: workers share the rate by the parts that they are at."""
        now = self._clock.now_ms()
        taken = sum(walk.is_taken(now) for walk in await self._walks.of_batch(batch_id))
        return terms.rate / max(1, taken)
