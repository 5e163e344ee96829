import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st

from reelsift.aws.event_bus import CALL_BYTES, CALL_EVENTS, SOURCE, TOO_LARGE, Event, EventBus


class Recorder:
    """Answers as EventBridge: refuses what it is told to, by the event's detail; keeps the entries of each call."""

    def __init__(self, refused: dict[str, str] | None = None, failing: list[Exception | None] | None = None) -> None:
        self.refused = refused or {}
        self.failing = failing or []
        self.calls: list[list[dict[str, Any]]] = []

    async def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803  # as boto3 has it
        failure = self.failing.pop(0) if self.failing else None
        if failure is not None:
            raise failure
        self.calls.append(Entries)
        answers = [
            {"ErrorCode": self.refused[entry["Detail"]], "ErrorMessage": "no"}
            if entry["Detail"] in self.refused
            else {"EventId": "e"}
            for entry in Entries
        ]
        return {"FailedEntryCount": sum("ErrorCode" in answer for answer in answers), "Entries": answers}


def event(number: int, size: int = 0) -> Event:
    detail = json.dumps({"number": number, "fill": "ü" * (size // 2)}, ensure_ascii=False)
    return Event("Video Status Changed", detail, (f"arn:aws:s3:::videos/{number}.mp4",), 1_700_000_000_123)


def bus(recorder: Recorder) -> EventBus:
    return EventBus(recorder, "d")  # type: ignore[arg-type]


def entry_size(entry: dict[str, Any]) -> int:
    """As the user guide counts: 14 bytes for the time, and the texts."""
    texts = [entry["Source"], entry["DetailType"], entry["Detail"], *entry["Resources"]]
    return 14 + sum(len(text.encode()) for text in texts)


@given(st.lists(st.integers(0, 150_000), max_size=30))
async def test_a_call_holds_what_eventbridge_takes_and_every_event_is_sent_in_order(sizes: list[int]) -> None:
    recorder = Recorder()
    events = [event(number, size) for number, size in enumerate(sizes)]
    assert await bus(recorder).put(events) == []
    sent = [entry for call in recorder.calls for entry in call]
    assert [entry["Detail"] for entry in sent] == [one.detail for one in events]
    assert {entry["EventBusName"] for entry in sent} <= {"d"}
    assert {entry["Source"] for entry in sent} <= {SOURCE}
    for call in recorder.calls:
        assert 0 < len(call) <= CALL_EVENTS
        assert sum(entry_size(entry) for entry in call) < CALL_BYTES


async def test_events_that_fit_together_share_a_call() -> None:
    recorder = Recorder()
    await bus(recorder).put([event(number) for number in range(25)])
    assert [len(call) for call in recorder.calls] == [10, 10, 5]


async def test_an_event_that_was_refused_is_told_with_its_code_and_its_neighbours_are_not() -> None:
    events = [event(number) for number in range(12)]
    refused = {events[3].detail: "ThrottlingException", events[11].detail: "InternalFailure"}
    failed = await bus(Recorder(refused)).put(events)
    assert failed == [(events[3], "ThrottlingException"), (events[11], "InternalFailure")]


async def test_an_event_too_large_for_any_call_is_never_sent() -> None:
    recorder = Recorder()
    whole = event(1, 0)
    room = CALL_BYTES - whole.size
    fits, too_large = (
        Event(whole.detail_type, whole.detail + " " * more, whole.resources, whole.time_ms) for more in (room - 1, room)
    )
    assert await bus(recorder).put([too_large, fits]) == [(too_large, TOO_LARGE)]
    assert [entry["Detail"] for call in recorder.calls for entry in call] == [fits.detail]


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (ClientError({"Error": {"Code": "AccessDeniedException"}}, "PutEvents"), "AccessDeniedException"),
        (EndpointConnectionError(endpoint_url="https://events"), "EndpointConnectionError"),
    ],
)
async def test_after_a_call_that_failed_the_rest_comes_back_unsent(failure: Exception, code: str) -> None:
    recorder = Recorder(failing=[None, failure])
    events = [event(number) for number in range(35)]
    failed = await bus(recorder).put(events)
    assert failed == [(one, code) for one in events[10:]]
    assert len(recorder.calls) == 1


async def test_a_mistake_of_the_program_is_no_failure_of_the_bus() -> None:
    with pytest.raises(KeyError):
        await bus(Recorder(failing=[KeyError("x")])).put([event(1)])
