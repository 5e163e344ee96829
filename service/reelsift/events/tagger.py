"""Writes the status of videos to the tags of their objects, until the two are equal.

S3 has no condition on tagging, so whoever writes last wins. A writer therefore has a lease on the row of the video,
and after writing reads revision and tags again, until a look finds nothing to be written and the row as it was. Where
a lease was taken over, its writer may still be about: the row is looked at once more when that is hardly possible.
"""

import asyncio
import random
from contextlib import suppress
from secrets import token_hex

import structlog

from reelsift.aws.event_bus import Event, EventBus
from reelsift.aws.metrics import Metrics
from reelsift.aws.object_tags import ObjectTags
from reelsift.aws.review_rows import SHARDS
from reelsift.aws.untagged import Due, Tagging, Untagged
from reelsift.domain.action_failed import ACTION_FAILED, action_failed
from reelsift.domain.event import Origin
from reelsift.domain.hold import Kind
from reelsift.domain.object_tags import TagFailure, Untaggable, next_failure
from reelsift.domain.status import VideoStatus
from reelsift.events.tag_writer import LeaseLost, TagWriter
from reelsift.runtime.clock import Clock, as_ms
from reelsift.runtime.faults import Faults
from reelsift.runtime.holds import Holds
from reelsift.runtime.tasks import Tasks
from reelsift.runtime.timings import Timings

TAGGED_AT_ONCE = 8
"""Videos whose objects one worker tags at a time."""

DUE_A_SHARD = 25
"""Rows of a shard that are read at a time."""

MOST_LOOKS = 8
"""A row that keeps changing is left after so many looks, and taken up again."""

_log = structlog.get_logger(__name__)


class Tagger:
    """Takes up rows whose objects may not say their status. Never holds up a line, a job or a decision."""

    def __init__(
        self,
        *,
        untagged: Untagged,
        object_tags: ObjectTags,
        bus: EventBus | None,
        origin: Origin,
        holds: Holds,
        metrics: Metrics,
        faults: Faults,
        stop: asyncio.Event,
        timings: Timings,
        clock: Clock,
    ) -> None:
        """Where there is no `bus`, failures are only logged and counted."""
        self._untagged = untagged
        self._object_tags = object_tags
        self._bus = bus
        self._origin = origin
        self._holds = holds
        self._metrics = metrics
        self._faults = faults
        self._stop = stop
        self._timings = timings
        self._clock = clock
        self._tasks = Tasks(faults, timings, clock)
        self._more = False

    async def step(self) -> None:
        """Take up what is due, for `tags_step_s` at the most, until there is nothing more, or tags are held."""
        self._more = False
        until = self._clock.monotonic() + self._timings.tags_step_s
        shards = list(range(SHARDS))
        # Workers that begin elsewhere meet less often.
        random.shuffle(shards)
        more = await self._untagged.has_any()
        while more and not self._stop.is_set() and not await self._holds.held(Kind.TAGS):
            more = False
            for shard in shards:
                found = await self._untagged.due(shard, self._clock.now_ms(), DUE_A_SHARD)
                free = [due for due in found if not due.taken]
                more = more or (len(found) == DUE_A_SHARD and bool(free))
                for due in free:
                    if self._stop.is_set():
                        return
                    if await self._tasks.room(TAGGED_AT_ONCE):
                        self._tasks.spawn(self._take_up(due))
                        if self._clock.monotonic() < until:
                            continue
                    self._more = True
                    return

    async def pause(self, pause_s: float) -> None:
        """The pause after a step: none where more was due than that had time for."""
        if self._more:
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), pause_s)

    async def drain(self) -> None:
        """Wait until what was begun has ended."""
        await self._tasks.join()

    async def _take_up(self, due: Due) -> None:
        with structlog.contextvars.bound_contextvars(video_id=due.video_id):
            try:
                await self._tag(due)
            except Exception as error:  # noqa: BLE001 - one video's failure must not become the loop's
                self._faults.pass_over("tagging_failed", error, then="taken up again when its lease has lapsed")

    async def _tag(self, due: Due) -> None:
        now = self._clock.now_ms()
        until_ms, late_ms = now + as_ms(self._timings.tag_lease_s), now + as_ms(self._timings.late_tagger_s)
        tagging = await self._untagged.lease(due, token_hex(8), now_ms=now, until_ms=until_ms, late_ms=late_ms)
        if tagging is None:
            return
        failure = tagging.failure
        # Where a line has named the object since, the failure is over, whether or not anybody heard of it.
        noted_last = failure is not None and (failure.revision, failure.mark) == (tagging.row.revision, tagging.mark)
        if failure is not None and not failure.told and noted_last:
            # Whoever noted it has died before anybody heard of it, or nobody could: no try waits for that.
            if await self._tell(tagging, failure):
                return
            if failure.again_at_ms is None or failure.again_at_ms > now:
                await self._tell_later(tagging)
                return
        try:
            await self._until_equal(tagging)
        except Untaggable as untaggable:
            await self._failed(tagging, untaggable)
        except LeaseLost:
            # What was written last may have been too late, and over what another has written.
            await self._untagged.again(due.video_id)

    async def _until_equal(self, tagging: Tagging) -> None:
        writer = TagWriter(self._untagged, self._object_tags, lease_s=self._timings.tag_lease_s, clock=self._clock)
        for _ in range(MOST_LOOKS):
            wrote = await writer.look(tagging)
            if not wrote and await self._untagged.done(tagging, self._clock.now_ms()):
                self._metrics.count("Tagged")
                return
            read = await self._untagged.read(tagging)
            if read is None:
                if wrote:
                    raise LeaseLost
                return
            tagging = read
        await self._untagged.put_off(tagging, self._clock.now_ms() + as_ms(self._timings.tag_lease_s))

    async def _failed(self, tagging: Tagging, untaggable: Untaggable) -> None:
        self._metrics.count("ActionsFailed")
        failure = next_failure(
            tagging.failure,
            untaggable,
            number=tagging.actions + 1,
            revision=tagging.row.revision,
            now_ms=self._clock.now_ms(),
            mark=tagging.mark,
        )
        then = "given up" if failure.again_at_ms is None else "tried again"
        _log.warning("object_not_tagged", reason=failure.fault, error=failure.message, tries=failure.tries, then=then)
        noted = await self._untagged.failed(tagging, failure)
        if noted is None:
            await self._untagged.again(tagging.row.video_id)
            return
        if failure.told:
            await self._untagged.told(noted, failure)
        elif not await self._tell(noted, failure):
            await self._tell_later(noted)

    async def _tell(self, tagging: Tagging, failure: TagFailure) -> bool:
        """Tell of a failure and let the row go; False where events are held or the bus does not take it."""
        if self._bus is not None:
            if not tagging.row.sealed and await self._holds.held(Kind.EVENTS):
                return False
            if await self._bus.put([_event(tagging.row, failure, self._origin)]):
                return False
        await self._untagged.told(tagging, failure)
        return True

    async def _tell_later(self, tagging: Tagging) -> None:
        await self._untagged.put_off(tagging, self._clock.now_ms() + as_ms(self._timings.tag_lease_s))


def _event(row: VideoStatus, failure: TagFailure, origin: Origin) -> Event:
    said = action_failed(row, failure, origin)
    return Event(ACTION_FAILED, said.detail, said.resources, said.at_ms)
