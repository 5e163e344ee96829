"""The EventBridge bus that the rest of the company listens to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from reelsift.aws.errors import code_of, is_outage

if TYPE_CHECKING:
    from types_aiobotocore_events.client import EventBridgeClient

SOURCE = "reelsift"
"""The source of every event, by which rules tell them from other events on the bus."""

CALL_EVENTS = 10
CALL_BYTES = 256 * 1024
"""A call takes 10 entries, and fewer bytes than this in all (EventBridge)."""

TOO_LARGE = "EntryTooLarge"
"""The code of an event that was never sent: by itself it is larger than a call may be."""

_TIME_BYTES = 14


@dataclass(frozen=True, slots=True)
class Event:
    """One event as EventBridge takes it. `detail` is a JSON object as text, `resources` are ARNs, and `time_ms` (epoch
    milliseconds) is when it happened; EventBridge keeps the second.
    """

    detail_type: str
    detail: str
    resources: tuple[str, ...]
    time_ms: int

    @property
    def size(self) -> int:
        """Bytes, as the user guide counts them ("Calculating PutEvents event entry size"): less than what is delivered,
        since EventBridge adds members of its own.
        """
        texts = (SOURCE, self.detail_type, self.detail, *self.resources)
        return _TIME_BYTES + sum(len(text.encode(errors="surrogatepass")) for text in texts)


class EventBus:
    """Puts events on one bus, as many a call as fit.

    A bus that does not exist takes every event and drops it: EventBridge answers as if all were well.
    """

    def __init__(self, client: "EventBridgeClient", name: str) -> None:
        """`name` is the bus's name, or the ARN of one in another account."""
        self.client = client
        self.name = name

    async def put(self, events: Sequence[Event]) -> list[tuple[Event, str]]:
        """Put events on the bus, in their order. Returns those that are not known to have arrived, each with the code
        of its failure: EventBridge's for the event, or that of the call. After a call that failed no other is made.

        Each may be put again, as often as it takes; one that failed with its call may then arrive twice.
        """
        failed = [(event, TOO_LARGE) for event in events if event.size >= CALL_BYTES]
        calls = list(_calls([event for event in events if event.size < CALL_BYTES]))
        for number, call in enumerate(calls):
            try:
                failed += await self._put(call)
            except Exception as error:
                if not isinstance(error, ClientError) and not is_outage(error):
                    raise
                code = code_of(error) if isinstance(error, ClientError) else type(error).__name__
                return failed + [(event, code) for rest in calls[number:] for event in rest]
        return failed

    async def _put(self, events: Sequence[Event]) -> list[tuple[Event, str]]:
        entries: list[Any] = [
            {
                "EventBusName": self.name,
                "Source": SOURCE,
                "DetailType": event.detail_type,
                "Detail": event.detail,
                "Resources": list(event.resources),
                "Time": datetime.fromtimestamp(event.time_ms / 1000, UTC),
            }
            for event in events
        ]
        answer = await self.client.put_events(Entries=entries)
        # An entry that was refused is told in an answer that is well otherwise, at the place it was sent at.
        answered = zip(events, answer["Entries"], strict=True)
        return [(event, entry["ErrorCode"]) for event, entry in answered if "ErrorCode" in entry]


def _calls(events: Sequence[Event]) -> Iterator[list[Event]]:
    """Events in their order, cut into calls that EventBridge takes."""
    call: list[Event] = []
    size = 0
    for event in events:
        if call and (len(call) == CALL_EVENTS or size + event.size >= CALL_BYTES):
            yield call
            call, size = [], 0
        call.append(event)
        size += event.size
    if call:
        yield call
