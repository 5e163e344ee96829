"""A fleet follows the live policy: none of its workers mixes two, and none judges by one that it cannot read."""

from dataclasses import replace

from reelsift.domain.analysis import Analysis
from reelsift.domain.policy import Policy
from reelsift.domain.status import Status, VideoStatus
from reelsift.policy_versions.publishing import propose, publish
from reelsift.policy_versions.reports import all_report
from reelsift.runtime.clock import now_ms
from support.clocks import QUICK_TIMINGS, noon
from support.site import Site, Sites, until
from support.world import ALERTING, CLEAN

QUICK = replace(QUICK_TIMINGS, policy_follow_s=0.05, policy_report_s=0.1)
NEVER_AGAIN = replace(QUICK_TIMINGS, policy_follow_s=3_600.0)
"""A worker that reads the policy once, as one that sleeps."""

REJECTS = "content_moderation: {Explicit: {review: 50, reject: 60}, Explicit Nudity: {review: 50, reject: 60}}"


async def make_live(site: Site, text: str, *, auto_reject: bool | None = None) -> int:
    proposed = await propose(site.deployment, Policy.parse(text), auto_reject=auto_reject)
    await publish(site.deployment, proposed)
    return proposed.after.epoch


async def judged(site: Site, count: int) -> list[VideoStatus]:
    """The rows of all videos, once so many have a verdict."""

    async def rows() -> list[VideoStatus] | None:
        found = [row async for row in site.deployment.reviews.with_revision()]
        return found if len([row for row in found if row.verdict is not None]) >= count else None

    return await until(rows, f"{count} verdicts")


async def followed(site: Site, epoch: int, workers: int = 1) -> None:
    """Wait until so many workers judge by an epoch, and none by an older one."""
    versions = site.deployment.policy_versions

    async def reported() -> bool:
        reports = [report async for report in versions.reports() if report.epoch]
        now_ms = site.clock.now_ms()
        return len(reports) >= workers and await all_report(versions, epoch, timings=QUICK, now_ms=now_ms)

    await until(reported, f"all workers judge by epoch {epoch}")


async def test_a_fleet_of_which_one_follows_late_mixes_nothing(sites: Sites) -> None:
    async with sites(analyses="content_moderation,labels", quota="20", recheck_running_s="600") as site:
        site.cloud.knobs(job_seconds=600)
        async with site.worker(QUICK):
            await followed(site, 1)
            async with site.worker(NEVER_AGAIN):
                await followed(site, 1, workers=2)
                keys = [f"{number}.mp4" for number in range(6)]
                for key in keys:
                    site.put_video(key, answer=ALERTING)
                    await site.send(key)

                async def all_run() -> bool:
                    return len(site.started()) == 2 * len(keys)

                await until(all_run, "all analyses run")
                assert await make_live(site, f"{REJECTS}\nlabels: {{Gun: {{review: 50}}}}") == 2
                # Before anything is judged: a late worker that meets a verdict of the newer version reads that.
                assert not await all_report(site.deployment.policy_versions, 2, timings=QUICK, now_ms=now_ms())
                site.finish()
                rows = await judged(site, len(keys))
                await site.quiet()
            by_epoch = {row.verdict.basis.epoch for row in rows if row.verdict is not None}
            assert by_epoch <= {1, 2}
            for row in [row async for row in site.deployment.reviews.with_revision()]:
                assert row.verdict is not None
                assert row.verdict.basis.attempts.keys() == {Analysis.CONTENT_MODERATION, Analysis.LABELS}
                assert row.history[-1].by.epoch <= row.verdict.basis.epoch
                epochs = [revision.by.epoch for revision in row.history]
                assert epochs == sorted(epochs), "no verdict gave way to one of an older version"
            # The late worker has ended, and with it what it reported.
            await followed(site, 2)


async def test_while_the_policy_cannot_be_read_videos_are_analysed_and_judged_once_it_can(sites: Sites) -> None:
    timings = replace(QUICK, policy_stale_s=0.5)
    async with sites(timings=timings, recheck_settled_s="0.2", recheck_running_s="600") as site:
        site.put_video("a.mp4", answer=CLEAN)
        async with site.worker():
            await followed(site, 1)
            denied = site.cloud.add_fault(
                "error",
                service="dynamodb",
                operation="GetItem",
                body_contains='"live"',
                code="AccessDeniedException",
                status=400,
            )

            async def met(count: int) -> bool:
                return int(site.cloud.fault(denied)["hits"]) >= count

            # So many tries are longer than the last version holds.
            await until(lambda: met(20), "the policy could not be read for too long")
            await site.send("a.mp4")
            await site.state("a.mp4", "SETTLED")
            tried = int(site.cloud.fault(denied)["hits"])
            await until(lambda: met(tried + 10), "the job was due several times")
            assert site.jobs()["a.mp4"]["state"] == "SETTLED"
            assert [row async for row in site.deployment.reviews.with_revision()] == []
            site.cloud.release(denied)
            (row,) = await judged(site, 1)
            await site.quiet()
            assert (row.status, len(site.started())) == (Status.APPROVED, 1)


async def test_machines_reject_what_somebody_has_switched_on_and_no_more_than_they_may(sites: Sites) -> None:
    # In the next hour machines might reject two more.
    async with sites(timings=QUICK, clock=noon(), auto_reject_hourly_most="2", recheck_running_s="600") as site:
        for number in range(4):
            site.put_video(f"{number}.mp4", seed=number, answer=ALERTING)
        async with site.worker():
            await followed(site, 1)
            await followed(site, await make_live(site, REJECTS))
            await site.send("0.mp4")
            (first,) = await judged(site, 1)
            assert first.verdict is not None
            assert (first.verdict.verdict, first.status) == ("reject", Status.IN_REVIEW)
            # The model was met by now: without that nobody can have known of it.
            await followed(site, await make_live(site, REJECTS, auto_reject=True))
            for number in (1, 2, 3):
                await site.send(f"{number}.mp4")
            rows = await judged(site, 4)
            await site.quiet()
        statuses = sorted(str(row.status) for row in rows)
        assert statuses == ["in_review", "in_review", "rejected", "rejected"]
