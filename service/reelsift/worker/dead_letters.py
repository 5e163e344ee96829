"""Dead letters that SQS's own redrive brought: their lines get an outcome too."""

import structlog

from reelsift.aws.deployment import Deployment, QueueName
from reelsift.aws.queue import BATCH_MESSAGES, REASON_ATTRIBUTE, Message, Queue
from reelsift.domain.failure import Reason
from reelsift.domain.line import Line
from reelsift.domain.outcome import failed
from reelsift.domain.video import ObjectRef
from reelsift.manifests.line_names import Arrival
from reelsift.manifests.messages import AttemptMessage, Ignored, Lines, parse_message
from reelsift.worker.admission import Admissions
from reelsift.worker.clock import now_ms
from reelsift.worker.intake import dead_letter_attributes

MOST_RECEIVES = 10
"""Receives of one sweep: it is the last resort, not a queue to keep empty."""

HIDDEN_S = 30

_WHY = (
    "the queue itself gave the message up after too many receives: workers died before they could judge it;"
    " see their logs, then redrive"
)
_QUEUES: tuple[QueueName, ...] = ("intake", "priority")

_log = structlog.get_logger(__name__)


class DeadLetters:
    """Looks for dead letters that no worker has judged. Completions need none: they are hints."""

    def __init__(self, deployment: Deployment, admissions: Admissions) -> None:
        self._deployment = deployment
        self._admissions = admissions

    async def step(self) -> None:
        """Record what died without a reason, and give it one; leave the others as they are."""
        for name in _QUEUES:
            dead = self._deployment.dead[name]
            if await dead.depth():
                await self._sweep(name, dead)

    async def _sweep(self, name: QueueName, dead: Queue) -> None:
        judged: list[str] = []
        for _ in range(MOST_RECEIVES):
            messages = await dead.receive(BATCH_MESSAGES, wait_s=0, visibility_s=HIDDEN_S)
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
        if isinstance(parsed, AttemptMessage | Ignored):
            # The attempt's job is WAITING, and its reconciler sends the message again.
            await dead.delete([message.receipt])
            return
        lines = parsed.lines if isinstance(parsed, Lines) else ()
        ids = [line.id for line in lines] or [Arrival(message.id, message.sent_ms).line_id(message.id)]
        refs = [line.ref if isinstance(line, Line) else ObjectRef("", "") for line in lines] or [ObjectRef("", "")]
        for line_id in ids:
            await self._admissions.ensure_batch(line_id)
        now = now_ms()
        await self._deployment.outcomes.record(
            [failed(line_id, ref, Reason.GAVE_UP, _WHY, now_ms=now) for line_id, ref in zip(ids, refs, strict=True)]
        )
        attributes = dead_letter_attributes(f"{Reason.GAVE_UP}: {_WHY}", ids[0] if len(ids) == 1 else None)
        await dead.send([message.body], attributes=attributes)
        await dead.delete([message.receipt])
        self._deployment.metrics.count("DeadLetters", Queue=name)
        _log.warning("dead_letter_recorded", lines=len(ids), queue=dead.name)
