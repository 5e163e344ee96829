"""However late a worker follows the live policy, no verdict gives way to one that rests on something older."""

from typing import Any

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from reelsift.domain import transitions
from reelsift.domain.analysis import Analysis
from reelsift.domain.job import JobKey, Result
from reelsift.domain.line import LineId
from reelsift.domain.policy import Policy
from reelsift.domain.result import encode_result
from reelsift.domain.segments import Segment
from reelsift.domain.video import Video
from reelsift.domain.video_verdict import VideoVerdict
from support.memory_stores import BUCKET
from support.memory_worker import MemoryWorker
from support.thoroughness import examples

VIDEO = Video(BUCKET, "a.mp4", "etag", size=1_000_000)
WORKERS = 3


def policy(review: int) -> Policy:
    return Policy.parse(f"content_moderation: {{Explicit: {{review: {review}, reject: {review + 10}}}}}")


class Fleet:
    """Workers of one deployment, each of which reads the live policy when a test says so, or when it has to."""

    def __init__(self) -> None:
        self.memory = MemoryWorker(policy=policy(50))
        self.deployment = self.memory.deployment
        self.workers = [self.memory.another(f"w-{number}") for number in range(WORKERS)]
        self.policies = {1: policy(50)}
        self.found: dict[tuple[Analysis, int], Segment] = {}

    async def begin(self) -> None:
        for worker in self.workers:
            await worker.policies.step()

    async def change(self, review: int) -> None:
        versions, to = self.deployment.policy_versions, policy(review)
        live = await versions.live()
        assert live is not None
        version = live.with_policy(to, by="ann", at_ms=1, note="", known_models={})
        await versions.put_document(to)
        await versions.change(version, live)
        self.policies[version.epoch] = to

    async def end(self, analysis: Analysis, confidence: int, worker: int) -> None:
        """The next attempt of an analysis ends, and a worker closes it."""
        jobs = self.deployment.jobs
        was = await jobs.get(JobKey(VIDEO.video_id, analysis))
        line = self.memory.line(id=LineId("batch", f"{analysis}", 0))
        job = transitions.admitted(was, line, VIDEO, analysis, model_settings="", now_ms=1, due_at_ms=1)
        await jobs.table.transact({"job": jobs.put_item(job, was)})
        label = "Explicit" if analysis is Analysis.CONTENT_MODERATION else "Gun"
        segment = Segment(analysis, label, (), 0, 500, 1, confidence, confidence, 0)
        self.found[analysis, job.attempt] = segment
        key = f"results/{job.current}.json"
        head = {"duration_ms": 2000, "attempt": job.attempt, "job_id": "j", "model_version": "7"}
        await self.memory.work.put(key, encode_result(head, [segment]), "application/json")
        ended = transitions.settled(job, Result(result_key=key), now_ms=2, due_at_ms=2)
        await self.workers[worker].jobs.closer.close(await jobs.change(job, ended))

    async def verdict(self) -> VideoVerdict | None:
        row = await self.deployment.reviews.get(VIDEO.video_id)
        return None if row is None else row.verdict

    def afresh(self, verdict: VideoVerdict) -> object:
        """What the policy of a verdict's epoch makes of the answers that it says it rests on."""
        attempts = verdict.basis.attempts
        segments = [self.found[answer] for answer in attempts.items()]
        return self.policies[verdict.basis.epoch].judge(segments, attempts.keys()).verdict


turns = st.one_of(
    st.tuples(st.just("change"), st.sampled_from([40, 60, 80])),
    st.tuples(st.just("follow"), st.integers(0, WORKERS - 1)),
    st.tuples(
        st.just("end"),
        st.tuples(
            st.sampled_from([Analysis.CONTENT_MODERATION, Analysis.LABELS]),
            st.sampled_from([45, 65, 85, 99]),
            st.integers(0, WORKERS - 1),
        ),
    ),
)


@given(st.lists(turns, max_size=14))
@hypothesis_settings(max_examples=examples(30), deadline=None)
async def test_each_verdict_is_that_of_one_version_and_none_is_older_than_the_one_before(
    done: list[tuple[str, Any]],
) -> None:
    fleet = Fleet()
    await fleet.begin()
    before: VideoVerdict | None = None
    newest: dict[Analysis, int] = {}
    for what, value in done:
        match what:
            case "change":
                await fleet.change(value)
            case "follow":
                await fleet.workers[value].policies.step()
            case _:
                await fleet.end(*value)
                newest[value[0]] = newest.get(value[0], 0) + 1
        verdict = await fleet.verdict()
        if verdict is None:
            assert before is None
            assert Analysis.CONTENT_MODERATION not in newest
            continue
        assert verdict.verdict == fleet.afresh(verdict)
        assert verdict.basis.policy == fleet.policies[verdict.basis.epoch].digest
        # Every answer is judged, however late the worker was that judged it.
        assert verdict.basis.attempts == newest
        assert before is None or verdict.basis.epoch >= before.basis.epoch
        before = verdict


async def test_a_worker_that_is_late_reads_the_version_that_it_meets() -> None:
    fleet = Fleet()
    await fleet.begin()
    await fleet.change(60)
    await fleet.change(80)
    await fleet.workers[0].policies.step()
    await fleet.end(Analysis.CONTENT_MODERATION, 70, 0)
    await fleet.end(Analysis.CONTENT_MODERATION, 65, 1)
    verdict = await fleet.verdict()
    assert verdict is not None
    assert (verdict.basis.epoch, verdict.basis.attempts) == (3, {Analysis.CONTENT_MODERATION: 2})
    assert verdict.verdict == "approve"
