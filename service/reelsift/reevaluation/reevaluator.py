"""One video of the archive: judged anew by the policy that is live, and all that follows from it."""

from collections.abc import Sequence

from reelsift.aws.errors import AwsUnavailable
from reelsift.aws.jobs import Jobs
from reelsift.aws.metrics import Metrics
from reelsift.aws.reviews import Reviews
from reelsift.aws.table import ConditionFailed
from reelsift.domain.failure import Reason
from reelsift.domain.job import Job, JobState
from reelsift.domain.line import LineId
from reelsift.domain.outcome import Before, Outcome, reevaluated, skipped
from reelsift.domain.policy_version import Live
from reelsift.domain.reevaluation import Reevaluated, Reevaluation
from reelsift.domain.status import Cause, Known, VideoStatus
from reelsift.domain.status_changes import asked, judged
from reelsift.domain.video import ObjectRef
from reelsift.domain.video_verdict import Basis, answers_of, can_be_judged, said
from reelsift.events.teller import StatusTeller
from reelsift.reevaluation.candidates import Candidate
from reelsift.reviews.items import Items
from reelsift.reviews.judging import Judging
from reelsift.reviews.rejecting import RejectionBraked, Rejections
from reelsift.runtime.clock import Clock
from reelsift.runtime.pace import Pace

TRIES = 10
"""A video that others change meanwhile is read again so often; each of them rests on something newer."""

_RESULT_GONE = "a stored result that its verdict rests on was deleted, so the verdict stays"


class Reevaluator:
    """Judges videos that have answers. Any worker may, at any time, and again what another has begun."""

    def __init__(
        self,
        *,
        jobs: Jobs,
        reviews: Reviews,
        rejections: Rejections,
        judging: Judging,
        items: Items,
        teller: StatusTeller,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self._jobs = jobs
        self._reviews = reviews
        self._rejections = rejections
        self._judging = judging
        self._items = items
        self._teller = teller
        self._metrics = metrics
        self._clock = clock

    async def judge(
        self,
        candidate: Candidate,
        row: VideoStatus | None,
        live: Live,
        terms: Reevaluation,
        line_id: LineId,
        pace: Pace,
    ) -> Outcome | None:
        """Give a video the verdict of the `live` policy, and do all that follows: review items, event, tags. `row` is
        that of the video as it was read last; `pace` is asked before its status changes.

        Returns its outcome. None where it is not for this re-evaluation: it has no answer, was judged by this version
        already, is sealed or forgotten; or what is open of it is judged by whoever ends that.
        """
        jobs = candidate.jobs
        for _ in range(TRIES):
            if jobs is None:
                jobs, row = await self._jobs.of_video(candidate.video_id), await self._reviews.get(candidate.video_id)
            if row is not None and _was_done(row, live, terms, line_id):
                # By this line, whose worker was killed before it had its outcome.
                await self._follow_up(row)
                return self._outcome(row, jobs, live, line_id)
            if not _is_due(row, jobs, live, terms):
                return None
            attempts = {analysis: answered.attempt for analysis, answered in answers_of(jobs).items()}
            basis = Basis(attempts, live.policy.digest, live.epoch)
            if row is not None and row.verdict is not None and not basis.succeeds(row.verdict.basis):
                if candidate.jobs is jobs:
                    # Read some time ago: what the verdict rests on is newer.
                    jobs = None
                    continue
                return self._gone(row, line_id)
            written = await self._write(row, jobs, basis, live, terms, line_id, pace)
            if written is not None:
                return written
            jobs = None
        raise AwsUnavailable(f"the row of video {candidate.video_id} changes all the time")

    async def _write(
        self,
        row: VideoStatus | None,
        jobs: Sequence[Job],
        basis: Basis,
        live: Live,
        terms: Reevaluation,
        line_id: LineId,
        pace: Pace,
    ) -> Outcome | None:
        """None where the video is to be looked at once more: somebody has changed it meanwhile, or the hour has no room
        for a rejection any more.
        """
        results = await self._judging.read(answers_of(jobs))
        if results.deleted:
            return self._gone(row or VideoStatus.new(jobs[0].video), line_id)
        by = Reevaluated(line_id.batch_id, line_id.line, terms.number, *_verdict_and_status(row))
        made = await self._judging.judge(
            results.found,
            jobs[0].video,
            basis,
            live.policy,
            stored=None if row is None else row.verdict,
            reevaluated=by,
        )
        known = asked(VideoStatus.new(jobs[0].video), jobs) if row is None else row
        models = {result.analysis: result.state.model_version for result in results.found}
        verdict = await self._rejections.weigh(made.verdict, models, live, row)
        now = judged(known, verdict, duration_ms=made.duration_ms, cause=Cause.REEVALUATION)
        if now.revision != known.revision:
            await pace.turn()
        try:
            stored = await self._rejections.write(now, row)
        except (ConditionFailed, RejectionBraked):
            return None
        self._metrics.count("VideosReevaluated")
        if row is None or _asks_otherwise(row, stored):
            await self._follow_up(stored)
        return self._outcome(stored, jobs, live, line_id)

    async def _follow_up(self, row: VideoStatus) -> None:
        """Open and close what people are asked, and tell the status. Alerts are raised by answers alone."""
        await self._items.settle(row)
        await self._teller.tell(row)

    def _outcome(self, row: VideoStatus, jobs: Sequence[Job], live: Live, line_id: LineId) -> Outcome:
        assert row.verdict is not None  # noqa: S101 - it was judged
        assert row.verdict.reevaluated is not None  # noqa: S101 - by this
        was = row.verdict.reevaluated
        saying = said(row.verdict, jobs, live.policy.needs, row.status)
        before = Before(was.verdict, was.status)
        return reevaluated(line_id, row.verdict.video, jobs, saying, before, now_ms=self._clock.now_ms())

    def _gone(self, row: VideoStatus, line_id: LineId) -> Outcome:
        assert row.video is not None  # noqa: S101 - what is forgotten is not judged
        video = row.video
        ref = ObjectRef(video.bucket, video.key, video.version_id, video.etag, video.size)
        return skipped(line_id, ref, Reason.RESULT_GONE, _RESULT_GONE, now_ms=self._clock.now_ms())


def _is_due(row: VideoStatus | None, jobs: Sequence[Job], live: Live, terms: Reevaluation) -> bool:
    """Whether a video is to be judged anew."""
    if not answers_of(jobs) or (row is not None and (row.sealed or row.video is None)):
        return False
    known = {} if row is None or row.verdict is None else row.verdict.basis.attempts
    for job in jobs:
        if not job.has_result and job.newest_answer is None and job.analysis in live.policy.needs:
            # Whoever ends it judges.
            return False
        answer = job.newest_answer if job.state is JobState.SETTLED else None
        if answer is not None and answer.attempt > known.get(job.analysis, 0):
            # Whoever delivers it judges, and raises the alerts that a re-evaluation does not raise.
            return False
    if row is None or row.verdict is None:
        return terms.since_ms is None and can_be_judged(jobs, live.policy.needs)
    # A verdict is replaced also where nothing was asked for that this policy needs: it has to say so.
    return row.verdict.basis.epoch < live.epoch and row.verdict.judged_ms >= (terms.since_ms or 0)


def _was_done(row: VideoStatus, live: Live, terms: Reevaluation, line_id: LineId) -> bool:
    """Whether a video has the verdict that this very line has given it in the present pass."""
    if row.verdict is None or row.verdict.basis.epoch != live.epoch or row.verdict.reevaluated is None:
        return False
    was = row.verdict.reevaluated
    return (was.by, was.line, was.number) == (line_id.batch_id, line_id.line, terms.number)


def _verdict_and_status(row: VideoStatus | None) -> tuple[str | None, str | None]:
    if row is None:
        return None, None
    verdict = None if row.verdict is None or row.verdict.verdict is None else str(row.verdict.verdict)
    return verdict, None if row.status is None else str(row.status)


def _asks_otherwise(before: VideoStatus, now: VideoStatus) -> bool:
    """Whether something of what people are asked, or told, may be another than before."""
    return (before.revision, Known.of(before.verdict)) != (now.revision, Known.of(now.verdict))
