"""Tells the rest of the company of each revision: at once by whoever made it, else by a loop that takes up what is
left.

At least once: a worker may die after the bus has taken an event and before that is noted.
"""

import asyncio
import random
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from typing import TypeVar

import structlog

from reelsift.aws.event_bus import Event, EventBus
from reelsift.aws.metrics import Metrics
from reelsift.aws.review_rows import shard_of
from reelsift.aws.untold import Claimed, Untold
from reelsift.domain.event import APPEAL_DECIDED, STATUS_CHANGED, Origin, appeal_decided, status_changed
from reelsift.domain.hold import Kind
from reelsift.domain.status import AppealDecided, Unpublished, VideoStatus
from reelsift.runtime.clock import Clock, as_ms
from reelsift.runtime.holds import Holds
from reelsift.runtime.tasks import finish_all
from reelsift.runtime.timings import Timings

ROWS_A_SHARD = 5
"""Rows of each shard that one worker looks after at a time: 40 in all, four calls of the bus."""

NEWEST_A_SHARD = 2
"""So many of these are the last that have become due: what people decide goes out beside whatever has gathered."""

READ_A_SHARD = 50
"""Rows of each shard of which the others are drawn: workers that all took the oldest would be in each other's way."""

FURTHER_EVENTS = 50
"""Events that did not fit into their row and are told at a time."""

_Told = TypeVar("_Told", Unpublished, AppealDecided, Unpublished | AppealDecided)
"""What there is to tell of a video."""

_log = structlog.get_logger(__name__)


class StatusTeller:
    """Publishes what rows of videos say is unpublished, and takes away exactly that.

    Where there is no bus, what people have left to be told, or a bus that there was, is taken away untold. While
    somebody holds events, those of sealed videos alone are told.
    """

    def __init__(
        self,
        *,
        bus: EventBus | None,
        untold: Untold,
        origin: Origin,
        holds: Holds,
        metrics: Metrics,
        stop: asyncio.Event,
        timings: Timings,
        clock: Clock,
    ) -> None:
        self._bus = bus
        self._untold = untold
        self._origin = origin
        self._holds = holds
        self._metrics = metrics
        self._stop = stop
        self._timings = timings
        self._clock = clock
        self._refusals = 0
        self._rests_until = 0.0
        self._refused_until = 0.0
        self._pause_s = timings.events_poll_s

    async def tell(self, row: VideoStatus | None) -> None:
        """Publish what a row shows that need not wait, right after it was written or read. Where the bus does not take
        it, the row is put aside for the loop: no line waits for that.
        """
        events = [] if row is None else [event for event in row.unpublished if event.tell_at_ms is None]
        if row is None or not events:
            return
        if self._bus is None:
            await self._untold.told(row.video_id, [event.revision.number for event in events])
            return
        told = []
        if row.sealed or not await self._holds.held(Kind.EVENTS):
            told = await self._publish(self._bus, [(row, event) for event in events])
        if told:
            self._refusals = 0
            await self._untold.told(row.video_id, [event.revision.number for _, event in told])
        if len(told) < len(events) and row.tell_at_ms is None:
            again = self._clock.now_ms() + as_ms(self._timings.first_retelling_s)
            await self._untold.put_aside(row, again)

    async def step(self) -> None:
        """Tell what is due of the rows that somebody is to look after, for `events_step_s` at the most. While the bus
        takes nothing at all it is asked less and less often; where there is none, little is left and nothing hurries.
        """
        self._pause_s = self._timings.events_poll_s
        if self._clock.monotonic() < self._rests_until:
            return
        until = self._clock.monotonic() + self._timings.events_step_s
        while not self._stop.is_set():
            now = self._clock.now_ms()
            held = self._bus is not None and await self._holds.held(Kind.EVENTS)
            rows = _drawn(await self._untold.due(now, READ_A_SHARD, newest=NEWEST_A_SHARD, sealed_alone=held))
            claimed = [each for each in await finish_all(*map(self._claim, rows)) if each is not None]
            if rows and not claimed:
                self._pause_s = self._timings.events_outrun_s
            if not claimed or not await self._tell_claimed(claimed):
                break
            if self._clock.monotonic() >= until:
                self._pause_s = 0
                return
        if self._bus is None:
            self._rests_until = self._clock.monotonic() + self._timings.longest_retelling_s

    def bus_rests(self) -> bool:
        """Whether the bus took nothing at all when this worker asked it last, not long ago."""
        return self._refusals > 0 and self._clock.monotonic() < self._refused_until

    async def pause(self) -> None:
        """The pause after a step: none where more was due than that had time for, and a short one where other workers
        were first with all that it found.
        """
        if not self._pause_s:
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), self._pause_s)

    async def _claim(self, row: VideoStatus) -> Claimed | None:
        """None where another worker is first."""
        now = self._clock.now_ms()
        pause_s = min(self._timings.longest_retelling_s, self._timings.retelling_s * 2 ** min(row.tell_tries, 10))
        return await self._untold.claim(row, now_ms=now, until_ms=now + as_ms(pause_s))

    async def _tell_claimed(self, claimed: Sequence[Claimed]) -> bool:
        """Whether the bus takes events at all."""
        further = {
            each.row.video_id: await self._untold.further_events(each.row.video_id, FURTHER_EVENTS)
            for each in claimed
            if each.row.more_events
        }
        due = [(each.row, event) for each in claimed for event in each.due]
        now = self._clock.now_ms()
        beside = [
            (each.row, event) for each in claimed for event in further.get(each.row.video_id, ()) if event.is_due(now)
        ]
        appeals = [(each.row, appeal) for each in claimed for appeal in each.row.appeals]
        all_due: list[tuple[VideoStatus, Unpublished | AppealDecided]] = [*due, *beside, *appeals]
        # What nobody listens to is over with.
        taken = all_due if self._bus is None else await self._publish(self._bus, all_due)
        told = {(row.video_id, _name(event)) for row, event in taken}
        for row, event in beside:
            if (row.video_id, event.revision.number) in told:
                await self._untold.further_told(row.video_id, [event.revision.number])
        settling: list[Awaitable[None]] = []
        for each in claimed:
            done = [event.revision.number for event in each.due if (each.row.video_id, event.revision.number) in told]
            done_appeals = [appeal.appeal for appeal in each.row.appeals if (each.row.video_id, appeal.appeal) in told]
            left = [event for event in further.get(each.row.video_id, ()) if not _is_in(told, each.row, event)]
            full = len(further.get(each.row.video_id, ())) == FURTHER_EVENTS
            settling.append(self._untold.settled(each.row, done, done_appeals, more_events=bool(left) or full))
        await finish_all(*settling)
        takes = bool(told) or not all_due
        self._refusals = 0 if takes else self._refusals + 1
        if not takes:
            rest_s = min(self._timings.longest_bus_rest_s, self._timings.bus_rest_s * 2 ** min(self._refusals, 10))
            self._rests_until = self._clock.monotonic() + rest_s
            # By then every row that was refused has been taken up once more, by whichever worker.
            self._refused_until = self._rests_until + self._timings.longest_retelling_s
        return takes

    async def _publish(
        self, bus: EventBus, events: Sequence[tuple[VideoStatus, _Told]]
    ) -> list[tuple[VideoStatus, _Told]]:
        """Those of the events that the bus has taken."""
        made = [(_event(row, event, self._origin), row, event) for row, event in events]
        failed = dict(await bus.put([event for event, _, _ in made]))
        if failed:
            self._metrics.count("EventsFailed", len(failed))
            codes = sorted(set(failed.values()))
            _log.warning("events_not_taken", events=len(failed), codes=codes, then="they are told again")
        told = [(row, event) for sent, row, event in made if sent not in failed]
        if told:
            self._metrics.count("EventsPublished", len(told))
        return told


def _drawn(rows: Sequence[VideoStatus]) -> list[VideoStatus]:
    """Of rows that are due, the oldest first, those to be claimed: of each shard the newest, and others at random."""
    shards: dict[int, list[VideoStatus]] = {}
    for row in rows:
        shards.setdefault(shard_of(row.video_id), []).append(row)
    drawn: list[VideoStatus] = []
    for due in shards.values():
        older, newest = due[:-NEWEST_A_SHARD], due[-NEWEST_A_SHARD:]
        drawn += random.sample(older, min(len(older), ROWS_A_SHARD - NEWEST_A_SHARD)) + newest
    return drawn


def _event(row: VideoStatus, event: Unpublished | AppealDecided, origin: Origin) -> Event:
    if isinstance(event, AppealDecided):
        said = appeal_decided(row, event, origin)
        return Event(APPEAL_DECIDED, said.detail, said.resources, said.at_ms)
    said = status_changed(row, event, origin)
    return Event(STATUS_CHANGED, said.detail, said.resources, said.at_ms)


def _name(event: Unpublished | AppealDecided) -> int | str:
    """What tells it from everything else that is told of its video."""
    return event.appeal if isinstance(event, AppealDecided) else event.revision.number


def _is_in(told: set[tuple[str, int | str]], row: VideoStatus, event: Unpublished) -> bool:
    return (row.video_id, event.revision.number) in told
