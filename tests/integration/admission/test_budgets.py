"""What a batch and a day may cost: never more is started, and what was reserved is always settled."""

from dataclasses import replace
from decimal import Decimal

import pytest

from reelsift.aws.errors import AwsUnavailable
from reelsift.batches.paid_videos import read_paid_videos
from reelsift.domain.batch import BatchState
from reelsift.domain.budget import ASSUMED_BITRATES, Budget, day_of, estimate_micros
from reelsift.domain.failure import Reason
from reelsift.domain.job import Job
from reelsift.domain.line import LineId, OutcomeStatus
from reelsift.domain.outcome import Outcome
from reelsift.domain.video import ObjectRef
from reelsift.jobs.reservations import Reservation, Reservations
from reelsift.runtime.clock import now_ms
from support.clocks import DAY_MS, QUICK_TIMINGS, noon
from support.site import Site, Sites, until

START = {"service": "rekognition", "operation": "StartContentModeration"}
UNSUPPORTED = {"JobStatus": "FAILED", "StatusMessage": "Unsupported codec/format."}
ONCE_MORE = {"JobStatus": "FAILED", "StatusMessage": "Internal error."}

PRICE = Decimal("0.10")
"""Dollars a minute of moderation, as it is set where nobody says otherwise."""

TWO_SECONDS = 3333
"""Millionths of a dollar that two seconds of moderation cost."""


async def spent(site: Site, batch: str) -> Budget:
    return await site.deployment.budgets.of_batch(batch)


async def test_lines_wait_while_what_runs_might_leave_money_for_them(sites: Sites) -> None:
    async with sites(timings=replace(QUICK_TIMINGS, batch_budget_retry_s=1)) as site:
        site.cloud.knobs(job_seconds=600)
        size = site.put_video("0.mp4")
        site.put_video("1.mp4")
        estimate = estimate_micros(size, ASSUMED_BITRATES[0], PRICE, least_billed_ms=0)
        # One estimate fits beside nothing else; one actual cost and an estimate do not fit.
        await site.batch("b", max_cost_micros=estimate + 1)
        async with site.worker():
            await site.send("0.mp4", "b")
            await site.state("0.mp4", "RUNNING")
            await site.send("1.mp4", "b")

            async def waits() -> bool:
                return site.delayed() == 1 and "1.mp4" not in site.jobs()

            await until(waits, "the second line waits")
            batch = await site.deployment.batches.get("b")
            assert batch is not None
            assert batch.state is BatchState.ACTIVE
            assert await spent(site, "b") == Budget(reserved=estimate)
            site.finish()
            found = await site.outcomes("b", 2)
            await site.quiet()
        assert (found["0.mp4"].status, found["1.mp4"].reason) == (OutcomeStatus.SUCCEEDED, Reason.MAX_COST)


async def test_money_is_exact_after_successes_failures_refusals_and_attempts_that_were_repeated(
    sites: Sites,
) -> None:
    clock = noon()
    async with sites(clock=clock, daily_budget="100") as site:
        for number in range(4):
            site.put_video(f"good{number}.mp4", seconds=1 + number, seed=number)
        site.put_video("bad.mp4", seed=10, answer=UNSUPPORTED)
        site.put_video("thrice.mp4", seed=11, answer=ONCE_MORE)
        site.put_video("refused.mp4", seed=12)
        await site.batch("b", max_cost_micros=100_000_000)
        fault = site.cloud.add_fault
        fault("error", body_contains="refused.mp4", code="InvalidS3ObjectException", status=400, **START)
        fault("error", code="LimitExceededException", status=400, times=4, skip=1, **START)
        fault("cut", when="after", times=2, skip=1, **START)
        names = [f"good{number}.mp4" for number in range(4)] + ["bad.mp4", "thrice.mp4", "refused.mp4"]
        async with site.worker(), site.worker():
            for name in names:
                await site.send(name, "b")
            found = await site.outcomes("b", len(names))
            await site.quiet()
        assert {name for name, outcome in found.items() if outcome.status is OutcomeStatus.SUCCEEDED} == set(names[:4])
        cost = sum(outcome.cost_micros for outcome in found.values())
        assert cost == 16_667  # ten seconds, rounded video by video
        assert await spent(site, "b") == Budget(spent=cost)
        assert await site.deployment.budgets.of_day(day_of(clock.now_ms())) == Budget(spent=cost)


async def test_what_may_have_been_paid_counts_as_spent_by_its_estimate(sites: Sites) -> None:
    async with sites(reconcile_s="1", recheck_running_s="1") as site:
        size = site.put_video("expired.mp4")
        site.put_video("unknown.mp4", seed=1)
        await site.batch("b", max_cost_micros=100_000_000)
        estimate = estimate_micros(size, ASSUMED_BITRATES[0], PRICE, least_billed_ms=0)
        site.cloud.knobs(job_seconds=600)
        async with site.worker():
            await site.send("expired.mp4", "b")
            await site.state("expired.mp4", "RUNNING")
            site.cloud.expire_jobs(*(job["job_id"] for job in site.started()))
            found = await site.outcomes("b", 1)
            assert found["expired.mp4"].reason is Reason.RESULT_EXPIRED
            assert f"{estimate / 1_000_000:.6f} USD" in found["expired.mp4"].message
            site.cloud.add_fault("error", code="IdempotentParameterMismatchException", status=400, **START)
            await site.send("unknown.mp4", "b")
            found = await site.outcomes("b", 2)
            assert found["unknown.mp4"].reason is Reason.START_UNKNOWN
            await site.quiet()
        # Both videos have the same length, and so nearly the same size.
        budget = await spent(site, "b")
        assert estimate < budget.spent < 3 * estimate


async def delayed(site: Site, messages: int) -> bool:
    return site.delayed() == messages


async def closed(site: Site, jobs: int) -> bool:
    return [job["state"] for job in site.jobs().values()].count("CLOSED") == jobs


async def test_what_would_pass_the_days_budget_waits_for_the_next_day_and_nothing_is_lost(sites: Sites) -> None:
    timings = replace(QUICK_TIMINGS, day_budget_pause_s=0.1, longest_day_budget_retry_s=1)
    clock = noon()
    async with sites(timings=timings, clock=clock, daily_budget="0.003334", quota="1") as site:
        for number in range(3):
            site.put_video(f"{number}.mp4", seed=number)
        today = clock.now_ms()
        async with site.worker():
            # The one line is a batch's, the others are as events bring them.
            await site.send("0.mp4", "b")
            await site.outcomes("b", 1)
            await site.send("1.mp4", "b")
            await site.send("2.mp4")

            await until(lambda: delayed(site, 2), "both are refused")
            assert len(site.started()) == 1
            assert set(site.jobs()) == {"0.mp4"}
            clock.ahead_ms += DAY_MS
            # Which of the two goes first is left to the queue.
            await until(lambda: closed(site, 2), "one of both analysed")
            clock.ahead_ms += DAY_MS
            await until(lambda: closed(site, 3), "the other analysed")
            await site.outcomes("b", 2)
            await site.quiet()
        days = [day_of(today + number * DAY_MS) for number in range(3)]
        assert [await site.deployment.budgets.of_day(day) for day in days] == [Budget(spent=TWO_SECONDS)] * 3


async def test_a_video_above_the_days_whole_budget_is_started_on_a_day_with_nothing_else(
    sites: Sites,
) -> None:
    async with sites(daily_budget="0.000001") as site:
        site.put_video("a.mp4")
        async with site.worker():
            await site.send("a.mp4", "b")
            found = await site.outcomes("b", 1)
            await site.quiet()
        assert found["a.mp4"].status is OutcomeStatus.SUCCEEDED


async def test_an_estimate_rests_on_the_videos_that_were_paid_for_once_there_are_enough(sites: Sites) -> None:
    async with sites(analyses="content_moderation,labels") as site:
        batches, outcomes = site.deployment.batches, site.deployment.outcomes
        assert (
            await read_paid_videos(site.deployment.batches, site.deployment.chunks, site.deployment.settings.analyses)
        ).bitrate is None

        async def paid(videos: int, first: int) -> None:
            await outcomes.record(
                [
                    Outcome(
                        LineId("paid", f"m:{row}", row % 3),
                        ObjectRef(site.bucket, f"{row}.mp4", size=1_000_000),
                        OutcomeStatus.SUCCEEDED,
                        finished_ms=now_ms(),
                        billed_ms=2000,  # one second in each of its two analyses
                    )
                    for row in range(first, first + videos)
                ]
            )

        await paid(19, 0)
        assert (
            await read_paid_videos(site.deployment.batches, site.deployment.chunks, site.deployment.settings.analyses)
        ).bitrate is None
        await paid(1, 19)
        assert (
            await read_paid_videos(site.deployment.batches, site.deployment.chunks, site.deployment.settings.analyses)
        ).bitrate == 8_000_000
        assert (await batches.recent(1))[0].batch_id == "paid"


async def test_a_budget_that_cannot_be_asked_costs_nobody_the_slot(
    sites: Sites, monkeypatch: pytest.MonkeyPatch
) -> None:
    reserve = Reservations.reserve
    refusals = iter([AwsUnavailable("throttled")])

    async def reserve_later(self: Reservations, job: Job) -> Reservation:
        for refusal in refusals:
            raise refusal
        return await reserve(self, job)

    monkeypatch.setattr(Reservations, "reserve", reserve_later)
    timings = replace(QUICK_TIMINGS, outage_retry_s=0)
    async with sites(timings=timings, quota="1", reservation_s="60", daily_budget="100") as site:
        site.put_video("a.mp4")
        async with site.worker():
            await site.send("a.mp4", "b")

            async def started() -> bool:
                return bool(site.started())

            await until(started, "the line in the only slot there is")
            await site.outcomes("b", 1)
            await site.quiet()
