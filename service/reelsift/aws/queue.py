"""One SQS queue, and the dead-letter queue behind it."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import ClientError

from reelsift.aws.errors import AwsUnavailable, code_of
from reelsift.aws.gathered import Gathered
from reelsift.domain.line import LineId
from reelsift.errors import NoSuchQueue
from reelsift.manifests.messages import MAX_BODY_BYTES

if TYPE_CHECKING:
    from types_aiobotocore_sqs.client import SQSClient

BATCH_MESSAGES = 10
BATCH_BYTES = 1024 * 1024
"""A request sends 10 messages and 1 MiB at most (SQS)."""

DELETES_AT_ONCE = 2
LONGEST_DELAY_S = 900
"""A message is sent 15 minutes before it comes at the most (SQS)."""

DELETE_PAUSE_S = 0.1
"""Messages that are done with wait this long for each other, hidden still: one request deletes ten of them."""

REASON_ATTRIBUTE = "reelsift-reason"
"""Set on every dead letter that a worker judged: why it died. One without it came by the queue's own redrive."""

LINE_ATTRIBUTE = "reelsift-line"
"""Set beside the reason: the line whose outcome says the same, as JSON of batch, line, chunk and round."""


LONGEST_REASON = 1000
"""Characters of a reason that a dead letter carries."""


QueueName = Literal["intake", "priority", "begun", "completion"]

QUEUE_NAMES: tuple[QueueName, ...] = ("intake", "priority", "begun", "completion")

STARTING_QUEUES: tuple[QueueName, ...] = ("begun", "priority", "intake")
"""The queues whose messages may start an analysis, in the order in which a free slot asks them: what has begun is ended
before anything else begins.
"""


def line_queue(*, priority: bool) -> QueueName:
    """The queue that lines of this priority wait in."""
    return "priority" if priority else "intake"


@dataclass(frozen=True, slots=True)
class Message:
    """A received message. `sent_ms` is epoch milliseconds and survives redelivery, as the id does."""

    id: str
    body: str
    receipt: str
    sent_ms: int
    receives: int
    attributes: dict[str, str]


@dataclass(frozen=True, slots=True)
class Depth:
    """How many messages of a queue can be received, now or after their delay, and how many are in flight: approximate,
    as SQS says.
    """

    waiting: int
    in_flight: int


class Queue:
    """Receives from and sends to one queue."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self.client = client
        self.url = url
        self._done: Gathered[str, None] = Gathered(
            self._delete, items=BATCH_MESSAGES, at_once=DELETES_AT_ONCE, pause_s=DELETE_PAUSE_S
        )

    @property
    def name(self) -> str:
        return self.url.rsplit("/", 1)[-1]

    async def receive(self, limit: int, *, wait_s: int, visibility_s: int) -> list[Message]:
        """Up to 10 messages, waiting up to 20 s for the first; hidden from others for `visibility_s`."""
        answer = await self.client.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=min(limit, BATCH_MESSAGES),
            WaitTimeSeconds=wait_s,
            VisibilityTimeout=visibility_s,
            MessageSystemAttributeNames=["ApproximateReceiveCount", "SentTimestamp"],
            MessageAttributeNames=["All"],
        )
        return [_message(received) for received in answer.get("Messages", [])]

    async def delete(self, receipts: Sequence[str]) -> None:
        """Acknowledge: what these messages stand for is recorded. They may share a request with other callers'."""
        await asyncio.gather(*(self._done.add(receipt) for receipt in receipts))

    async def _delete(self, receipts: Sequence[str]) -> Sequence[None]:
        entries: list[Any] = [{"Id": str(index), "ReceiptHandle": receipt} for index, receipt in enumerate(receipts)]
        # A receipt that has gone stale only means a redelivery, which the protocol bears.
        await self.client.delete_message_batch(QueueUrl=self.url, Entries=entries)
        return [None] * len(receipts)

    async def send(self, bodies: Sequence[str], *, delay_s: int = 0, attributes: dict[str, str] | None = None) -> None:
        """Send messages, as many a request as fit. Raises AwsUnavailable where SQS keeps refusing some of them."""
        batches = _batches(bodies)
        for batch in batches:
            pending = batch
            for attempt in range(5):
                entries: list[Any] = [
                    {
                        "Id": str(index),
                        "MessageBody": body,
                        **({"DelaySeconds": delay_s} if delay_s else {}),
                        **({"MessageAttributes": _attributes(attributes)} if attributes else {}),
                    }
                    for index, body in enumerate(pending)
                ]
                answer = await self.client.send_message_batch(QueueUrl=self.url, Entries=entries)
                failures = answer.get("Failed", [])
                if not failures:
                    break
                if all(failure["SenderFault"] for failure in failures):
                    raise ValueError(f"SQS refuses a message for {self.name}: {failures[0].get('Code')}")
                pending = [pending[int(failure["Id"])] for failure in failures]
                await asyncio.sleep(0.1 * 2**attempt)
            else:
                raise AwsUnavailable(f"SQS keeps refusing messages for {self.name}")

    async def hide(self, receipts: Sequence[str], visibility_s: int) -> None:
        """Keep messages hidden for `visibility_s` from now; 0 gives them back at once."""
        for start in range(0, len(receipts), BATCH_MESSAGES):
            entries: list[Any] = [
                {"Id": str(index), "ReceiptHandle": receipt, "VisibilityTimeout": visibility_s}
                for index, receipt in enumerate(receipts[start : start + BATCH_MESSAGES])
            ]
            await self.client.change_message_visibility_batch(QueueUrl=self.url, Entries=entries)

    async def depth(self) -> int:
        """Messages waiting, in flight and delayed: approximate, as SQS says."""
        depth = await self.depth_by_state()
        return depth.waiting + depth.in_flight

    async def depth_by_state(self) -> Depth:
        """As `depth`, but those in flight apart."""
        answer = await self.client.get_queue_attributes(
            QueueUrl=self.url,
            AttributeNames=[
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesNotVisible",
                "ApproximateNumberOfMessagesDelayed",
            ],
        )
        numbers: dict[str, int] = {name: int(number) for name, number in answer["Attributes"].items()}
        in_flight = numbers.pop("ApproximateNumberOfMessagesNotVisible", 0)
        return Depth(sum(numbers.values()), in_flight)


async def open_queue(client: "SQSClient", name: str) -> Queue:
    """The queue of this name. Raises NoSuchQueue."""
    try:
        answer = await client.get_queue_url(QueueName=name)
    except ClientError as error:
        if "NonExistentQueue" in code_of(error) or code_of(error) == "QueueDoesNotExist":
            raise NoSuchQueue(name) from None
        raise
    return Queue(client, answer["QueueUrl"])


async def open_queues(client: "SQSClient", names: Sequence[str]) -> list[Queue]:
    """The queues of these names, in their order, found side by side: a command waits for one answer, not for each.

    Raises NoSuchQueue of the first that is missing.
    """
    found = await asyncio.gather(*(open_queue(client, name) for name in names), return_exceptions=True)
    queues = []
    for queue in found:
        if isinstance(queue, BaseException):
            raise queue
        queues.append(queue)
    return queues


def dead_letter_attributes(reason: str, line_id: LineId | None) -> dict[str, str]:
    """What a judged dead letter carries: why it died, and the line whose outcome says so."""
    attributes = {REASON_ATTRIBUTE: reason[:LONGEST_REASON]}
    if line_id is not None:
        attributes[LINE_ATTRIBUTE] = json.dumps(
            {"batch": line_id.batch_id, "line": line_id.line, "chunk": line_id.chunk, "round": line_id.round}
        )
    return attributes


def dead_letter_body(body: str, attributes: dict[str, str]) -> str:
    """The body of a dead letter, shortened where it leaves no room for its attributes: SQS counts them too."""
    room = MAX_BODY_BYTES - sum(len(f"{name}String{value}".encode()) for name, value in attributes.items())
    encoded = body.encode("utf-8", "surrogatepass")
    return body if len(encoded) <= room else encoded[:room].decode("utf-8", "ignore")


def _batches(bodies: Sequence[str]) -> list[list[str]]:
    batches: list[list[str]] = []
    size = 0
    for body in bodies:
        length = len(body.encode("utf-8", "surrogatepass"))
        if not batches or len(batches[-1]) == BATCH_MESSAGES or size + length > BATCH_BYTES - 4096:
            batches.append([])
            size = 0
        batches[-1].append(body)
        size += length
    return batches


def _attributes(attributes: dict[str, str]) -> dict[str, Any]:
    return {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items() if value}


def _message(received: Any) -> Message:
    system = received.get("Attributes", {})
    attributes = received.get("MessageAttributes", {})
    return Message(
        id=received["MessageId"],
        body=received["Body"],
        receipt=received["ReceiptHandle"],
        sent_ms=int(system.get("SentTimestamp", 0)),
        receives=int(system.get("ApproximateReceiveCount", 1)),
        attributes={name: value["StringValue"] for name, value in attributes.items() if "StringValue" in value},
    )
