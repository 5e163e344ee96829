"""A fleet that was away: what was paid for is collected, and what Rekognition has no longer is told."""

from dataclasses import replace
from typing import Any

from reelsift.domain.budget import Budget
from reelsift.domain.failure import Reason
from reelsift.domain.line import OutcomeStatus
from support.clocks import QUICK_TIMINGS
from support.site import Site, Sites, until
from support.world import ALERTING

GET = {"service": "rekognition", "operation": "GetContentModeration"}


def long_answer(rows: int) -> dict[str, Any]:
    label = {"Name": "Weapons", "ParentName": "Violence", "Confidence": 60}
    return ALERTING | {"ModerationLabels": [{"Timestamp": n * 500, "ModerationLabel": label} for n in range(rows)]}


async def test_what_ended_while_no_worker_ran_is_collected_and_what_expired_is_told(sites: Sites) -> None:
    async with sites(reconcile_s="1", recheck_running_s="1") as site:
        site.cloud.knobs(job_seconds=600)
        names = [f"{number}.mp4" for number in range(4)]
        for number, name in enumerate(names):
            site.put_video(name, seed=number)
        await site.batch("b", max_cost_micros=100_000_000)
        async with site.worker():
            for name in names:
                await site.send(name, "b")
            for name in names:
                await site.state(name, "RUNNING")
        site.finish()
        # Its completion is lost, and its result is gone before anybody asks.
        gone = next(job["job_id"] for job in site.started() if job["key"] == "0.mp4")
        site.cloud.expire_jobs(gone)
        site.books.client("sqs").purge_queue(QueueUrl=site.books.queue_url("completion"))
        async with site.worker():
            found = await site.outcomes("b", 4)
            await site.quiet()
        assert {name: found[name].status for name in names[1:]} == dict.fromkeys(names[1:], OutcomeStatus.SUCCEEDED)
        assert (found["0.mp4"].status, found["0.mp4"].reason) == (OutcomeStatus.FAILED, Reason.RESULT_EXPIRED)
        assert found["0.mp4"].billed_ms == 0
        assert "was paid" in found["0.mp4"].message
        assert site.books.counts()["billed_ms"] == 6000
        told = sum(outcome.cost_micros for outcome in found.values())
        budget = await site.deployment.budgets.of_batch("b")
        assert budget.spent > told


async def test_an_answer_that_expires_while_it_is_read_is_told_with_what_it_cost(sites: Sites) -> None:
    async with sites() as site:
        site.put_video("a.mp4", answer=long_answer(2500))
        await site.batch("b", max_cost_micros=100_000_000)
        site.cloud.add_fault("error", body_contains="NextToken", code="ResourceNotFoundException", status=400, **GET)
        async with site.worker():
            await site.send("a.mp4", "b")
            found = await site.outcomes("b", 1)
            await site.quiet()
        assert found["a.mp4"].reason is Reason.RESULT_EXPIRED
        assert found["a.mp4"].billed_ms == 2000
        assert await site.deployment.budgets.of_batch("b") == Budget(spent=found["a.mp4"].cost_micros)


async def test_an_answer_whose_reading_outlasts_its_lease_and_its_page_tokens_is_settled(sites: Sites) -> None:
    async with sites(recheck_collecting_s="0.8") as site:
        site.put_video("a.mp4", answer=long_answer(3500))
        expired = {"code": "InvalidPaginationTokenException", "status": 400, **GET}
        site.cloud.add_fault("error", body_contains="NextToken", skip=2, times=1, **expired)
        site.cloud.add_fault("delay", body_contains="NextToken", seconds=0.5, **GET)
        async with site.worker():
            await site.send("a.mp4", "b")
            found = await site.outcomes("b", 1)
            await site.quiet()
        assert found["a.mp4"].status is OutcomeStatus.SUCCEEDED


async def test_a_slot_whose_jobs_row_was_deleted_gives_back_what_it_had_reserved(sites: Sites) -> None:
    timings = replace(QUICK_TIMINGS, orphan_slot_s=0, sweep_s=0.2)
    async with sites(timings=timings, daily_budget="10") as site:
        site.cloud.knobs(job_seconds=600)
        site.put_video("a.mp4")
        await site.batch("b", max_cost_micros=100_000_000)
        async with site.worker():
            await site.send("a.mp4", "b")
            row = await site.state("a.mp4", "RUNNING")
            key = {name: {"S": row[name]} for name in ("video_id", "analysis")}
            table = f"{site.deployment.settings.deployment}-jobs"
            site.books.client("dynamodb").delete_item(TableName=table, Key=key)
            await until(lambda: freed(site), "the slot is freed")
        budget = await site.deployment.budgets.of_batch("b")
        assert budget == Budget(spent=int(row["reserved_micros"]))
        assert await site.deployment.budgets.of_day(row["reserved_day"]) == budget


async def freed(site: Site) -> bool:
    return not site.books.held_slots()
