"""Outcomes that come one by one at the same time share transactions, and none of them is lost or counted twice."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from reelsift.aws.deployment import Deployment
from reelsift.domain.batch import Counts
from reelsift.domain.line import LineId, OutcomeStatus
from reelsift.domain.outcome import Outcome
from reelsift.domain.video import ObjectRef
from rekognition_cloud.process import CloudProcess
from support.submitted import counts_of

Opened = Callable[..., AbstractAsyncContextManager[Deployment]]


def ended(line: str, *, batch: str = "b", chunk: int = 0, round_: int = 1, key: str = "a.mp4") -> Outcome:
    return Outcome(LineId(batch, line, chunk, round_), ObjectRef("videos", key), OutcomeStatus.SUCCEEDED, 1_000)


async def test_single_outcomes_share_transactions_and_are_counted_once(opened: Opened, cloud: CloudProcess) -> None:
    async with opened() as deployment:
        cloud.clear_requests()
        outcomes = [ended(f"m:{row % 30}") for row in range(60)] + [ended(f"m:{row}", chunk=1) for row in range(5)]
        new = await asyncio.gather(*(deployment.outcomes.record([outcome]) for outcome in outcomes))
        assert sum(new) == 35
        assert cloud.requests()["dynamodb"]["TransactWriteItems"] <= 8
        assert (await counts_of(deployment, "b")).succeeded == 35


async def test_more_outcomes_than_a_transaction_takes_are_written_by_several(opened: Opened) -> None:
    async with opened() as deployment:
        assert await deployment.outcomes.record([ended(f"m:{row}") for row in range(110)]) == 110
        assert (await counts_of(deployment, "b")).succeeded == 110


async def test_rounds_of_one_line_that_end_together_leave_the_later_one(opened: Opened) -> None:
    async with opened() as deployment:
        await deployment.outcomes.record([ended("m:1")])
        (first,) = [outcome async for outcome in deployment.outcomes.of_chunk("b", 0)]
        await deployment.outcomes.table.put(
            {"batch": "b#0", "line": "m:1", "round": 2, "reopened_ms": 1, "bucket": "videos", "key": "a.mp4"}
        )
        rounds = [first, ended("m:1", round_=2)]
        new = await asyncio.gather(*(deployment.outcomes.record([outcome]) for outcome in rounds))
        assert new == [0, 1]
        (outcome,) = [outcome async for outcome in deployment.outcomes.of_chunk("b", 0)]
        assert outcome.id.round == 2


async def test_an_outcome_that_cannot_be_written_harms_none_beside_it(opened: Opened) -> None:
    async with opened() as deployment:
        outcomes = [ended("m:1"), ended("m:2", key="x" * 500_000), ended("m:3")]
        results = await asyncio.gather(
            *(deployment.outcomes.record([outcome]) for outcome in outcomes), return_exceptions=True
        )
        assert [results[0], results[2]] == [1, 1]
        assert isinstance(results[1], Exception)
        assert await counts_of(deployment, "b") == Counts(succeeded=2)
