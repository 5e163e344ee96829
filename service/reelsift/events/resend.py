"""The status that videos have now, told once more: for those who have lost events, or begin to listen.

Done by whoever asks for it, slower than a set rate, while workers tell live revisions at once: so these go first.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from reelsift.aws.deployment import Deployment
from reelsift.aws.event_bus import CALL_EVENTS, Event, EventBus
from reelsift.batches.lookup import batch_named
from reelsift.domain.event import STATUS_CHANGED, Origin, status_changed
from reelsift.domain.hold import Kind
from reelsift.domain.status import VideoStatus
from reelsift.domain.status_changes import newest_event
from reelsift.domain.video import VIDEO_ID
from reelsift.errors import EventsHeld, EventsNotTaken, NobodyListens, NothingToResend
from reelsift.runtime.pace import Pace

ROWS_A_PAGE = 100
"""Videos that are read together, and after which the place to go on at moves."""

TRIES = 8
"""Calls for one event that the bus does not take, with pauses between them that double, up to a minute or so in all."""

FIRST_PAUSE_S = 0.5


_PLACE_IN_BATCH = re.compile(r"(0|[1-9][0-9]{0,8}):.+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which videos are told again; everything that is given must hold, and something is.

    `batch_id` names a batch; `bucket` and `prefix` say where objects lie; `since_ms` (epoch milliseconds) is the
    earliest time at which the status became what it is. Raises NothingToResend where nothing is given.
    """

    batch_id: str | None = None
    bucket: str | None = None
    prefix: str = ""
    since_ms: int | None = None

    def __post_init__(self) -> None:
        if self.batch_id is None and self.bucket is None and self.since_ms is None:
            raise NothingToResend

    def holds(self, row: VideoStatus) -> bool:
        """Whether a video is one of them, as far as its row tells."""
        if self.bucket is not None:
            video = row.video
            if video is None or video.bucket != self.bucket or not video.key.startswith(self.prefix):
                return False
        return self.since_ms is None or (row.changed_ms or 0) >= self.since_ms

    def is_place(self, after: str) -> bool:
        """Whether `after` can be the place at which an earlier resend of these has ended: a chunk and a line of a
        batch, or else the id of a video.
        """
        return (VIDEO_ID if self.batch_id is None else _PLACE_IN_BATCH).fullmatch(after) is not None


@dataclass(frozen=True, slots=True)
class Resent:
    """How far it is: events that the bus has taken, and from where on it goes on (`place`), None before the first."""

    events: int = 0
    place: str | None = None


async def resend(
    deployment: Deployment,
    chosen: Chosen,
    *,
    rate: float,
    after: str | None = None,
    on_progress: Callable[[Resent], None] = lambda _: None,
    first_pause_s: float = FIRST_PAUSE_S,
) -> Resent:
    """Tell the newest revision of each video again, `rate` events a second at most. `after` is the place of an earlier
    one with the same choice (`Chosen.is_place`): what stands before it is left out.

    A decision that may still be withdrawn is left out: it is told by itself. Raises NobodyListens where no bus is set,
    NoSuchBatch, EventsHeld while somebody holds events, and EventsNotTaken where the bus does not take them.
    """
    bus = deployment.event_bus
    if bus is None:
        raise NobodyListens
    settings = deployment.settings
    origin = Origin(settings.deployment, settings.home_region, settings.work_bucket)
    pace = Pace(rate / CALL_EVENTS)
    told: set[str] = set()
    progress = Resent(place=after)
    async for rows, place in _pages(deployment, chosen, after):
        if Kind.EVENTS in await deployment.hold_switch.read():
            raise EventsHeld(progress.place)
        events = [event for row in rows if row.video_id not in told and (event := _event(row, origin)) is not None]
        # Of one batch a video may have many lines; in the table it stands once.
        told |= {row.video_id for row in rows} if chosen.batch_id is not None else set()
        for start in range(0, len(events), CALL_EVENTS):
            call = events[start : start + CALL_EVENTS]
            await _put(bus, call, pace, progress, first_pause_s)
            progress = Resent(progress.events + len(call), progress.place)
            on_progress(progress)
        progress = Resent(progress.events, place)
        on_progress(progress)
    return progress


async def _put(bus: EventBus, events: Sequence[Event], pace: Pace, progress: Resent, first_pause_s: float) -> None:
    left = list(events)
    for tries in range(TRIES):
        await pace.turn()
        failed = await bus.put(left)
        if not failed:
            pace.succeeded()
            return
        left = [event for event, _ in failed]
        codes = {code for _, code in failed}
        if any("Throttl" in code for code in codes):
            pace.throttled()
        if tries < TRIES - 1:
            await asyncio.sleep(first_pause_s * 2**tries)
    raise EventsNotTaken(tuple(sorted(codes)), progress.events, progress.place)


def _event(row: VideoStatus, origin: Origin) -> Event | None:
    """The newest revision, but for one that waits to be told for the first time."""
    newest = newest_event(row)
    waits = any(event.revision.number == row.revision and event.tell_at_ms is not None for event in row.unpublished)
    if newest is None or waits:
        return None
    said = status_changed(row, newest, origin)
    return Event(STATUS_CHANGED, said.detail, said.resources, said.at_ms)


async def _pages(
    deployment: Deployment, chosen: Chosen, after: str | None
) -> AsyncIterator[tuple[list[VideoStatus], str]]:
    """Videos that are chosen, some at a time, each time with the place after which the next begin."""
    if chosen.batch_id is not None:
        async for video_ids, place in _of_batch(deployment, chosen.batch_id, after):
            found, _ = await deployment.reviews.get_readable(video_ids)
            yield [row for row in found.values() if chosen.holds(row)], place
        return
    page: list[VideoStatus] = []
    scanned = deployment.reviews.with_revision(
        bucket=chosen.bucket, prefix=chosen.prefix, since_ms=chosen.since_ms, after=after
    )
    async for row in scanned:
        page.append(row)
        if len(page) == ROWS_A_PAGE:
            yield page, row.video_id
            page = []
    if page:
        yield page, page[-1].video_id


async def _of_batch(deployment: Deployment, batch_id: str, after: str | None) -> AsyncIterator[tuple[list[str], str]]:
    """The videos of a batch's lines, in the order of its chunks and of the names of lines."""
    await batch_named(deployment.batches, batch_id)
    first, _, line = (after or "0:").partition(":")
    begin = int(first)
    async for chunk in deployment.chunks.of_batch(batch_id):
        if chunk.number < begin:
            continue
        page: dict[str, None] = {}
        place = f"{chunk.number}:"
        async for outcome in deployment.outcomes.of_chunk(batch_id, chunk.number):
            if (chunk.number == begin and outcome.id.line <= line) or outcome.video_id is None:
                continue
            page[outcome.video_id] = None
            place = f"{chunk.number}:{outcome.id.line}"
            if len(page) == ROWS_A_PAGE:
                yield list(page), place
                page = {}
        if page:
            yield list(page), place
