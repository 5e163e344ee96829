"""Jobs that a person gives up: nothing more is to be waited for."""

from collections.abc import Collection, Sequence

from reelsift.aws.deployment import Deployment
from reelsift.domain import transitions
from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Reason
from reelsift.domain.giving_up import given_up
from reelsift.domain.job import Job
from reelsift.domain.video import VIDEO_ID
from reelsift.errors import NotAVideo, NothingToGiveUp, VideoSealed
from reelsift.jobs.attempts import Attempts
from reelsift.jobs.slot_pool import SlotPool
from reelsift.manifests.locations import is_location, read_object_location
from reelsift.runtime.clock import Clock, SystemClock
from reelsift.runtime.timings import Timings

WHY = "somebody gave it up"

_TRIES = 5
"""A worker may replay the Start of a job at any moment: then its end has to be written anew."""

_NOBODY = "by hand"


async def jobs_to_give_up(deployment: Deployment, named: str, analyses: Collection[Analysis] = ()) -> list[Job]:
    """The jobs of a video that have no result, of these analyses or of all.

    `named` is a video id, or `s3://bucket/key`: whatever the object holds, or held when it was started. S3 is not
    asked, since it may be what fails. Raises NotAVideo, NothingToGiveUp, and VideoSealed: of a sealed video workers end
    what is under way.
    """
    if VIDEO_ID.fullmatch(named):
        jobs = await deployment.jobs.of_video(named)
    elif not is_location(named):
        raise NotAVideo(named)
    else:
        try:
            ref = read_object_location(named)
        except ValueError as error:
            raise NotAVideo(named, str(error)) from error
        jobs = await deployment.jobs.open_of_object(ref.bucket, ref.key)
    chosen = [job for job in jobs if not job.has_result and (not analyses or job.analysis in analyses)]
    if not chosen:
        raise NothingToGiveUp(named)
    row = await deployment.reviews.get(chosen[0].key.video_id)
    if row is not None and row.sealed:
        raise VideoSealed(row.video_id)
    return chosen


async def give_up(deployment: Deployment, jobs: Sequence[Job], clock: Clock = SystemClock()) -> list[Job]:
    """End jobs without a result, and free their slots. Returns those that had not ended by themselves meanwhile, as
    they are now; workers end the lines that wait for them.

    A Start that was perhaps accepted ends as `start_unknown`, everything else as `gave_up`; what the attempt has
    reserved of budgets counts as spent.
    """
    settings, timings = deployment.settings, Timings()
    pool = SlotPool(deployment.slots, deployment.quota, _NOBODY, settings, timings, clock)
    pool.stop()  # a slot that is freed here is for whoever comes
    attempts = Attempts(
        jobs=deployment.jobs,
        slots=deployment.slots,
        budgets=deployment.budgets,
        begun=deployment.queues["begun"],
        pool=pool,
        owner=_NOBODY,
        timings=timings,
        clock=clock,
    )
    ended = [await _give_up(deployment, attempts, job, clock.now_ms()) for job in jobs]
    return [job for job in ended if job is not None]


async def _give_up(deployment: Deployment, attempts: Attempts, job: Job, now_ms: int) -> Job | None:
    current: Job | None = job
    for _ in range(_TRIES):
        if current is None or current.has_result:
            return None
        failure = given_up(current, Reason.GAVE_UP, WHY)
        # Due at once: the next worker that looks closes it.
        failed = transitions.failed(current, failure, now_ms=now_ms, due_at_ms=now_ms)
        ended = await attempts.fail(current, failed, spent_micros=current.reserved.micros)
        if ended is not None:
            return ended
        current = await deployment.jobs.get(job.key)
    return None
