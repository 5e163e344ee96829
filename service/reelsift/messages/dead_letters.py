"""What can never be done: its outcome is written first, then it goes to the dead letters with the reason.

The sweep does the same for what SQS itself has moved there, after more receives than its redrive policy allows.
"""

from collections.abc import Mapping, Sequence

import structlog

from reelsift.aws.errors import is_outage
from reelsift.aws.metrics import Metrics
from reelsift.aws.outcomes import Outcomes
from reelsift.aws.queue import (
    BATCH_MESSAGES,
    REASON_ATTRIBUTE,
    STARTING_QUEUES,
    Message,
    Queue,
    QueueName,
    dead_letter_attributes,
    dead_letter_body,
)
from reelsift.domain.failure import Reason
from reelsift.domain.line import Line, LineId
from reelsift.domain.outcome import failed
from reelsift.domain.video import ObjectRef
from reelsift.jobs.giving_up import GivingUp
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
from reelsift.runtime.clock import Clock
from reelsift.runtime.faults import Faults
from reelsift.runtime.timings import Timings

_NOWHERE = ObjectRef("", "")

MOST_RECEIVES = 10
"""Receives of one sweep: it is the last resort, not a queue to keep empty."""

_GIVEN_UP = (
    "the queue itself gave the message up after too many receives: workers died before they could judge it;"
    " see their logs, then redrive"
)

_log = structlog.get_logger(__name__)


class DeadLetters:
    """Judges messages. The outcome comes first, so that no line is ever known by its dead letter alone."""

    def __init__(
        self,
        *,
        dead: Mapping[QueueName, Queue],
        outcomes: Outcomes,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        """`dead` are the dead-letter queues by the queue whose letters they take."""
        self._dead = dead
        self._outcomes = outcomes
        self._metrics = metrics
        self._clock = clock

    async def take(self, name: QueueName, message: Message, reason: Reason, why: str) -> None:
        """End whatever the message asks for as FAILED, and send it to the dead letters of its queue.

        A line that can be done again gets a dead letter of its own, which carries the line's name: sent anew,
        the message itself would be another's.
        """
        lines: Sequence[Line | RejectedLine] = ()
        if name != "completion":
            parsed = parse_message(message.body, message_id=message.id, sent_ms=message.sent_ms)
            lines = parsed.lines if isinstance(parsed, Lines) else ()
            if isinstance(parsed, RejectedMessage):
                await self._fail_message(message, reason, why)
        await self.fail(lines, reason, why)
        good = [line for line in lines if isinstance(line, Line)]
        for line in good:
            await self._send(name, encode_line(line), f"{reason}: {why}", line.id)
        if not good:
            await self._send(name, message.body, f"{reason}: {why}", lines[0].id if len(lines) == 1 else None)
        _log.warning("message_dead", reason=reason, message=message.id, why=why, queue=name)
        self._metrics.count("DeadLetters", Queue=name)

    async def fail(self, lines: Sequence[Line | RejectedLine], reason: Reason, why: str) -> None:
        """Write the outcomes of lines that end here: a rejected one for its own reason, the others for this one."""
        now = self._clock.now_ms()
        await self._outcomes.record(
            [
                failed(line.id, line.ref, reason, why, now_ms=now, context=line.context)
                if isinstance(line, Line)
                else failed(line.id, _NOWHERE, line.reason, f"{line.message}: {line.excerpt}", now_ms=now)
                for line in lines
            ]
        )

    async def _fail_message(self, message: Message, reason: Reason, why: str) -> None:
        """A message in which no line can be made out counts as one, named after it."""
        line_id = Arrival(message.id, message.sent_ms).line_id(message.id)
        await self._outcomes.record([failed(line_id, _NOWHERE, reason, why, now_ms=self._clock.now_ms())])

    async def _send(self, name: QueueName, body: str, reason: str, line_id: LineId | None) -> None:
        attributes = dead_letter_attributes(reason, line_id)
        await self._dead[name].send([dead_letter_body(body, attributes)], attributes=attributes)


class DeadLetterSweep:
    """Finds the dead letters that no worker has judged. Completions need none: they are hints."""

    def __init__(
        self,
        *,
        dead: Mapping[QueueName, Queue],
        dead_letters: DeadLetters,
        giving_up: GivingUp,
        faults: Faults,
        timings: Timings,
    ) -> None:
        self._dead = dead
        self._dead_letters = dead_letters
        self._giving_up = giving_up
        self._faults = faults
        self._timings = timings

    async def step(self) -> None:
        """Record what died without a reason, and give it one; leave the others as they are."""
        for name in STARTING_QUEUES:
            dead = self._dead[name]
            if await dead.depth():
                await self._sweep(name, dead)

    async def _sweep(self, name: QueueName, dead: Queue) -> None:
        left: list[str] = []
        try:
            for _ in range(MOST_RECEIVES):
                messages = await dead.receive(BATCH_MESSAGES, wait_s=0, visibility_s=self._timings.dead_letter_hidden_s)
                if not messages:
                    break
                for message in messages:
                    if await self._judged(name, dead, message):
                        continue
                    left.append(message.receipt)
        finally:
            await dead.hide(left, 0)

    async def _judged(self, name: QueueName, dead: Queue, message: Message) -> bool:
        """Judge a letter; whether that was done. One that the program fails over keeps no other from it."""
        if REASON_ATTRIBUTE in message.attributes:
            return False
        try:
            await self._judge(name, dead, message)
        except Exception as error:
            if is_outage(error):
                raise
            self._faults.swallow("dead_letter_not_judged", error, queue=name, message=message.id)
            return False
        return True

    async def _judge(self, name: QueueName, dead: Queue, message: Message) -> None:
        # The move to the dead-letter queue keeps a message's id and time, so that its lines keep their names.
        parsed = parse_message(message.body, message_id=message.id, sent_ms=message.sent_ms)
        if isinstance(parsed, AttemptMessage):
            await self._giving_up.message_failed(parsed, _GIVEN_UP)
        elif not isinstance(parsed, Ignored):
            await self._dead_letters.take(name, message, Reason.GAVE_UP, _GIVEN_UP)
        await dead.delete([message.receipt])
