"""Dead letters on their way back to work, or out of the way: held while somebody decides, and sent, or kept elsewhere,
before they are deleted.
"""

import json
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Self

from reelsift.aws.deployment import Deployment
from reelsift.aws.queue import BATCH_MESSAGES, LINE_ATTRIBUTE, QUEUE_NAMES, REASON_ATTRIBUTE, Message, QueueName
from reelsift.batches.retry.reopening import Reopening, asked_again
from reelsift.domain.line import Line, LineId, OutcomeStatus
from reelsift.errors import BatchOfLineGone, HoldExpired
from reelsift.manifests.messages import AttemptMessage, Ignored, Lines, Parsed, encode_line, parse_message
from reelsift.manifests.untrusted_json import load_json
from reelsift.runtime.clock import now_ms

HOLD_S = 900
"""How long dead letters stay hidden from others while a user makes up their mind."""

HOLD_MARGIN_S = 60
"""What is left of it when the last one is sent, at least."""

POLL_S = 1
"""How long an empty queue is waited for: SQS asks all of its servers only where it may wait."""

MOST_LETTERS = 5_000
MOST_BYTES = 64 * 1024 * 1024
"""What is received in one go, and so held in memory."""

KEPT = "dead-letters/"
"""Folder of the work bucket that has the dead letters that were dropped: below it by queue and day."""

UNJUDGED = "given up by the queue itself: workers died over it, or could not be reached"


class LetterFate(StrEnum):
    """What becomes of a dead letter."""

    SEND = "send"
    """It can be sent back to work."""
    STAY = "stay"
    """It would only die again: nobody can read what it asks for."""
    SHOW = "show"
    """A completion: the reconciler has asked Rekognition itself, so there is nothing to do again."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A held message, why it died, what it asks for, and the line whose outcome tells of it, where there is one."""

    queue: QueueName
    message: Message
    reason: str
    parsed: Parsed
    line_id: LineId | None

    @property
    def fate(self) -> LetterFate:
        if self.queue == "completion":
            return LetterFate.SHOW
        match self.parsed:
            case Lines(lines):
                return LetterFate.SEND if any(isinstance(line, Line) for line in lines) else LetterFate.STAY
            case AttemptMessage() | Ignored():
                return LetterFate.SEND
            case _:
                return LetterFate.STAY

    @property
    def described(self) -> str:
        """What it asks for, in a few words."""
        match self.parsed:
            case _ if self.queue == "completion":
                return "a completion"
            case Lines((Line() as line,)):
                return line.ref.uri
            case Lines(lines) if len(lines) > 1:
                return f"{len(lines)} lines in one message"
            case AttemptMessage():
                return f"attempt {self.parsed.attempt} of {self.parsed.video_id}/{self.parsed.analysis}"
            case _:
                return self.message.body[:200]


class Redrive:
    """Dead letters of some queues, held while somebody decides; an asynchronous context manager.

    `letters` are those it holds, and `left` is about how many more there are; a worker may have received them.
    """

    def __init__(self, deployment: Deployment, queues: Iterable[QueueName] = QUEUE_NAMES) -> None:
        self._deployment = deployment
        self._queues = tuple(queues)
        self._held_until = time.monotonic() + HOLD_S
        self.letters: list[DeadLetter] = []
        self.left = 0

    async def __aenter__(self) -> Self:
        try:
            await self._hold()
        except BaseException:
            await self._release()
            raise
        return self

    async def __aexit__(self, kind: object, error: object, trace: object) -> None:
        await self._release()

    async def _hold(self) -> None:
        """Receive what there is, up to `MOST_LETTERS`."""
        size = 0
        for name in self._queues:
            dead = self._deployment.dead[name]
            held = 0
            while len(self.letters) < MOST_LETTERS and size < MOST_BYTES:
                messages = await dead.receive(BATCH_MESSAGES, wait_s=POLL_S, visibility_s=HOLD_S)
                if not messages:
                    break
                held += len(messages)
                size += sum(len(message.body) for message in messages)
                self.letters += [_letter(name, message) for message in messages]
            self.left += max(0, await dead.depth() - held)

    @property
    def sendable(self) -> list[DeadLetter]:
        """Those that can be done again."""
        return [letter for letter in self.letters if letter.fate is LetterFate.SEND]

    async def send_back(self) -> int:
        """Send what can be done again to its queue, and delete each letter after that; returns their number.

        A line that FAILED gets a new round first; one that has ended well meanwhile is not done again. Raises
        HoldExpired once the letters are no longer surely held, and BatchOfLineGone.
        """
        sent = 0
        for letter in self.sendable:
            if time.monotonic() > self._held_until - HOLD_MARGIN_S:
                raise HoldExpired(sent)
            bodies = await self._bodies(letter)
            await self._deployment.queues[letter.queue].send(bodies)
            await self._deployment.dead[letter.queue].delete([letter.message.receipt])
            self.letters.remove(letter)
            sent += 1
        return sent

    @property
    def droppable(self) -> list[DeadLetter]:
        """Those that nothing can be done about: nobody can read them, or they are completions."""
        return [letter for letter in self.letters if letter.fate is not LetterFate.SEND]

    async def drop(self) -> int:
        """Keep what nothing can be done about in the work bucket, and delete each letter after that; returns their
        number. Whoever dies in between has kept a letter that is still in its queue. Raises HoldExpired.
        """
        dropped = 0
        day = datetime.fromtimestamp(now_ms() / 1000, UTC).date().isoformat()
        for letter in self.droppable:
            if time.monotonic() > self._held_until - HOLD_MARGIN_S:
                raise HoldExpired(dropped)
            key = f"{KEPT}{letter.queue}/{day}/{letter.message.id}.json"
            await self._deployment.work.put(key, _kept(letter), "application/json")
            await self._deployment.dead[letter.queue].delete([letter.message.receipt])
            self.letters.remove(letter)
            dropped += 1
        return dropped

    async def _release(self) -> None:
        """Let others see what is still held."""
        for name in self._queues:
            receipts = [letter.message.receipt for letter in self.letters if letter.queue == name]
            await self._deployment.dead[name].hide(receipts, 0)

    async def _bodies(self, letter: DeadLetter) -> list[str]:
        if not isinstance(letter.parsed, Lines) or (letter.reason == UNJUDGED and len(letter.parsed.lines) > 1):
            # Nothing is recorded of it yet, so nothing has to keep its name.
            return [letter.message.body]
        lines = [line for line in letter.parsed.lines if isinstance(line, Line)]
        if letter.line_id is not None and len(lines) == 1:
            # What a worker sent to the dead letters has another message id, after which the line would be named anew.
            lines = [replace(lines[0], id=letter.line_id)]
        reopened = [await self._reopened(line) for line in lines]
        return [encode_line(line) for line in reopened if line is not None]

    async def _reopened(self, line: Line) -> Line | None:
        """The line in the round that it is to end in, asked for now; None where it has ended without failing."""
        outcomes = self._deployment.outcomes
        outcome = await outcomes.get(line.id)
        if outcome is None:
            # Reopened by a redrive that died before it sent the line, or never judged.
            opened = await outcomes.open_line(line.id)
            return asked_again(line, opened) if opened is not None else replace(line, submitted_ms=now_ms())
        if outcome.status is not OutcomeStatus.FAILED:
            return None
        batch = await self._deployment.batches.get(line.id.batch_id)
        if batch is None:
            raise BatchOfLineGone(line.id.batch_id, line.id.line)
        for opened in await Reopening(self._deployment, batch).lines([outcome], resend=False):
            return asked_again(line, opened)
        return None


def _kept(letter: DeadLetter) -> bytes:
    """What is kept of a dead letter: all that its queue had. Only ASCII, since a message may hold half a character."""
    message = letter.message
    members = {
        "queue": letter.queue,
        "message_id": message.id,
        "sent_ms": message.sent_ms,
        "receives": message.receives,
        "reason": letter.reason,
        "line": None if letter.line_id is None else asdict(letter.line_id),
        "attributes": dict(message.attributes),
        "body": message.body,
    }
    return json.dumps(members, indent=1).encode("ascii")


def _letter(queue: QueueName, message: Message) -> DeadLetter:
    return DeadLetter(
        queue=queue,
        message=message,
        reason=message.attributes.get(REASON_ATTRIBUTE, UNJUDGED),
        parsed=parse_message(message.body, message_id=message.id, sent_ms=message.sent_ms),
        line_id=_line_id(message.attributes.get(LINE_ATTRIBUTE)),
    )


def _line_id(attribute: str | None) -> LineId | None:
    """The line that a worker named beside the reason; None where none did, or somebody else wrote the attribute."""
    try:
        named = load_json(attribute or "null")
        return LineId(str(named["batch"]), str(named["line"]), int(named["chunk"]), int(named["round"]))
    except (ValueError, TypeError, KeyError):
        return None
