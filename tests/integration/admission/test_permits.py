"""What a paused and a stopped batch let its lines start."""

from dataclasses import replace

import pytest

from reelsift.domain.batch import BatchState, Chunk, Counts
from reelsift.domain.failure import Reason
from reelsift.domain.line import OutcomeStatus
from support.clocks import QUICK_TIMINGS
from support.site import Site, Sites, until

START = {"service": "rekognition", "operation": "StartContentModeration"}
BOTH = ["content_moderation", "labels"]


async def resend(site: Site, batch: str) -> bool:
    chunk = await site.deployment.chunks.get(batch, 0)
    return chunk is not None and chunk.resend


async def test_a_line_of_a_paused_batch_is_dropped_once_its_chunk_knows_and_what_runs_goes_on(
    sites: Sites,
) -> None:
    async with sites(timings=replace(QUICK_TIMINGS, batch_fresh_s=0)) as site:
        site.cloud.knobs(job_seconds=600)
        site.put_video("runs.mp4")
        site.put_video("waits.mp4", seed=1)
        await site.batch("b")
        await site.deployment.chunks.add(Chunk("b", 0, Counts(), total=3, source_key="k", due_at_ms=0))
        await site.send("runs.mp4", "b")
        async with site.worker():
            await site.state("runs.mp4", "RUNNING")
            await site.turn("b", BatchState.PAUSED)
            # Whoever asks for the video that runs is served by its job.
            await site.send("runs.mp4", "b", line="second")
            await site.send("waits.mp4", "b")
            await until(lambda: resend(site, "b"), "the chunk knows")
            await site.no_messages()
            assert list(site.jobs()) == ["runs.mp4"]
            site.finish()
            found = await site.outcomes("b", 2)
            assert {name: outcome.status for name, outcome in found.items()} == {
                "runs.mp4": OutcomeStatus.SUCCEEDED,
                "second": OutcomeStatus.SUCCEEDED,
            }
            await site.quiet()


async def test_a_line_that_no_chunk_would_send_again_is_kept_while_its_batch_is_paused(
    sites: Sites,
) -> None:
    async with sites() as site:
        site.put_video("a.mp4")
        await site.batch("b", state=BatchState.PAUSING)
        await site.send("a.mp4", "b")
        async with site.worker():

            async def delayed() -> bool:
                return site.delayed() == 1

            await until(delayed, "the message, sent anew")
        assert site.jobs() == {}


async def test_lines_of_a_cancelled_batch_end_as_skipped_and_take_what_is_there_already(
    sites: Sites,
) -> None:
    async with sites() as site:
        site.put_video("done.mp4")
        site.put_video("new.mp4", seed=1)
        async with site.worker():
            await site.send("done.mp4", "first")
            await site.outcomes("first", 1)
            await site.state("done.mp4", "CLOSED")
            await site.batch("b", state=BatchState.CANCELLING, stopped=Reason.CANCELLED)
            await site.send("done.mp4", "b")
            await site.send("new.mp4", "b")
            await site.send("missing.mp4", "b")
            found = await site.outcomes("b", 3)
            await site.quiet()
        assert {name: (outcome.status, outcome.reason) for name, outcome in found.items()} == {
            "done.mp4": (OutcomeStatus.SKIPPED, Reason.ALREADY_ANALYSED),
            "new.mp4": (OutcomeStatus.SKIPPED, Reason.CANCELLED),
            "missing.mp4": (OutcomeStatus.FAILED, Reason.OBJECT_MISSING),
        }
        assert len(site.started()) == 1


async def test_a_line_of_which_one_analysis_was_started_before_the_cancel_is_skipped_with_what_that_cost(
    sites: Sites,
) -> None:
    # What is sent is not to meet the batch as it was a moment ago: the other analysis would be started too.
    async with sites(timings=replace(QUICK_TIMINGS, started_line_s=1, batch_fresh_s=0)) as site:
        site.cloud.knobs(job_seconds=600)
        site.put_video("a.mp4", 3)
        await site.batch("b")
        # One line, twice: of its two analyses only the first is asked for before the cancel.
        await site.send("a.mp4", "b", analyses=BOTH[:1])
        async with site.worker():
            await site.state("a.mp4", "RUNNING")
            await site.turn("b", BatchState.CANCELLING)
            await site.send("a.mp4", "b", analyses=BOTH)
            await until(lambda: waits(site), "the line comes back later")
            site.finish()
            found = await site.outcomes("b", 1)
            await site.quiet()
        assert (found["a.mp4"].status, found["a.mp4"].reason) == (OutcomeStatus.SKIPPED, Reason.CANCELLED)
        assert found["a.mp4"].verdict is not None
        assert found["a.mp4"].billed_ms == 3000
        assert site.books.counts()["billed_ms"] == 3000
        assert len(site.started()) == 1


async def waits(site: Site) -> bool:
    return site.delayed() == 1


@pytest.mark.parametrize("state", [BatchState.PAUSED, BatchState.CANCELLING], ids=str)
async def test_an_attempt_that_never_ran_is_given_up_with_its_batch_and_another_batch_starts_it_on_its_own(
    state: BatchState, sites: Sites
) -> None:
    async with sites(timings=replace(QUICK_TIMINGS, paused_line_s=1)) as site:
        site.put_video("a.mp4")
        await site.batch("stopped")
        full = site.cloud.add_fault("error", code="LimitExceededException", status=400, **START)
        async with site.worker():
            await site.send("a.mp4", "stopped")
            await site.state("a.mp4", "WAITING")
            await site.send("a.mp4", "goes-on")

            async def both_wait() -> bool:
                return len(site.books.waiters()) == 2

            await until(both_wait, "both lines wait for the job")
            await site.turn("stopped", state)

            async def taken_on() -> bool:
                return "goes-on" in site.jobs()["a.mp4"]["batch_id"]

            await until(taken_on, "the other batch asks for the job")
            site.cloud.release(full)
            done = await site.outcomes("goes-on", 1)
            stopped = await site.outcomes("stopped", 1)
            await site.quiet()
        assert done["a.mp4"].status is OutcomeStatus.SUCCEEDED
        assert done["a.mp4"].billed_ms == 2000
        # The stopped batch's line is skipped, or gets for nothing what the other has paid for.
        assert stopped["a.mp4"].status in {OutcomeStatus.SKIPPED, OutcomeStatus.SUCCEEDED}
        assert stopped["a.mp4"].billed_ms == 0
        assert [job["status"] for job in site.started()] == ["SUCCEEDED"]
