"""Videos of identical content: one of them is analysed, and the others take its answer over."""

from dataclasses import dataclass

import structlog

from reelsift.aws.claims import Claim, Claims, Content
from reelsift.aws.errors import AwsUnavailable
from reelsift.aws.jobs import Jobs
from reelsift.aws.table import ConditionFailed
from reelsift.domain import transitions
from reelsift.domain.job import Job, JobKey
from reelsift.jobs.attempts import Attempts
from reelsift.runtime.clock import Clock, as_ms
from reelsift.runtime.timings import Timings
from reelsift.settings import Settings

CLAIM_TRIES = 10

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Owner:
    """The video that is analysed for all of its content: its job, as far as there is one, and whether that has an
    answer to share already.
    """

    video_id: str
    job: Job | None = None
    ready: bool = False


class Sharing:
    """Decides who owns a content. The owner goes the way of every job; the jobs that share with it wait for its end,
    and the reconcilers check on them.
    """

    def __init__(
        self,
        *,
        jobs: Jobs,
        claims: Claims,
        attempts: Attempts,
        settings: Settings,
        timings: Timings,
        clock: Clock,
    ) -> None:
        self._jobs = jobs
        self._claims = claims
        self._attempts = attempts
        self._settings = settings
        self._timings = timings
        self._clock = clock

    async def owner(self, job: Job) -> Owner | None:
        """Whose analysis `job` is to share, or None where it is to be analysed itself: then it has the claim.

        A claim passes on where its owner has failed, has vanished, or was analysed with other settings. The claim is
        the only truth, whatever `duplicate_of_id` says: so nobody ever waits for one who waits for him.
        """
        content = _content(job)
        for _ in range(CLAIM_TRIES):
            claim = await self._claims.get(content)
            mine = Claim(job.video.video_id, job.asked.model_settings, self._clock.now_ms())
            if claim is not None and claim.model_settings == job.asked.model_settings:
                if claim.owner == mine.owner:
                    return None
                owner = await self._owner(job, claim)
                if owner is not None:
                    return owner
            try:
                await self._claims.take(content, mine, was=claim)
            except ConditionFailed:
                continue
            return None
        raise AwsUnavailable(f"the claim on the content of {job.video.uri} changes all the time")

    def following(self, job: Job, owner: Owner) -> Job:
        """The job as it waits for the owner of its content."""
        due_at_ms = self._clock.now_ms() + (0 if owner.ready else as_ms(self._timings.first_owner_check_s))
        return transitions.following(job, owner.video_id, due_at_ms=due_at_ms)

    async def check(self, job: Job) -> Job | None:
        """Check on the owner that a WAITING job follows. Returns the job, now COLLECTING, where the owner's answer can
        be read by now.

        Raises ConditionFailed where another worker was first.
        """
        owner = await self.owner(job)
        if owner is None:
            # The claim is this job's by now: it is a due attempt like any other.
            due_at_ms = self._clock.now_ms() + as_ms(self._settings.recheck_waiting_s)
            due = await self._jobs.change(job, transitions.following_nobody(job, due_at_ms=due_at_ms))
            _log.info("sharing_ended", then="analysed itself")
            await self._attempts.send(due)
            return None
        now = self._clock.now_ms()
        if owner.job is None or not owner.ready:
            await self._jobs.change(
                job, transitions.following(job, owner.video_id, due_at_ms=now + self._pause_ms(owner.job, now))
            )
            return None
        _log.info("result_shared", owner=owner.job.video.uri)
        due_at_ms = now + as_ms(self._settings.recheck_collecting_s)
        return await self._jobs.change(job, transitions.taking_over(job, owner.job, now_ms=now, due_at_ms=due_at_ms))

    async def disown(self, job: Job, why: str) -> None:
        """Give up on an owner's answer that cannot be read: this job takes the claim, unless another has by now."""
        _log.warning("shared_answer_lost", owner=job.content.result_from_uri, error=why)
        content = _content(job)
        claim = await self._claims.get(content)
        try:
            if claim is not None and claim.owner == job.content.duplicate_of_id:
                mine = Claim(job.video.video_id, job.asked.model_settings, self._clock.now_ms())
                await self._claims.take(content, mine, was=claim)
            await self._jobs.change(job, transitions.disowned(job, due_at_ms=self._clock.now_ms()))
        except ConditionFailed:
            # It is checked again: whatever was written meanwhile is met then.
            return

    async def _owner(self, job: Job, claim: Claim) -> Owner | None:
        """The owner of a claim, where it has, or will have, an answer that is this job's too."""
        owner = await self._jobs.get(JobKey(claim.owner, job.analysis))
        # Its row may still be that of an earlier attempt, or none, for a moment.
        fresh = self._clock.now_ms() - claim.claimed_ms < as_ms(self._timings.vanished_owner_s)
        if owner is None:
            return Owner(claim.owner) if fresh else None
        same = owner.content.sha256 == job.content.sha256 and owner.asked.model_settings == job.asked.model_settings
        if not owner.has_result:
            return Owner(claim.owner, owner) if same else None
        if same and owner.result.failure is None:
            return Owner(claim.owner, owner, ready=True)
        return Owner(claim.owner, owner) if fresh and (owner.times.settled_ms or 0) < claim.claimed_ms else None

    def _pause_ms(self, owner: Job | None, now: int) -> int:
        """How long to leave the owner alone: half as long as it has been at it."""
        first, longest = as_ms(self._timings.first_owner_check_s), as_ms(self._timings.longest_owner_check_s)
        began = owner.times.starting_ms if owner is not None else None
        return first if began is None else min(longest, max(first, (now - began) // 2))


def _content(job: Job) -> Content:
    if job.content.sha256 is None or job.video.size is None:
        raise ValueError(f"{job.current} shares a content that is not known")
    return Content(job.content.sha256, job.video.size, job.analysis)
