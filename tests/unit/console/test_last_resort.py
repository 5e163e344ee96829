"""What fails outside of the console's endpoints is answered, counted and logged as what fails within them."""

from typing import Any

import pytest
from starlette.requests import ClientDisconnect

from reelsift.aws.errors import AwsUnavailable
from reelsift.console.last_resort import LastResort
from reelsift.runtime.faults import Faults
from support.memory_stores import MemoryMetrics


async def answered(error: Exception, *first: dict[str, Any]) -> tuple[list[dict[str, Any]], dict[Any, Any]]:
    """What a browser is sent where an application fails, after it has sent something; and what is counted."""
    metrics, sent = MemoryMetrics(), list[Any]()

    async def fails(_scope: Any, _receive: Any, send: Any) -> None:
        for message in first:
            await send(message)
        raise error

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    await LastResort(fails, Faults(metrics))({"type": "http", "path": "/"}, receive, send)
    return sent, dict(metrics.counted)


async def test_what_fails_before_it_answers_is_a_500_that_says_nothing_of_why(
    caplog: pytest.LogCaptureFixture,
) -> None:
    sent, counted = await answered(ValueError("a note"))
    assert sent[0]["status"] == 500
    assert b"a note" not in sent[1]["body"]
    assert counted == {("ProgramFailures",): 1}
    assert caplog.records == []


async def test_what_fails_under_way_is_cut_off_and_counted() -> None:
    begun = {"type": "http.response.start", "status": 200, "headers": []}
    assert await answered(ValueError("a note"), begun) == ([begun], {("ProgramFailures",): 1})


async def test_an_outage_is_no_fault_and_who_has_gone_is_told_nothing() -> None:
    sent, counted = await answered(AwsUnavailable("away"))
    assert (sent[0]["status"], counted) == (503, {})
    assert await answered(ClientDisconnect()) == ([], {})
