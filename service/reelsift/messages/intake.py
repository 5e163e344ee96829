"""Intake: slot first, then message, then line."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

import structlog

from reelsift.aws.errors import is_outage
from reelsift.aws.queue import STARTING_QUEUES, Message, Queue, QueueName
from reelsift.aws.slots import Slot
from reelsift.domain.failure import Reason
from reelsift.domain.hold import Kind
from reelsift.domain.line import Line
from reelsift.inventories.delivery import InventoryDeliveries
from reelsift.jobs.admission import Admissions, SlotHold
from reelsift.jobs.batch_gate import LineDropped, LineMustWait, LineTroubled
from reelsift.jobs.giving_up import GivingUp
from reelsift.jobs.slot_pool import SlotPool
from reelsift.manifests.messages import (
    AttemptMessage,
    Ignored,
    Lines,
    RejectedLine,
    RejectedMessage,
    encode_line,
    parse_message,
)
from reelsift.messages.dead_letters import DeadLetters
from reelsift.runtime.active_batches import ActiveBatches
from reelsift.runtime.clock import Clock
from reelsift.runtime.faults import Faults
from reelsift.runtime.heartbeat import Heartbeat
from reelsift.runtime.holds import Holds
from reelsift.runtime.lease import WorkerStops
from reelsift.runtime.tasks import Tasks
from reelsift.runtime.timings import Timings
from reelsift.settings import Settings

MOST_SLOTS = 10
"""Slots, and so messages, of one receive."""

IN_HAND = 64
"""Messages that one worker works on at a time, whatever the quota: as many as it has connections."""

OUTAGE_FAILURES = 3
"""Messages that fail one after the other before the whole intake pauses: one object's trouble is not an outage."""

_log = structlog.get_logger(__name__)


class Intake:
    """Receives as many messages as there are slots to start them in, and admits each in a task of its own."""

    def __init__(
        self,
        *,
        queues: Mapping[QueueName, Queue],
        admissions: Admissions,
        giving_up: GivingUp,
        dead_letters: DeadLetters,
        deliveries: InventoryDeliveries,
        active_batches: ActiveBatches,
        holds: Holds,
        pool: SlotPool,
        heartbeat: Heartbeat,
        faults: Faults,
        settings: Settings,
        stop: asyncio.Event,
        timings: Timings,
        clock: Clock,
    ) -> None:
        self._queues = queues
        self._admissions = admissions
        self._giving_up = giving_up
        self._dead_letters = dead_letters
        self._deliveries = deliveries
        self._active_batches = active_batches
        self._holds = holds
        self._pool = pool
        self._heartbeat = heartbeat
        self._faults = faults
        self._settings = settings
        self._stop = stop
        self._timings = timings
        self._clock = clock
        self._tasks = Tasks(faults, timings, clock)
        self._failed_in_a_row = 0
        self._ask_priority_at = float("-inf")
        self._begun_last = False
        self._want = 1

    async def step(self) -> None:
        """One receive. Without a slot there is none, so waiting never ages a message; nor is there one while so many
        are in hand that more would only wait for their Start here, kept from other workers, or while starts are held.
        """
        if await self._holds.held(Kind.STARTS):
            await self._rest()
            return
        room = await self._tasks.room(IN_HAND, least=self._want)
        if not room:
            return
        slots = await self._pool.take(min(self._want, room))
        if not slots:
            return
        asked = len(slots)
        try:
            received = await self._receive_unless_stopped(slots)
            for name, message in received:
                self._tasks.spawn(self._handle(name, message, slots.pop() if slots else None))
        finally:
            for slot in slots:
                self._pool.put_back(slot)
        if not received:
            await self._pool.spare()
        # An idle worker keeps one slot and one request open; a queue that fills its receives soon gets large ones.
        self._want = min(MOST_SLOTS, self._want * 2) if len(received) == asked else max(1, len(received))

    async def _rest(self) -> None:
        """Let some time pass. Slots are kept for nothing meanwhile, but for one."""
        await self._pool.spare()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), self._timings.held_s)

    async def drain(self) -> None:
        """Wait until what was received is done with."""
        await self._tasks.join()

    async def _receive(self, limit: int) -> list[tuple[QueueName, Message]]:
        """What has begun first, then what is urgent, without waiting; what room is left is waited for at the intake.

        The begun queue is asked each time: a slot that passed over an attempt would begin another video instead. Only
        where an attempt was refused a moment ago it comes last for once: however many are refused, others get on.
        """
        if self._stop.is_set():
            return []
        received: list[tuple[QueueName, Message]] = []
        begun_last, self._begun_last = self._begun_last, False
        begun, *others = STARTING_QUEUES
        for name in (*others, begun) if begun_last else STARTING_QUEUES:
            room = limit - len(received)
            if not room:
                break
            if name == "priority" and self._clock.monotonic() < self._ask_priority_at:
                continue
            waits = name == "intake" and not received and not begun_last
            wait_s = self._settings.intake_wait_s if waits else 0
            try:
                messages = await self._queues[name].receive(
                    room, wait_s=wait_s, visibility_s=self._settings.visibility_s
                )
            except Exception:
                if not received:
                    raise
                break
            if name == "priority" and not messages:
                self._ask_priority_at = self._clock.monotonic() + self._timings.priority_pause_s
            received += [(name, message) for message in messages]
        return received

    async def _receive_unless_stopped(self, slots: list[Slot]) -> list[tuple[QueueName, Message]]:
        """As `_receive`. A worker that is told to stop gives the slots back at once, and the messages when they come: a
        poll that is broken off may have taken some, which would then be hidden for long.
        """
        receive = asyncio.create_task(self._receive(len(slots)))
        stopped = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({receive, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not receive.done():
                while slots:
                    self._pool.put_back(slots.pop())
                await self._pool.close()
            return await receive
        finally:
            stopped.cancel()
            receive.cancel()

    async def _handle(self, name: QueueName, message: Message, slot: Slot | None) -> None:
        """One message, from receive to delete. Whatever happens, the slot is bound or goes back."""
        queue = self._queues[name]
        hold = SlotHold(slot)
        with structlog.contextvars.bound_contextvars(message=message.id), self._heartbeat.hold(queue, message):
            try:
                if self._stop.is_set():
                    await queue.hide([message.receipt], 0)
                    return
                await self._process(name, message, hold)
                # A line that started nothing needs its slot no longer, while deletes wait for each other.
                await self._put_back(hold)
                await queue.delete([message.receipt])
                self._failed_in_a_row = 0
            except LineMustWait as wait:
                delay_s = self._timings.line_retry_s if wait.delay_s is None else wait.delay_s
                await self._again(queue, message, delay_s)
            except LineTroubled as trouble:
                await self._put_off(queue, message, trouble, outage=trouble.outage, body=encode_line(trouble.line))
            except WorkerStops:
                await queue.hide([message.receipt], 0)
            except LineDropped:
                _log.info("line_dropped", why="its batch is paused")
                await queue.delete([message.receipt])
            except Exception as error:  # noqa: BLE001 - one message's failure must not become the loop's
                if not is_outage(error):
                    # A fault of this program. The message comes back by itself, and is judged when it has too often.
                    self._faults.swallow("message_failed", error, receives=message.receives)
                    return
                # AWS's fault, or the deployment's, such as a permission that is missing: never the message's.
                await self._put_off(queue, message, error, outage=True)
            finally:
                await self._put_back(hold)

    async def _put_off(
        self, queue: Queue, message: Message, error: Exception, *, outage: bool, body: str | None = None
    ) -> None:
        """Send a message anew that met a fault of AWS, as `body` if it has changed. The intake rests where several in a
        row met an outage.
        """
        retry_s = self._timings.outage_retry_s
        if outage:
            self._failed_in_a_row += 1
            if self._failed_in_a_row >= OUTAGE_FAILURES:
                self._pool.pause(retry_s)
        _log.warning("aws_unavailable", error=f"{type(error).__name__}: {error}", again_in_s=retry_s)
        await self._again(queue, message, retry_s, body)

    async def _put_back(self, hold: SlotHold) -> None:
        left = hold.take()
        if left is not None:
            self._pool.put_back(left)
        if self._pool.closed:
            await self._pool.close()

    async def _again(self, queue: Queue, message: Message, delay_s: int, body: str | None = None) -> None:
        """Send a message anew, then delete it, so that its receive count starts over: waiting is nobody's fault.

        A line is sent with the name and the time that its first message gave it. What has no name of its own is only
        hidden: sent anew, it would be another message, with other lines.
        """
        try:
            body = body or self._named(message)
            if body is None:
                hidden_s = min(self._timings.longest_hidden_s, delay_s << min(message.receives, 6))
                await queue.hide([message.receipt], hidden_s)
                return
            await queue.send([body], delay_s=delay_s)
            await queue.delete([message.receipt])
        except Exception as error:
            if not is_outage(error):
                raise
            _log.warning("message_left", error=str(error), comes_back_in_s=self._settings.visibility_s)

    def _named(self, message: Message) -> str | None:
        match parse_message(message.body, message_id=message.id, sent_ms=message.sent_ms):
            case Lines((Line() as line,)):
                return encode_line(line)
            case AttemptMessage():
                return message.body
        return None

    async def _process(self, name: QueueName, message: Message, hold: SlotHold) -> None:
        parsed = parse_message(message.body, message_id=message.id, sent_ms=message.sent_ms)
        several = isinstance(parsed, Lines) and len(parsed.lines) > 1
        if message.receives >= self._settings.max_receives and not several:
            # A worker dies of it, or fails, each time.
            why = f"received {message.receives} times and never finished; see {message.id} in the workers' logs"
            if isinstance(parsed, AttemptMessage):
                await self._giving_up.message_failed(parsed, why)
            await self._dead_letters.take(name, message, Reason.GAVE_UP, why)
            return
        match parsed:
            case AttemptMessage():
                await self._attempt(parsed, hold)
            case Ignored(reason):
                # Most likely a tick: somebody has submitted a batch, or resumed one.
                self._active_batches.wake()
                _log.info("message_ignored", reason=reason)
            case RejectedMessage(reason, why):
                await self._dead_letters.take(name, message, reason, why)
            case Lines(lines) if len(lines) == 1:
                await self._line(name, message, lines[0], hold)
            case Lines(lines):
                await self._split(name, lines)

    async def _attempt(self, due: AttemptMessage, hold: SlotHold) -> None:
        try:
            started = await self._admissions.attempt(due, hold)
        except LineMustWait as wait:
            # One that only found no slot was not refused.
            self._begun_last |= wait.delay_s is not None
            raise
        self._begun_last |= not started

    async def _line(self, name: QueueName, message: Message, line: Line | RejectedLine, hold: SlotHold) -> None:
        with structlog.contextvars.bound_contextvars(batch=line.id.batch_id, line=line.id.line):
            if isinstance(line, RejectedLine):
                await self._dead_letters.take(name, message, line.reason, line.message)
                return
            line = replace(line, priority=name == "priority")
            if self._deliveries.takes(line):
                await self._deliveries.take(line)
                self._active_batches.wake()
            else:
                await self._admissions.admit(line, hold)

    async def _split(self, name: QueueName, lines: Sequence[Line | RejectedLine]) -> None:
        """Several lines in one message: each goes its own way, as a message of its own, before this one is deleted."""
        rejected = [line for line in lines if isinstance(line, RejectedLine)]
        await self._dead_letters.fail(rejected, Reason.BAD_LINE, "")
        await self._queues[name].send([encode_line(line) for line in lines if isinstance(line, Line)])
