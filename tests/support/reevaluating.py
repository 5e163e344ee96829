"""Videos that were analysed and judged, versions of the policy, and workers that re-evaluate: all in memory."""

import asyncio
from dataclasses import replace
from typing import Any

from reelsift.aws.topics import Announcements
from reelsift.domain import transitions
from reelsift.domain.analysis import Analysis
from reelsift.domain.batch import OVER, Batch
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.job import Job, JobKey, Result
from reelsift.domain.line import LineId
from reelsift.domain.outcome import Outcome
from reelsift.domain.policy import Policy
from reelsift.domain.policy_version import PolicyVersion
from reelsift.domain.reevaluation import Reevaluation
from reelsift.domain.result import encode_result
from reelsift.domain.segments import Segment
from reelsift.domain.status import VideoStatus
from reelsift.domain.video import Video
from reelsift.reports.completion_mail import CompletionMail
from reelsift.runtime.timings import Timings
from reelsift.worker.composition import Parts, compose
from support.clocks import SetClock
from support.memory_stores import BUCKET
from support.memory_worker import MemoryWorker, RecordedBus

MODERATION, LABELS = Analysis.CONTENT_MODERATION, Analysis.LABELS

LABEL = {MODERATION: "Explicit", LABELS: "Gun"}
"""What each analysis finds, if anything."""

MILD = Policy.parse("content_moderation: {Explicit: {review: 90, reject: 98}}")
STRICT = Policy.parse("content_moderation: {Explicit: {review: 60, reject: 80, alert: 80}}")
WITH_LABELS = Policy.parse(
    "{content_moderation: {Explicit: {review: 90, reject: 98}}, labels: {Gun: {review: 50, reject: 90, alert: 95}}}"
)

AT_ONCE = Timings(
    batches_poll_s=0,
    batch_fresh_s=0,
    hold_fresh_s=0,
    reevaluation_check_s=0,
    report_step_s=5,
    slot_wait_s=0.02,
    room_wait_s=0.02,
)


class NotedAnnouncements(Announcements):
    """Mails of batches that ended, as they were sent."""

    def __init__(self) -> None:
        self.mails: list[CompletionMail] = []

    async def completed(self, mail: CompletionMail) -> None:
        self.mails.append(mail)


class JudgedVideos:
    """A deployment whose videos a test names by numbers, and that begins with a policy."""

    def __init__(self, *, timings: Timings = AT_ONCE, **options: Any) -> None:
        self.bus = RecordedBus()
        self.memory = MemoryWorker(timings=timings, bus=self.bus, **options)
        self.timings = timings
        self.announcements = NotedAnnouncements()
        self.deployment = replace(self.memory.deployment, announcements=self.announcements)
        self.stop = asyncio.Event()
        self.live: PolicyVersion | None = None
        self.found: dict[tuple[str, Analysis, int], list[Segment]] = {}
        """What each attempt has found."""

    @property
    def clock(self) -> SetClock:
        return self.memory.clock

    async def apply(self, policy: Policy, **switch: Any) -> PolicyVersion:
        """Make another version of the policy live, and set what stands beside it, as `auto_reject` does."""
        was, versions = self.live, self.deployment.policy_versions
        at = {"by": "arn:aws:sts::123456789012:assumed-role/ops/ann", "at_ms": self.clock.now_ms()}
        if was is None:
            version = PolicyVersion.first(policy, **at)  # type: ignore[arg-type] # two members of two types
        else:
            version = was.with_policy(policy, **at, note="", known_models={})  # type: ignore[arg-type]
        version = replace(version, **switch)
        await versions.put_document(policy)
        await versions.change(version, was)
        self.live = version
        return version

    async def worker(self, owner: str = "me") -> Parts:
        """Another worker, which follows the policy that is live now."""
        parts = compose(self.deployment, MILD, owner, self.stop, self.timings, self.clock)
        await parts.policies.step()
        return parts

    async def begin(self, number: int, analysis: Analysis = MODERATION) -> Job:
        """A line asks for the next attempt of an analysis."""
        was = await self.deployment.jobs.get(JobKey(video(number).video_id, analysis))
        line = self.memory.line(id=LineId("batch", f"{analysis}", 0))
        now = self.clock.now_ms()
        job = transitions.admitted(was, line, video(number), analysis, model_settings="", now_ms=now, due_at_ms=now)
        await self.deployment.jobs.table.transact({"job": self.deployment.jobs.put_item(job, was)})
        return job

    async def settle(self, job: Job, confidence: float | None) -> Job:
        """An attempt has its answer, with its label at a confidence if there is one; nobody has closed it yet."""
        segments = [] if confidence is None else [_segment(job.analysis, confidence)]
        key = f"results/{job.current}.json"
        head = {"duration_ms": 2000, "attempt": job.attempt, "job_id": "j", "model_version": "7"}
        await self.memory.work.put(key, encode_result(head, segments), "application/json")
        self.found[job.key.video_id, job.analysis, job.attempt] = segments
        now = self.clock.now_ms()
        result = Result(result_key=key, duration_ms=2000)
        return await self.deployment.jobs.change(job, transitions.settled(job, result, now_ms=now, due_at_ms=now))

    async def fail(self, job: Job) -> Job:
        now = self.clock.now_ms()
        failure = Failure(Reason.UNSUPPORTED_CODEC, "x")
        return await self.deployment.jobs.change(job, transitions.failed(job, failure, now_ms=now, due_at_ms=now))

    async def analyse(
        self, worker: Parts, number: int, confidence: float | None = None, analysis: Analysis = MODERATION
    ) -> VideoStatus:
        """An analysis of a video is asked for, ends, and is closed by a worker."""
        await worker.jobs.closer.close(await self.settle(await self.begin(number, analysis), confidence))
        return await self.row(number)

    async def row(self, number: int) -> VideoStatus:
        row = await self.deployment.reviews.get(video(number).video_id)
        assert row is not None
        return row

    async def verdict(self, number: int) -> tuple[str | None, int]:
        """The verdict of a video, and the epoch of the policy that gave it."""
        verdict = (await self.row(number)).verdict
        assert verdict is not None
        return verdict.verdict, verdict.basis.epoch

    async def order(self, name: str = "again", *, walks: int = 2, **terms: Any) -> Batch:
        """Order a re-evaluation by the policy that is live."""
        assert self.live is not None
        members = {"rate": 1_000_000} | terms
        made = Reevaluation(epoch=self.live.epoch, policy=self.live.judging, walks=walks, **members)
        now = self.clock.now_ms()
        batch = Batch(name, name, "the archive", now, None, 0, reevaluation=made, due_at_ms=now)
        await self.deployment.batches.create(batch)
        # Workers here share what a process remembers: none is to die while the others wait for its answer.
        await self.deployment.batches.ensure(name, now_ms=now)
        return batch

    async def batch(self, name: str = "again") -> Batch:
        batch = await self.deployment.batches.get(name)
        assert batch is not None
        return batch

    async def look(self, *workers: Parts) -> None:
        """One step of each loop that has to do with re-evaluations, by each worker; then time passes."""
        for parts in workers:
            await parts.reevaluation.passes.step()
            await parts.reevaluation.walker.step()
            await parts.reporting.reporter.step()
            await parts.reporting.reporter.drain()
        self.clock.move(3)

    async def finish(self, *workers: Parts, name: str = "again") -> Batch:
        """Look until the re-evaluation is over."""
        for _ in range(200):
            batch = await self.batch(name)
            if batch.state in OVER:
                return batch
            await self.look(*workers)
        raise AssertionError(f"not over: {await self.batch(name)}")

    async def outcomes(self, name: str = "again") -> dict[str, Outcome]:
        """What became of each video, by the keys of their objects."""
        found: dict[str, Outcome] = {}
        async for chunk in self.deployment.chunks.of_batch(name):
            async for outcome in self.deployment.outcomes.of_chunk(name, chunk.number):
                assert outcome.ref.key not in found, "each has one line"
                found[outcome.ref.key] = outcome
        return found


def video(number: int) -> Video:
    return Video(BUCKET, f"{number}.mp4", f"etag-{number}", size=1_000_000)


def _segment(analysis: Analysis, confidence: float) -> Segment:
    return Segment(analysis, LABEL[analysis], (), 0, 500, 1, confidence, confidence, 0)
