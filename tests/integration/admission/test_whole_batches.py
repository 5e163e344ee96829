"""From chunk to report: batches that reach their maximum cost, and that are paused and resumed."""

from dataclasses import replace

from reelsift.domain.batch import Batch, BatchState
from reelsift.domain.budget import Budget
from reelsift.domain.failure import Reason
from support.clocks import QUICK_TIMINGS
from support.site import Site, Sites, until
from support.submitted import batch_of, counts_of, good_rows, submitted

TWO_SECONDS = 3333
"""Millionths of a dollar that two seconds of moderation cost."""


async def reached(site: Site, name: str, state: BatchState) -> Batch:
    async def batch() -> Batch | None:
        now = await batch_of(site.deployment, name)
        return now if now.state is state else None

    return await until(batch, f"{name} {state}")


async def test_a_batch_that_reaches_its_maximum_cost_ends_with_every_line_told(sites: Sites) -> None:
    async with sites(quota="1", lines_ahead="4") as site:
        for number in range(1, 13):
            site.put_video(f"{number}.mp4", seed=number)
        rows = good_rows(site.deployment, 12)
        await submitted(site.deployment, "b", rows, chunk_lines=5, max_cost_micros=3 * TWO_SECONDS + 1)
        async with site.worker():
            batch = await reached(site, "b", BatchState.CANCELLED)
            await site.quiet()
        counts = await counts_of(site.deployment, "b")
        assert batch.stopped is Reason.MAX_COST
        assert (counts.succeeded, counts.skipped, counts.failed) == (3, 9, 0)
        assert counts.cost_micros == 3 * TWO_SECONDS
        assert await site.deployment.budgets.of_batch("b") == Budget(spent=3 * TWO_SECONDS)
        assert len(site.started()) == 3


async def test_a_batch_that_is_paused_and_resumed_is_paid_once_and_exact_to_the_line(sites: Sites) -> None:
    # What a worker remembers of a batch lets lines through: none is to start between the pause and the next look.
    async with sites(quota="2", lines_ahead="6", timings=replace(QUICK_TIMINGS, batch_fresh_s=0)) as site:
        for number in range(1, 9):
            site.put_video(f"{number}.mp4", seed=number)
        await submitted(site.deployment, "b", good_rows(site.deployment, 8), chunk_lines=5)
        site.cloud.knobs(job_seconds=600)
        async with site.worker():

            async def two_run() -> bool:
                return [job["state"] for job in site.jobs().values()] == ["RUNNING"] * 2

            await until(two_run, "two run")
            await site.turn("b", BatchState.PAUSING)
            site.finish()
            await reached(site, "b", BatchState.PAUSED)
            assert len(site.started()) == 2
            site.cloud.knobs(job_seconds=0.2)
            await site.turn("b", BatchState.ACTIVE)
            await reached(site, "b", BatchState.COMPLETE)
            await site.quiet()
        counts = await counts_of(site.deployment, "b")
        assert (counts.succeeded, counts.ended, counts.billed_ms) == (8, 8, 16_000)
        assert len(site.started()) == 8
