"""Dead letters that SQS's own redrive brought: their lines get an outcome too."""

from collections.abc import Mapping

import structlog

from reelsift.aws.queue import BATCH_MESSAGES, REASON_ATTRIBUTE, Message, Queue, QueueName
from reelsift.domain.failure import Reason
from reelsift.manifests.messages import AttemptMessage, Ignored, parse_message
from reelsift.messages.dead_letters import DeadLetters
from reelsift.runtime.timings import Timings

MOST_RECEIVES = 10
"""Receives of one sweep: it is the last resort, not a queue to keep empty."""

_WHY = (
    "the queue itself gave the message up after too many receives: workers died before they could judge it;"
    " see their logs, then redrive"
)
_QUEUES: tuple[QueueName, ...] = ("intake", "priority")

_log = structlog.get_logger(__name__)


class DeadLetterSweep:
    """Looks for dead letters that no worker has judged. Completions need none: they are hints."""

    def __init__(
        self,
        *,
        dead: Mapping[QueueName, Queue],
        dead_letters: DeadLetters,
        timings: Timings,
    ) -> None:
        self._dead = dead
        self._dead_letters = dead_letters
        self._timings = timings

    async def step(self) -> None:
        """Record what died without a reason, and give it one; leave the others as they are."""
        for name in _QUEUES:
            dead = self._dead[name]
            if await dead.depth():
                await self._sweep(name, dead)

    async def _sweep(self, name: QueueName, dead: Queue) -> None:
        judged: list[str] = []
        for _ in range(MOST_RECEIVES):
            messages = await dead.receive(BATCH_MESSAGES, wait_s=0, visibility_s=self._timings.dead_letter_hidden_s)
            if not messages:
                break
            for message in messages:
                if REASON_ATTRIBUTE in message.attributes:
                    judged.append(message.receipt)
                else:
                    await self._judge(name, dead, message)
        await dead.hide(judged, 0)

    async def _judge(self, name: QueueName, dead: Queue, message: Message) -> None:
        # The move to the dead-letter queue keeps a message's id and time, so that its lines keep their names.
        parsed = parse_message(message.body, message_id=message.id, sent_ms=message.sent_ms)
        if not isinstance(parsed, AttemptMessage | Ignored):
            await self._dead_letters.take(name, message, Reason.GAVE_UP, _WHY)
        # An attempt's job is WAITING, and its reconciler sends the message again.
        await dead.delete([message.receipt])
