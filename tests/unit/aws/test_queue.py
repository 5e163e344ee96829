import asyncio
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from reelsift.aws.queue import (
    BATCH_BYTES,
    BATCH_MESSAGES,
    _batches,
    dead_letter_attributes,
    dead_letter_body,
    open_queues,
)
from reelsift.domain.line import LineId
from reelsift.errors import NoSuchQueue
from reelsift.manifests.messages import MAX_BODY_BYTES
from support.patience import PATIENCE_S


@given(st.lists(st.integers(1, 400_000), max_size=30))
def test_batches_hold_what_sqs_takes_and_every_message_in_order(sizes: list[int]) -> None:
    bodies = [str(index).zfill(4) + "x" * size for index, size in enumerate(sizes)]
    batches = _batches(bodies)
    assert [body for batch in batches for body in batch] == bodies
    for batch in batches:
        assert len(batch) <= BATCH_MESSAGES
        assert sum(map(len, batch)) <= BATCH_BYTES


def test_a_dead_letter_carries_its_reason_cut_to_size_and_its_line() -> None:
    attributes = dead_letter_attributes("gave_up: " + "x" * 5000, LineId("b", "m.csv:1", 2, 3))
    assert len(attributes["reelsift-reason"]) == 1000
    assert attributes["reelsift-line"] == '{"batch": "b", "line": "m.csv:1", "chunk": 2, "round": 3}'
    assert set(dead_letter_attributes("bad_message: x", None)) == {"reelsift-reason"}


def test_a_dead_letter_that_leaves_no_room_for_its_attributes_is_cut() -> None:
    attributes = dead_letter_attributes("bad_message: x", None)
    room = MAX_BODY_BYTES - len("reelsift-reason" + "String" + "bad_message: x")
    assert dead_letter_body("ü" * (room // 2), attributes) == "ü" * (room // 2)
    assert dead_letter_body("[" * (4 * room), attributes) == "[" * room
    cut = dead_letter_body("x" + "🎥" * room, attributes)
    assert room - 4 < len(cut.encode()) <= room


class _Sqs:
    """Answers once as many questions are on their way as are expected, and knows no queue that is missing."""

    def __init__(self, *, asked: int, missing: frozenset[str] = frozenset()) -> None:
        self._all = asyncio.Barrier(asked)
        self._missing = missing

    async def get_queue_url(self, QueueName: str) -> dict[str, str]:  # noqa: N803 - boto3's name
        await self._all.wait()
        if QueueName in self._missing:
            code = "AWS.SimpleQueueService.NonExistentQueue"
            raise ClientError({"Error": {"Code": code, "Message": ""}}, "GetQueueUrl")
        return {"QueueUrl": f"https://sqs.test/1/{QueueName}"}


async def test_all_queues_are_looked_for_at_once_and_the_first_that_is_missing_is_named() -> None:
    names = [str(number) for number in range(8)]
    sqs: Any = _Sqs(asked=len(names))
    async with asyncio.timeout(PATIENCE_S):
        assert [queue.name for queue in await open_queues(sqs, names)] == names
        sqs = _Sqs(asked=len(names), missing=frozenset("52"))
        with pytest.raises(NoSuchQueue) as refused:
            await open_queues(sqs, names)
    assert refused.value.name == "2"
