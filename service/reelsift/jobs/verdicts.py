"""The verdict of a video: made of the newest answers of all its analyses, once none that the policy needs is open."""

import asyncio
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from typing import Any

import structlog
from botocore.exceptions import ClientError

from reelsift.aws.errors import AwsUnavailable, code_of
from reelsift.aws.jobs import Jobs
from reelsift.aws.metrics import Metrics
from reelsift.aws.objects import WorkBucket
from reelsift.aws.reviews import Reviews
from reelsift.aws.table import ConditionFailed
from reelsift.domain.alert import Alert, alert
from reelsift.domain.analysis import Analysis
from reelsift.domain.dataset import AnalysisState, AnalysisStatus, DatasetHead, encode_dataset
from reelsift.domain.job import Answered, Job, JobState
from reelsift.domain.policy import Judgement, Policy
from reelsift.domain.result import peak_members, read_head, read_segment, read_segments, segment_members
from reelsift.domain.segments import Segment
from reelsift.domain.video import Video
from reelsift.domain.video_verdict import (
    MOST_ALERTED,
    MOST_REASONS,
    Basis,
    Said,
    VideoVerdict,
    alert_id,
    alerted_label,
    answers_of,
    can_be_judged,
    is_pending,
    new_alerts,
    said,
)
from reelsift.runtime.clock import Clock
from reelsift.settings import Settings

VERDICT_TRIES = 10
"""A verdict that others change meanwhile is made anew so often; each of them rests on something newer."""

PIECES_AT_ONCE = 16
"""Pieces of a dataset, of 250 segments each, that are made in one turn of a thread."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class FreshResult:
    """The result of a job that this worker has just settled, so that it need not be read again: all of the stored
    object but its segments, and these.
    """

    head: Mapping[str, Any]
    segments: Sequence[Segment]


@dataclass(frozen=True, slots=True)
class Concluded:
    """Where the verdict of a video stands: as it is stored, and what outcomes say of it. `made` are the alerts that
    this worker has just made, by id.
    """

    said: Said = field(default_factory=Said)
    verdict: VideoVerdict | None = None
    made: Mapping[str, Alert] = field(default_factory=dict)


class Verdicts:
    """Makes verdicts, and keeps the alerts that belong to them until they are sent. Any worker may, at any time: of
    several that judge the same, one is first, and the others take what it has written.
    """

    def __init__(
        self,
        *,
        jobs: Jobs,
        reviews: Reviews,
        work: WorkBucket,
        policy: Policy,
        metrics: Metrics,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._jobs = jobs
        self._reviews = reviews
        self._work = work
        self._policy = policy
        self._needs, self._policy_digest = policy.needs, policy.digest
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
        video_id = job.key.video_id
        for tries in range(VERDICT_TRIES):
            jobs = await self._jobs.of_video(video_id)
            settled = any(each.state is JobState.SETTLED for each in jobs)
            judgeable = can_be_judged(jobs, self._needs)
            if not settled and not judgeable:
                return Concluded(said(None, jobs, self._needs))
            # By far most videos have one job, in its first attempt: then there is nothing yet, and the write says so.
            first = fresh is not None and job.attempt == 1 and len(jobs) == 1 and not tries
            stored = None if first else await self._reviews.get(video_id)
            if not judgeable:
                # One may have been made by another policy, and its alert is perhaps still to be sent.
                return Concluded(said(stored, jobs, self._needs), stored)
            basis = self._basis(jobs)
            if (
                not settled
                or is_pending(jobs, self._needs)
                or (stored is not None and not basis.succeeds(stored.basis))
            ):
                return Concluded(said(stored, jobs, self._needs), stored)
            verdict, made = await self._judged(jobs, basis, stored, job, fresh)
            try:
                await self._reviews.change(verdict, stored)
            except ConditionFailed:
                continue
            self._report(verdict, stored)
            return Concluded(said(verdict, jobs, self._needs), verdict, made)
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

    def _basis(self, jobs: Sequence[Job]) -> Basis:
        attempts = {analysis: answered.attempt for analysis, answered in answers_of(jobs).items()}
        return Basis(attempts, self._policy_digest)

    async def _judged(
        self, jobs: Sequence[Job], basis: Basis, stored: VideoVerdict | None, job: Job, fresh: FreshResult | None
    ) -> tuple[VideoVerdict, dict[str, Alert]]:
        """A new verdict, all that it rests on written, and the alert that it raises where it raises one."""
        answers = answers_of(jobs)
        own = job.newest_answer
        if fresh is not None and answers == {job.analysis: own}:
            return await self._judge([_Result.fresh(job.analysis, fresh)], jobs[0].video, basis, stored)
        async with self._place:
            results: list[_Result] = []
            for analysis, answered in answers.items():
                if fresh is not None and analysis is job.analysis and answered == own:
                    results.append(_Result.fresh(analysis, fresh))
                elif (body := await self._body(answered)) is not None:
                    results.append(_Result.stored(analysis, body))
            return await self._judge(results, jobs[0].video, basis, stored)

    async def _body(self, answered: Answered) -> bytes | None:
        """A stored result, or None where it was deleted: then its analysis counts as missing."""
        try:
            return await self._work.get(answered.result_key)
        except ClientError as error:
            if code_of(error) != "NoSuchKey":
                raise
            _log.warning("result_deleted", key=answered.result_key, then="judged without it")
            return None

    async def _judge(
        self, results: "Sequence[_Result]", video: Video, basis: Basis, stored: VideoVerdict | None
    ) -> tuple[VideoVerdict, dict[str, Alert]]:
        # A dense answer takes seconds: time in which every other message of this worker would wait.
        judgement = await asyncio.to_thread(self._judgement, results)
        duration_ms = next((result.duration_ms for result in results if result.duration_ms is not None), None)
        verdict = VideoVerdict(
            video=video,
            verdict=judgement.verdict if self._needs else None,
            missing=judgement.missing,
            basis=basis,
            reasons=tuple(replace(peak, ranges_ms=()) for peak in judgement.reasons[:MOST_REASONS]),
            judged_ms=self._clock.now_ms(),
            alerted=stored.alerted if stored is not None else (),
            unsent=stored.unsent if stored is not None else frozenset(),
        )
        await self._put_dataset(verdict, judgement, results, duration_ms)
        peaks = new_alerts(judgement, stored)
        if not peaks:
            return verdict, {}
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
        return replace(verdict, alerted=alerted, unsent=verdict.unsent | {made.alert_id}), {made.alert_id: made}

    def _judgement(self, results: "Sequence[_Result]") -> Judgement:
        segments = (segment for result in results for segment in result.segments())
        return self._policy.judge(segments, [result.analysis for result in results])

    async def _put_dataset(
        self, verdict: VideoVerdict, judgement: Judgement, results: "Sequence[_Result]", duration_ms: int | None
    ) -> None:
        """Keep what the verdict rests on as one document. Its name is that of its content: who writes it again, writes
        the same.
        """
        head = DatasetHead(
            video=verdict.video,
            duration_ms=duration_ms,
            analyses={result.analysis: result.state for result in results},
            verdict=None if verdict.verdict is None else str(verdict.verdict),
            missing=verdict.missing,
            basis=verdict.basis.members(),
            reasons=[peak_members(peak) for peak in judgement.reasons],
            alerts=[peak_members(peak) for peak in judgement.alerts],
        )
        pieces = encode_dataset(head, [result.members() for result in results])
        async with self._work.writer(verdict.dataset_key, "application/json") as writer:
            while some := await asyncio.to_thread(_joined, pieces):
                await writer.write(some)

    def _report(self, verdict: VideoVerdict, was: VideoVerdict | None) -> None:
        if verdict.verdict is not None and (was is None or was.verdict != verdict.verdict):
            self._metrics.count("Verdicts", Verdict=verdict.verdict)
        _log.info(
            "judged",
            video=verdict.video.uri,
            verdict=verdict.verdict,
            missing=[str(analysis) for analysis in verdict.missing],
            basis=verdict.basis.members()["attempts"],
        )


@dataclass(frozen=True, slots=True)
class _Result:
    """What an analysis has found: at hand, or to be read from `body` a few segments at a time."""

    analysis: Analysis
    head: Mapping[str, Any]
    at_hand: Sequence[Segment] = ()
    body: bytes | None = None

    @classmethod
    def fresh(cls, analysis: Analysis, fresh: FreshResult) -> "_Result":
        return cls(analysis, fresh.head, fresh.segments)

    @classmethod
    def stored(cls, analysis: Analysis, body: bytes) -> "_Result":
        return cls(analysis, read_head(body), body=body)

    @property
    def duration_ms(self) -> int | None:
        duration_ms: int | None = self.head["duration_ms"]
        return duration_ms

    @property
    def state(self) -> AnalysisState:
        head = self.head
        return AnalysisState(AnalysisStatus.SUCCEEDED, head["attempt"], head["job_id"], head["model_version"])

    def segments(self) -> Iterable[Segment]:
        return self.at_hand if self.body is None else map(read_segment, read_segments(self.body))

    def members(self) -> Iterable[Mapping[str, Any]]:
        """The segments as JSON."""
        return map(segment_members, self.at_hand) if self.body is None else read_segments(self.body)


def _joined(pieces: Iterator[bytes]) -> bytes:
    """The next pieces; nothing after the last."""
    return b"".join(islice(pieces, PIECES_AT_ONCE))


def _alert_key(video: Video, name: str) -> str:
    return f"alerts/{video.video_id}/{name}.json"
