"""Rows by which lines wait for a job: whoever takes them away takes away only what he has read or written himself."""

import asyncio

import pytest

from reelsift.domain.analysis import Analysis
from reelsift.domain.batch import BatchState
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.job import JobKey, JobState
from reelsift.domain.line import Line, LineId, OutcomeStatus
from reelsift.domain.video import ObjectRef
from support.jobs import change_job
from support.parts import parts_of
from support.site import Site, Sites, until

WAITERS = "waiters##"
A_WAITERS_DELETE = '"Key": {"batch": {"S": "waiters##'


async def two_wait(site: Site) -> bool:
    return len(site.books.waiters()) == 2


async def test_a_close_that_slept_before_its_last_step_takes_no_line_from_the_next_attempt(sites: Sites) -> None:
    """A job that was given up is closed twice, and the lines that it let go wait for it again before the slower is
    done: their rows say the same as those that it has read.
    """
    async with sites(recheck_settled_s="600") as site:
        deployment = site.deployment
        site.cloud.knobs(job_seconds=600)
        site.put_video("a.mp4")
        await site.batch("stopped")
        full = site.cloud.add_fault(
            "error",
            service="rekognition",
            operation="StartContentModeration",
            code="LimitExceededException",
            status=400,
        )
        async with site.worker():
            await site.send("a.mp4", "stopped")
            await site.state("a.mp4", "WAITING")
            await site.send("a.mp4", "goes-on")
            await until(lambda: two_wait(site), "both lines wait for the job")
            reads = site.cloud.add_fault(
                "hold",
                service="dynamodb",
                operation="Query",
                body_contains=WAITERS,
                times=1,
                drop_on_release=False,
            )
            await site.turn("stopped", BatchState.CANCELLING)
            await site.state("a.mp4", "SETTLED")
            await held(site, reads, "the worker about to read who waits")
            deletes = site.cloud.add_fault(
                "hold",
                service="dynamodb",
                body_contains=A_WAITERS_DELETE,
                times=1,
                drop_on_release=False,
            )
            video = await deployment.videos.head(ObjectRef(site.bucket, "a.mp4"))
            given_up = await deployment.jobs.get(JobKey(video.video_id, Analysis.CONTENT_MODERATION))
            assert given_up is not None
            assert given_up.result.failure is not None
            assert given_up.result.failure.reason is Reason.CANCELLED
            slow = asyncio.create_task(parts_of(deployment, "slow").jobs.closer.close(given_up))
            await held(site, deletes, "the slower close about to take away what it has read")
            site.cloud.release(full)
            site.cloud.release(reads)
            running = await site.state("a.mp4", "RUNNING")
            assert running["batch_id"] == "goes-on"
            await site.no_messages()
            site.cloud.release(deletes)
            await slow
            site.finish()
            found = await site.outcomes("goes-on", 1)
            await site.outcomes("stopped", 1)
            await site.quiet()
        assert found["a.mp4"].status is OutcomeStatus.SUCCEEDED
        assert [job["status"] for job in site.started()] == ["SUCCEEDED"]


@pytest.mark.parametrize("reason", [Reason.CANCELLED, Reason.OBJECT_CHANGED], ids=str)
async def test_the_row_that_a_dead_worker_left_of_an_ended_line_starts_nothing(reason: Reason, sites: Sites) -> None:
    """A close that sends its lines anew finds the row of one that has its outcome."""
    async with sites() as site:
        deployment = site.deployment
        ref = ObjectRef(site.bucket, "a.mp4")
        site.put_video("a.mp4")
        async with site.worker():
            await site.send("a.mp4", "b", submitted_ms=1)
            await site.outcomes("b", 1)
            await site.quiet()
        analysis = Analysis.CONTENT_MODERATION
        video = await deployment.videos.head(ref)
        closed = await deployment.jobs.get(JobKey(video.video_id, analysis))
        assert closed is not None
        later = await deployment.jobs.change(
            closed,
            change_job(closed, state=JobState.SETTLED, attempt=2, failure=Failure(reason, "of the next attempt")),
        )
        ended, active_batches = (Line(LineId("b", name, 0), ref, 1, (analysis,)) for name in ("a.mp4", "2"))
        for line in (ended, active_batches):
            await deployment.waiters.add(later.key, line)
        await parts_of(deployment).jobs.closer.close(later)
        assert site.books.waiters() == []
        assert site.books.waiting_messages() == 1


async def held(site: Site, fault: int, what: str) -> None:
    async def one() -> bool:
        return site.cloud.held(fault) == 1

    await until(one, what)
