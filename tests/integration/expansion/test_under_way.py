"""The batches under way are read once for all loops of a worker, and seldom where there are none."""

import asyncio
import time

import pytest

from integration.expansion.conftest import Opened
from reelsift.domain.batch import BatchState
from reelsift.runtime.active_batches import ActiveBatches
from rekognition_cloud.process import CloudProcess
from support.patience import PATIENCE_S
from support.submitted import batch_of, good_rows, submitted

EVERY_S = 0.4
IDLE_S = 3600.0
"""Longer than any test waits."""


def queries(cloud: CloudProcess) -> int:
    return cloud.requests().get("dynamodb", {}).get("Query", 0)


async def test_what_several_loops_ask_for_is_read_once_until_it_is_due(opened: Opened, cloud: CloudProcess) -> None:
    async with opened() as deployment:
        await submitted(deployment, "b", good_rows(deployment, 1))
        active_batches = ActiveBatches(deployment.batches, every_s=IDLE_S, idle_s=IDLE_S)
        before = queries(cloud)
        seen = await asyncio.gather(*(active_batches.batches() for _ in range(3)))
        assert [[batch.batch_id for batch in batches] for batches in seen] == [["b"]] * 3
        assert queries(cloud) - before == 1


@pytest.mark.parametrize("state", [None, BatchState.PAUSED])
async def test_with_nothing_under_way_loops_rest_ever_longer(opened: Opened, state: BatchState | None) -> None:
    async with opened() as deployment:
        if state is not None:
            await submitted(deployment, "b", good_rows(deployment, 1), state=state)
        active_batches = ActiveBatches(deployment.batches, every_s=EVERY_S, idle_s=4 * EVERY_S)
        # From before each read: whoever has no processor for a moment behind it rests for less.
        began = time.monotonic()
        await active_batches.batches()
        rest = active_batches.until_read()
        rests = []
        for _ in range(3):
            await rest()
            rests.append((time.monotonic() - began) / EVERY_S)
            began = time.monotonic()
            await active_batches.batches()
        assert rests[0] >= 0.9
        assert rests[1] >= 1.9
        assert rests[2] >= 3.9


async def test_while_a_batch_is_under_way_it_is_looked_at_all_the_time(opened: Opened) -> None:
    async with opened() as deployment:
        await submitted(deployment, "b", good_rows(deployment, 1))
        active_batches = ActiveBatches(deployment.batches, every_s=EVERY_S, idle_s=IDLE_S)
        rest = active_batches.until_read()
        for _ in range(4):
            await active_batches.batches()
            await asyncio.wait_for(rest(), PATIENCE_S)


async def test_who_wakes_the_loops_has_all_of_them_look(opened: Opened) -> None:
    async with opened() as deployment:
        active_batches = ActiveBatches(deployment.batches, every_s=EVERY_S, idle_s=IDLE_S)
        rests = [active_batches.until_read(), active_batches.until_idle()]
        assert await active_batches.batches() == []
        resting = asyncio.gather(*(rest() for rest in rests))
        await submitted(deployment, "b", good_rows(deployment, 1))
        active_batches.wake()
        await asyncio.wait_for(resting, PATIENCE_S)
        assert [batch.batch_id for batch in await active_batches.batches()] == ["b"]


async def test_however_many_wake_the_loops_they_look_once_for_all_and_once_for_who_came_late(
    opened: Opened, cloud: CloudProcess
) -> None:
    async with opened() as deployment:
        active_batches = ActiveBatches(deployment.batches, every_s=EVERY_S, idle_s=IDLE_S)
        await active_batches.batches()
        rest = active_batches.until_idle()
        before = queries(cloud)
        for _ in range(100):
            active_batches.wake()
        for _ in range(2):
            await asyncio.wait_for(rest(), PATIENCE_S)
            await active_batches.batches()
        assert queries(cloud) - before == 2
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(rest(), 2 * EVERY_S)


async def test_a_batch_that_goes_on_elsewhere_wakes_the_loops_that_rest_for_long(opened: Opened) -> None:
    async with opened() as deployment:
        await submitted(deployment, "b", good_rows(deployment, 1), state=BatchState.PREPARING)
        active_batches = ActiveBatches(deployment.batches, every_s=0, idle_s=IDLE_S)
        await active_batches.batches()
        rest = active_batches.until_idle()
        resting = asyncio.ensure_future(rest())
        await active_batches.batches()
        await asyncio.sleep(0)
        assert not resting.done(), "nothing has changed"
        await deployment.batches.change(await batch_of(deployment, "b"), state=BatchState.ACTIVE)
        await active_batches.batches()
        await asyncio.wait_for(resting, PATIENCE_S)


async def test_a_worker_that_stops_does_not_rest(opened: Opened) -> None:
    async with opened() as deployment:
        active_batches = ActiveBatches(deployment.batches, every_s=IDLE_S, idle_s=IDLE_S)
        await active_batches.batches()
        resting = asyncio.ensure_future(active_batches.until_idle()())
        await asyncio.sleep(0)
        active_batches.stop()
        await asyncio.wait_for(resting, PATIENCE_S)
