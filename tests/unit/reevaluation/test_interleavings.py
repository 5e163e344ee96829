"""A re-evaluation that races live answers, decisions and other workers, which sleep and die anywhere.

Whatever the order: once all has ended, the verdict of every video is that of the live policy over its newest answers,
computed here from what was found, and a status that a person gave stands.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reelsift.domain.analysis import Analysis
from reelsift.domain.batch import OVER, BatchState
from reelsift.domain.job import JobKey, JobState
from reelsift.domain.status import By, Status, VideoStatus, status_of_verdict
from reelsift.domain.status_changes import decided
from reelsift.worker.composition import Parts
from support.interleaving import Interleaving
from support.reevaluating import AT_ONCE, LABELS, MILD, MODERATION, STRICT, WITH_LABELS, JudgedVideos, video
from support.thoroughness import examples

BOTH = (MODERATION, LABELS)
VIDEOS = 3
FAILED = -1.0


@pytest.fixture(autouse=True, scope="module")
def no_threads() -> Iterator[None]:
    """What is done in a thread is done at once: when it ends would be chance."""

    async def at_once(work: Callable[..., Any], *arguments: Any, **members: Any) -> Any:
        return work(*arguments, **members)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio, "to_thread", at_once)
        yield


class Race:
    """Videos that were judged, a newer policy, and workers whose requests a test lets through one by one."""

    def __init__(self) -> None:
        self.workers = Interleaving()
        self.videos = JudgedVideos()
        self.policy = MILD
        self.written: dict[str, list[VideoStatus]] = {}
        write = self.videos.deployment.reviews.write

        async def noted(row: VideoStatus, was: VideoStatus | None, **beside: Any) -> VideoStatus:
            written = await write(row, was, **beside)
            self.written.setdefault(row.video_id, []).append(written)
            return written

        self.videos.deployment.reviews.write = noted  # type: ignore[method-assign]

    async def begin(self) -> None:
        """Some videos are judged by MILD, of which one has both analyses; then STRICT is live, and is acted on."""
        await self.videos.apply(MILD)
        worker = await self.videos.worker()
        for number in range(VIDEOS):
            await self.videos.analyse(worker, number, 70)
        await self.videos.analyse(worker, 0, 70, LABELS)
        self.old = worker
        for name in ("jobs", "reviews", "outcomes", "batches"):
            table = self.videos.memory.tables[name]
            self.workers.hold(name, table, "get", "get_many", "put", "update", "transact", "delete", "scan_page")
            self.workers.hold_query(name, table)
        self.workers.hold("work", self.videos.memory.work, "put", "get")
        self.workers.hold("bus", self.videos.bus, "put")

    async def apply(self, policy: Any) -> None:
        self.policy = policy
        await self.videos.apply(policy)

    async def walk(self) -> int:
        """Another worker walks, as far as it is let."""
        worker = await self.videos.worker(f"w{len(self.workers.workers)}")
        return await self.workers.begin(self.look(worker))

    async def look(self, worker: Parts) -> None:
        await worker.reevaluation.passes.step()
        await worker.reevaluation.walker.step()
        await worker.reevaluation.walker.drain()

    async def ask(self, number: int, analysis: Analysis) -> None:
        """An analysis is asked for, unless it is under way."""
        job = await self.videos.deployment.jobs.get(JobKey(video(number).video_id, analysis))
        if job is None or job.state is JobState.CLOSED:
            await self.videos.begin(number, analysis)

    async def settle(self, number: int, analysis: Analysis, confidence: float | None, *, old: bool) -> None:
        """An analysis that is under way ends, with a label at a confidence, or none, or FAILED; a worker begins to
        close it, one that has not followed the policy if it is `old`.
        """
        job = await self.videos.deployment.jobs.get(JobKey(video(number).video_id, analysis))
        if job is None or job.has_result:
            return
        if confidence == FAILED:
            settled = await self.videos.fail(job)
        else:
            settled = await self.videos.settle(job, confidence)
        worker = self.old if old else await self.videos.worker("live")
        await self.workers.begin(worker.jobs.closer.close(settled))

    async def decide(self, number: int) -> None:
        """A person approves a video, whatever is written meanwhile."""
        row = await self.videos.row(number)
        count = row.last_decision + 1
        made = decided(row, Status.APPROVED, number=count, by=By(person="p-1"), at_ms=self.videos.clock.now_ms())
        await self.videos.deployment.reviews.write(made, row)

    async def end(self) -> None:
        """Every worker comes to its end; what was left is taken up by one that follows."""
        await self.workers.finish()
        # A lease of a worker that was killed runs out, and no worker judges by what it read long ago.
        self.videos.clock.move(AT_ONCE.policy_stale_s + 120)
        worker = await self.videos.worker("last")
        await self._close(worker)
        for _ in range(100):
            batch = await self.videos.batch()
            if batch.state in OVER:
                break
            await worker.policies.step()
            await self.videos.look(worker)
            self.videos.clock.move(30)
        # What was under way all the while ends only now.
        for number in range(VIDEOS):
            for analysis in BOTH:
                await self.settle(number, analysis, FAILED, old=False)
        await self.workers.finish()
        for _ in range(10):
            # What could not be told is told when its time has come.
            self.videos.clock.move(300)
            await worker.jobs.teller.step()

    async def _close(self, worker: Parts) -> None:
        """What is SETTLED is closed."""
        for number in range(VIDEOS):
            for job in await self.videos.deployment.jobs.of_video(video(number).video_id):
                if job.state is JobState.SETTLED:
                    await worker.jobs.closer.close(job)

    async def check(self) -> None:
        batch = await self.videos.batch()
        assert batch.state in OVER
        live = self.videos.live
        assert live is not None
        assert batch.reevaluation is not None
        if batch.reevaluation.epoch == live.epoch:
            assert batch.state is BatchState.COMPLETE
            for number in range(VIDEOS):
                await self._check_video(number, live.epoch)
        outcomes = await self.videos.outcomes()
        assert batch.total == len(outcomes)
        for video_id, rows in self.written.items():
            for before, after in pairwise(row.verdict for row in rows if row.verdict is not None):
                assert after.basis == before.basis or after.basis.succeeds(before.basis), "nothing goes back"
            told = Counter(
                detail["revision"] for detail in self.videos.bus.details() if detail["video"]["video_id"] == video_id
            )
            assert set(told) == set(range(1, rows[-1].revision + 1)), "every revision is told"

    async def _check_video(self, number: int, epoch: int) -> None:
        row = await self.videos.row(number)
        newest: dict[Analysis, int] = {}
        for video_id, analysis, attempt in self.videos.found:
            if video_id == video(number).video_id:
                newest[analysis] = max(newest.get(analysis, 0), attempt)
        segments = [
            segment
            for analysis, attempt in newest.items()
            for segment in self.videos.found[video(number).video_id, analysis, attempt]
        ]
        verdict = self.policy.judge(segments, newest).verdict
        assert row.verdict is not None
        assert (row.verdict.verdict, row.verdict.basis.attempts, row.verdict.basis.epoch) == (verdict, newest, epoch)
        items = {str(item.cause) for item in await self.videos.deployment.review_items.of_video(row.video_id)}
        if row.standing:
            assert row.status is Status.APPROVED
            assert "verdict" not in items
        else:
            assert row.status is status_of_verdict(verdict)
            assert ("verdict" in items) == (row.status is Status.IN_REVIEW)


RACES = settings(max_examples=examples(10), deadline=None, suppress_health_check=[HealthCheck.too_slow])


@RACES
@given(st.data())
def test_whatever_it_races_the_end_is_the_live_policy_over_the_newest_answers(data: st.DataObject) -> None:
    async def run() -> None:
        race = Race()
        await race.begin()
        await race.apply(data.draw(st.sampled_from([STRICT, WITH_LABELS])))
        await race.videos.order(walks=data.draw(st.integers(1, 2)))
        for _ in range(data.draw(st.integers(1, 25))):
            match data.draw(st.sampled_from("wwaassdggggggkt")):
                case "w":
                    await race.walk()
                case "a":
                    await race.ask(data.draw(st.integers(0, VIDEOS - 1)), data.draw(st.sampled_from(BOTH)))
                case "s":
                    await race.settle(
                        data.draw(st.integers(0, VIDEOS - 1)),
                        data.draw(st.sampled_from(BOTH)),
                        data.draw(st.sampled_from([None, 40.0, 70.0, 92.0, 99.0, FAILED])),
                        old=data.draw(st.booleans()),
                    )
                case "d":
                    await race.decide(data.draw(st.integers(0, VIDEOS - 1)))
                case "k" if race.workers.workers:
                    await race.workers.kill(data.draw(st.sampled_from(race.workers.workers)))
                case "t":
                    race.videos.clock.move(data.draw(st.sampled_from([1, 60, 130])))
                case _ if race.workers.held:
                    await race.workers.let_through(data.draw(st.integers(0, race.workers.held - 1)))
                case _:
                    pass
        await race.end()
        await race.check()

    asyncio.run(run())


@pytest.mark.parametrize("follows", [True, False])
async def test_wherever_a_worker_is_killed_another_goes_on_and_each_video_has_one_line(*, follows: bool) -> None:
    """`follows`: whether all workers follow the policy, so that one pass is enough."""
    steps = 0
    while True:
        race = Race()
        await race.begin()
        await race.apply(STRICT)
        if follows:
            await race.old.policies.step()
        await race.videos.order(walks=1)
        first = await race.videos.worker("first")
        for _ in range(2):
            await first.reevaluation.passes.step()
            race.videos.clock.move(AT_ONCE.follow_wait_s)
        dying = await race.workers.begin(race.look(first))
        for _ in range(steps):
            if race.workers.held:
                await race.workers.let_through(0)
        if not race.workers.workers:
            break
        await race.workers.kill(dying)
        await race.end()
        await race.check()
        outcomes = await race.videos.outcomes()
        assert {key: outcome.before and outcome.before.verdict for key, outcome in outcomes.items()} == dict.fromkeys(
            ("0.mp4", "1.mp4", "2.mp4"), "approve"
        )
        told = Counter((d["video"]["video_id"], d["revision"]) for d in race.videos.bus.details())
        assert max(told.values()) <= 2, "at least once, and hardly more"
        steps += 1
    assert steps >= 20
