"""Intake: slot first, then message, then line."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace

import structlog

from reelsift.aws.deployment import Deployment, QueueName
from reelsift.aws.errors import is_transient
from reelsift.aws.queue import LINE_ATTRIBUTE, REASON_ATTRIBUTE, Message, Queue
from reelsift.aws.slots import Slot
from reelsift.domain.failure import Reason
from reelsift.domain.line import Line, LineId
from reelsift.domain.outcome import failed
from reelsift.domain.video import ObjectRef
from reelsift.manifests.line_names import Arrival
from reelsift.manifests.messages import (
    AttemptMessage,
    Ignored,
    Lines,
    RejectedLine,
    RejectedMessage,
    encode_line,
    parse_message,
)
from reelsift.worker.admission import Admissions, LineMustWait, SlotHold
from reelsift.worker.clock import now_ms
from reelsift.worker.heartbeat import Heartbeat
from reelsift.worker.slot_pool import SlotPool
from reelsift.worker.tasks import Tasks

MOST_SLOTS = 10
"""Slots, and so messages, of one receive."""

MUST_WAIT_S = 2
"""A line that has to wait for a moment's work of another worker comes back after this."""

OUTAGE_DELAY_S = 15
"""A message that met an outage of AWS comes back after this; so does the intake itself."""

_log = structlog.get_logger(__name__)


class Intake:
    """Receives as many messages as there are slots to start them in, and admits each in a task of its own."""

    def __init__(
        self, deployment: Deployment, admissions: Admissions, pool: SlotPool, heartbeat: Heartbeat, stop: asyncio.Event
    ) -> None:
        self._deployment = deployment
        self._settings = deployment.settings
        self._admissions = admissions
        self._pool = pool
        self._heartbeat = heartbeat
        self._stop = stop
        self._tasks = Tasks()
        self._outage = False

    async def step(self) -> None:
        """One receive. Without a slot there is none, so waiting never ages a message."""
        if self._outage:
            self._outage = False
            await self._rest(OUTAGE_DELAY_S)
            return
        slots = await self._pool.take(MOST_SLOTS)
        if not slots:
            return
        try:
            received = await self._receive(len(slots))
        except BaseException:
            for slot in slots:
                self._pool.give_back(slot)
            raise
        for name, message in received:
            self._tasks.spawn(self._handle(name, message, slots.pop()))
        for slot in slots:
            self._pool.give_back(slot)
        if not received:
            await self._pool.spare()

    async def drain(self) -> None:
        """Wait until what was received is done with."""
        await self._tasks.join()

    async def _receive(self, limit: int) -> list[tuple[QueueName, Message]]:
        """Priority first and without waiting; what room is left is waited for at the intake queue."""
        if self._stop.is_set():
            return []
        received: list[tuple[QueueName, Message]] = []
        turns: tuple[tuple[QueueName, int], ...] = (("priority", 0), ("intake", self._settings.intake_wait_s))
        for name, wait_s in turns:
            room = limit - len(received)
            if room:
                messages = await self._deployment.queues[name].receive(
                    room, wait_s=0 if received else wait_s, visibility_s=self._settings.visibility_s
                )
                received += [(name, message) for message in messages]
        return received

    async def _handle(self, name: QueueName, message: Message, slot: Slot) -> None:
        """One message, from receive to delete. Whatever happens, the slot is bound or goes back."""
        queue = self._deployment.queues[name]
        hold = SlotHold(slot)
        with structlog.contextvars.bound_contextvars(message=message.id), self._heartbeat.hold(queue, message):
            try:
                if self._stop.is_set():
                    await queue.hide([message.receipt], 0)
                    return
                await self._process(name, message, hold)
                await queue.delete([message.receipt])
            except LineMustWait:
                await self._again(queue, message, MUST_WAIT_S)
            except Exception as error:  # noqa: BLE001 - one message's failure must not become the loop's
                if not is_transient(error):
                    # A fault of this program. The message comes back by itself, and is judged when it has too often.
                    _log.exception("message_failed", receives=message.receives)
                    self._deployment.metrics.count("MessagesFailed")
                    return
                self._outage = True
                _log.warning("aws_unavailable", error=f"{type(error).__name__}: {error}", again_in_s=OUTAGE_DELAY_S)
                await self._again(queue, message, OUTAGE_DELAY_S)
            finally:
                left = hold.take()
                if left is not None:
                    self._pool.give_back(left)

    async def _again(self, queue: Queue, message: Message, delay_s: int) -> None:
        """Send a message anew, then delete it, so that its receive count starts over: waiting is nobody's fault.

        A line is sent with the name and the time that its first message gave it.
        """
        try:
            await queue.send([self._named(message)], delay_s=delay_s)
            await queue.delete([message.receipt])
        except Exception as error:
            if not is_transient(error):
                raise
            _log.warning("message_left", error=str(error), comes_back_in_s=self._settings.visibility_s)

    def _named(self, message: Message) -> str:
        parsed = parse_message(message.body, message_id=message.id, sent_ms=message.sent_ms)
        if isinstance(parsed, Lines) and len(parsed.lines) == 1 and isinstance(parsed.lines[0], Line):
            return encode_line(parsed.lines[0])
        return message.body

    async def _process(self, name: QueueName, message: Message, hold: SlotHold) -> None:
        parsed = parse_message(message.body, message_id=message.id, sent_ms=message.sent_ms)
        if message.receives >= self._settings.max_receives:
            await self._give_up(name, message, parsed)
            return
        match parsed:
            case AttemptMessage():
                await self._admissions.attempt(parsed, hold)
            case Ignored(reason):
                _log.info("message_ignored", reason=reason)
            case RejectedMessage(reason, why):
                await self._poison(name, message, None, reason, why)
            case Lines(lines) if len(lines) == 1:
                await self._line(name, message, lines[0], hold)
            case Lines(lines):
                await self._split(name, lines)

    async def _line(self, name: QueueName, message: Message, line: Line | RejectedLine, hold: SlotHold) -> None:
        with structlog.contextvars.bound_contextvars(batch=line.id.batch_id, line=line.id.line):
            if isinstance(line, RejectedLine):
                await self._poison(name, message, line.id, line.reason, line.message)
            else:
                await self._admissions.admit(replace(line, priority=name == "priority"), hold)

    async def _split(self, name: QueueName, lines: Sequence[Line | RejectedLine]) -> None:
        """Several lines in one message: each goes its own way, as a message of its own, before this one is deleted."""
        rejected = [line for line in lines if isinstance(line, RejectedLine)]
        for line in rejected:
            await self._admissions.ensure_batch(line.id)
        await self._deployment.outcomes.record(
            [
                failed(line.id, ObjectRef("", ""), line.reason, f"{line.message}: {line.excerpt}", now_ms=now_ms())
                for line in rejected
            ]
        )
        await self._deployment.queues[name].send([encode_line(line) for line in lines if isinstance(line, Line)])

    async def _give_up(self, name: QueueName, message: Message, parsed: object) -> None:
        """A message that was received time and again without an end: a worker dies of it, or fails."""
        why = f"received {message.receives} times and never finished; the workers' logs tell of message {message.id}"
        lines = parsed.lines if isinstance(parsed, Lines) else ()
        for line in lines:
            await self._admissions.ensure_batch(line.id)
            ref = line.ref if isinstance(line, Line) else ObjectRef("", "")
            await self._deployment.outcomes.record([failed(line.id, ref, Reason.GAVE_UP, why, now_ms=now_ms())])
        if lines or not isinstance(parsed, RejectedMessage):
            await self._bury(name, message, lines[0].id if len(lines) == 1 else None, f"{Reason.GAVE_UP}: {why}")
        else:
            await self._poison(name, message, None, Reason.GAVE_UP, why)

    async def _poison(
        self, name: QueueName, message: Message, line_id: LineId | None, reason: Reason, why: str
    ) -> None:
        """A message that can never be done: its outcome is written first, then it goes to the dead letters."""
        line_id = line_id or Arrival(message.id, message.sent_ms).line_id(message.id)
        await self._admissions.ensure_batch(line_id)
        await self._deployment.outcomes.record([failed(line_id, ObjectRef("", ""), reason, why, now_ms=now_ms())])
        await self._bury(name, message, line_id, f"{reason}: {why}")

    async def _bury(self, name: QueueName, message: Message, line_id: LineId | None, reason: str) -> None:
        _log.warning("message_dead", reason=reason)
        self._deployment.metrics.count("DeadLetters", Queue=name)
        await self._deployment.dead[name].send([message.body], attributes=dead_letter_attributes(reason, line_id))

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stop.wait(), seconds)
        except TimeoutError:
            return


def dead_letter_attributes(reason: str, line_id: LineId | None) -> dict[str, str]:
    """What a judged dead letter carries: why it died, and the line whose outcome says so."""
    attributes = {REASON_ATTRIBUTE: reason[:1000]}
    if line_id is not None:
        attributes[LINE_ATTRIBUTE] = json.dumps(
            {"batch": line_id.batch_id, "line": line_id.line, "chunk": line_id.chunk, "round": line_id.round}
        )
    return attributes
