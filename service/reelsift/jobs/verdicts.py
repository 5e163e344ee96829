"""The verdict of a video: made of the newest answers of all its analyses, once none that the policy needs is open."""

import asyncio
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from types import MappingProxyType

import structlog

from reelsift.aws.errors import AwsUnavailable
from reelsift.aws.jobs import Jobs
from reelsift.aws.metrics import Metrics
from reelsift.aws.objects import WorkBucket
from reelsift.aws.reviews import Reviews
from reelsift.aws.table import ConditionFailed
from reelsift.aws.verdict_days import VerdictDays
from reelsift.domain.alert import Alert, alert
from reelsift.domain.analysis import Analysis
from reelsift.domain.budget import day_of
from reelsift.domain.job import Job, JobState
from reelsift.domain.policy import Policy
from reelsift.domain.policy_version import Live
from reelsift.domain.status import VideoStatus
from reelsift.domain.status_changes import asked, failed, judged
from reelsift.domain.video import Video
from reelsift.domain.video_verdict import (
    MOST_ALERTED,
    Basis,
    Said,
    VideoVerdict,
    alert_id,
    alerted_label,
    answers_of,
    can_be_judged,
    failure_of,
    is_pending,
    new_alerts,
    said,
)
from reelsift.reviews.analysis_result import AnalysisResult, FreshResult
from reelsift.reviews.judging import Judging
from reelsift.reviews.rejecting import RejectionBraked, Rejections
from reelsift.runtime.clock import Clock
from reelsift.runtime.live_policy import LivePolicies
from reelsift.settings import Settings

VERDICT_TRIES = 10
"""A verdict that others change meanwhile is made anew so often; each of them rests on something newer."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Concluded:
    """Where a video stands: its row as it is stored, and what outcomes say of it. `made` are the alerts that this
    worker has just made, by id. Where there is neither a verdict nor a failure to write, the row may not have been
    read.
    """

    said: Said = field(default_factory=Said)
    row: VideoStatus | None = None
    made: Mapping[str, Alert] = field(default_factory=dict)

    @property
    def verdict(self) -> VideoVerdict | None:
        return None if self.row is None else self.row.verdict


class Verdicts:
    """Makes verdicts, and keeps the alerts that belong to them until they are sent. Any worker may, at any time: of
    several that judge the same, one is first, and the others take what it has written.
    """

    def __init__(
        self,
        *,
        jobs: Jobs,
        reviews: Reviews,
        rejections: Rejections,
        work: WorkBucket,
        policies: LivePolicies,
        verdict_days: VerdictDays,
        metrics: Metrics,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._jobs = jobs
        self._reviews = reviews
        self._rejections = rejections
        self._work = work
        self._judging = Judging(work, clock)
        self._policies = policies
        self._verdict_days = verdict_days
        self._metrics = metrics
        self._settings = settings
        self._clock = clock
        # Results of up to six analyses are held while they are judged: of one video at a time.
        self._place = asyncio.Semaphore()

    async def conclude(self, job: Job, fresh: FreshResult | None = None) -> Concluded:
        """The verdict of a job's video, made now where it is due and nobody has. `fresh` is the job's own result, where
        it is at hand.

        It is due where a job of the video is SETTLED: that is written before the jobs are read here, so whoever
        settles the last of those that the policy needs sees all of them. What is CLOSED was judged before.
        """
        met = 0
        for tries in range(VERDICT_TRIES):
            jobs = await self._jobs.of_video(job.key.video_id)
            if not any(each.state is JobState.SETTLED for each in jobs):
                return await self._told(jobs)
            async with self._policies.judging(at_least=met) as live:
                # By far most videos have one job, in its first attempt: then there is nothing yet, and the write says
                # so.
                first = fresh is not None and job.attempt == 1 and len(jobs) == 1 and not tries
                row = None if first else await self._reviews.get(job.key.video_id)
                if row is not None and row.sealed:
                    # Nobody judges it, or is told: whatever was found goes where only specialists see it.
                    return Concluded(Said(sealed=True), row)
                if row is not None and row.verdict is not None and row.verdict.basis.epoch > live.epoch:
                    # Another worker knows of a policy that this one has still to read.
                    met = row.verdict.basis.epoch
                    continue
                written, made = await self._written(jobs, row, job, fresh, live)
                if written is None or written == row:
                    return _concluded(row, jobs, live.policy.needs)
                if (await self._policies.current()).epoch != live.epoch:
                    continue
                try:
                    written = await self._rejections.write(written, row)
                except (ConditionFailed, RejectionBraked):
                    continue
            self._report(written, row)
            return _concluded(written, jobs, live.policy.needs, made)
        raise AwsUnavailable(f"the verdict of {job.video.uri} changes all the time")

    async def unsent_alerts(self, concluded: Concluded) -> list[Alert]:
        """The alerts of a video that are still to be sent, as they were made: a policy changed since changes none."""
        verdict = concluded.verdict
        if verdict is None:
            return []
        return [
            concluded.made.get(name) or Alert(**json.loads(await self._work.get(_alert_key(verdict.video, name))))
            for name in sorted(verdict.unsent)
        ]

    async def alerts_sent(self, concluded: Concluded, alerts: Iterable[Alert]) -> None:
        """Note that alerts were sent. Before that any worker that closes a job of the video sends them again."""
        if concluded.verdict is not None:
            for each in alerts:
                await self._reviews.alert_sent(concluded.verdict.video.video_id, each.alert_id)

    async def _told(self, jobs: Sequence[Job]) -> Concluded:
        """Where a video stands of which nothing is to be judged now."""
        needs = await self._policies.needs()
        judged = can_be_judged(jobs, needs)
        return _concluded(await self._reviews.get(jobs[0].key.video_id) if judged else None, jobs, needs)

    async def _written(
        self, jobs: Sequence[Job], row: VideoStatus | None, job: Job, fresh: FreshResult | None, live: Live
    ) -> tuple[VideoStatus | None, dict[str, Alert]]:
        """The row as it is to be, and the alert that its verdict raises, if any. Where nothing newer is to be said, the
        row is that which was read.
        """
        needs = live.policy.needs
        answered = row is not None and row.verdict is not None and bool(answers_of(jobs))
        # A verdict is replaced also where nothing was asked for that this policy needs: it has to say so.
        if not can_be_judged(jobs, needs) and not answered:
            # One may have been made by another policy, and its alert is perhaps still to be sent.
            return self._failed(jobs, row, live), {}
        attempts = {analysis: answered.attempt for analysis, answered in answers_of(jobs).items()}
        basis = Basis(attempts, live.policy.digest, live.epoch)
        stored = None if row is None or row.verdict is None else row.verdict.basis
        # A verdict of the same answers stands, whatever the policy is now: that acts on what is new. New is also that
        # an analysis which it needs, and which never had an answer, has failed.
        new = any(it.state is JobState.SETTLED and it.analysis in needs and it.newest_answer is None for it in jobs)
        stands = stored is not None and ((stored.attempts == attempts and not new) or not basis.succeeds(stored))
        if stands or is_pending(jobs, needs):
            return row, {}
        return await self._judged(jobs, basis, row, job, fresh, live)

    def _failed(self, jobs: Sequence[Job], row: VideoStatus | None, live: Live) -> VideoStatus | None:
        """The row of a video that has no answer and will have none, if that is what it says of it."""
        failure = failure_of(jobs, live.policy.needs)
        if failure is None:
            return row
        known = asked(row or VideoStatus.new(jobs[0].video), jobs)
        return failed(known, failure, video=jobs[0].video, policy=live.by, at_ms=self._clock.now_ms())

    async def _judged(
        self,
        jobs: Sequence[Job],
        basis: Basis,
        row: VideoStatus | None,
        job: Job,
        fresh: FreshResult | None,
        live: Live,
    ) -> tuple[VideoStatus, dict[str, Alert]]:
        """The row with a new verdict, all that it rests on written, and the alert that it raises, if any."""
        video = jobs[0].video
        stored = None if row is None else row.verdict
        answers = answers_of(jobs)
        own = job.newest_answer
        if fresh is not None and answers == {job.analysis: own}:
            results = [AnalysisResult.fresh(job.analysis, fresh)]
            judgement = await self._judge(results, video, basis, stored, live.policy)
        else:
            async with self._place:
                at_hand = fresh is not None and answers.get(job.analysis) == own
                to_read = {
                    analysis: it for analysis, it in answers.items() if analysis is not job.analysis or not at_hand
                }
                # One that was deleted counts as missing.
                results = (await self._judging.read(to_read)).found
                if fresh is not None and at_hand:
                    results.append(AnalysisResult.fresh(job.analysis, fresh))
                judgement = await self._judge(results, video, basis, stored, live.policy)
        verdict, duration_ms, made = judgement
        models = {result.analysis: result.state.model_version for result in results}
        verdict = await self._rejections.weigh(verdict, models, live, row)
        known = asked(row or VideoStatus.new(video), jobs)
        return judged(known, verdict, duration_ms=duration_ms), made

    async def _judge(
        self,
        results: Sequence[AnalysisResult],
        video: Video,
        basis: Basis,
        stored: VideoVerdict | None,
        policy: Policy,
    ) -> tuple[VideoVerdict, int | None, dict[str, Alert]]:
        """The verdict, the length of the video, and the alert that it raises, if any."""
        judged = await self._judging.judge(results, video, basis, policy, stored=stored)
        verdict, duration_ms = judged.verdict, judged.duration_ms
        peaks = new_alerts(judged.judgement, stored)
        if not peaks:
            return verdict, duration_ms, {}
        made = alert(
            peaks,
            alert_id=alert_id(video.video_id, basis, peaks),
            verdict=verdict,
            deployment=self._settings.deployment,
            duration_ms=duration_ms,
            region=self._settings.home_region,
        )
        # Before the verdict is written: whoever finds it unsent there can read it.
        await self._work.put(_alert_key(video, made.alert_id), json.dumps(asdict(made)).encode(), "application/json")
        alerted = (*verdict.alerted, *map(alerted_label, peaks))[:MOST_ALERTED]
        raised = replace(verdict, alerted=alerted, unsent=verdict.unsent | {made.alert_id})
        return raised, duration_ms, {made.alert_id: made}

    def _report(self, row: VideoStatus, was: VideoStatus | None) -> None:
        verdict, before = row.verdict, None if was is None else was.verdict
        if verdict is None or (before is not None and before.basis == verdict.basis):
            return
        if verdict.verdict is not None and (before is None or before.verdict != verdict.verdict):
            self._metrics.count("Verdicts", Verdict=verdict.verdict)
            self._verdict_days.count(verdict.verdict, day_of(self._clock.now_ms()))
        _log.info(
            "judged",
            video=verdict.video.uri,
            verdict=verdict.verdict,
            status=row.status,
            revision=row.revision,
            missing=[str(analysis) for analysis in verdict.missing],
            basis=verdict.basis.members()["attempts"],
        )


def _concluded(
    row: VideoStatus | None,
    jobs: Sequence[Job],
    needs: Collection[Analysis],
    made: Mapping[str, Alert] = MappingProxyType({}),
) -> Concluded:
    if row is not None and row.sealed:
        return Concluded(Said(sealed=True), row)
    verdict, status = (None, None) if row is None else (row.verdict, row.status)
    return Concluded(said(verdict, jobs, needs, status), row, made)


def _alert_key(video: Video, name: str) -> str:
    return f"alerts/{video.video_id}/{name}.json"
