"""AWS fails over one video for ever, while it answers about every other: after a bounded time that has an end."""

from dataclasses import replace
from functools import partial

import structlog

from reelsift.aws.jobs import Jobs
from reelsift.aws.objects import Videos
from reelsift.aws.rekognition import Rekognition
from reelsift.aws.remembered import RememberedByKey
from reelsift.aws.table import ConditionFailed
from reelsift.domain import transitions
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.job import Job
from reelsift.domain.line import Line
from reelsift.domain.trouble import Trouble
from reelsift.jobs.giving_up import GivingUp
from reelsift.runtime.clock import Clock, as_ms
from reelsift.runtime.timings import Timings
from reelsift.settings import Settings

_log = structlog.get_logger(__name__)


class Troubles:
    """Measures trouble in rows and messages, so that it outlives workers, and ends what has had too much of it.

    Only time in which AWS answered a probe counts: an outage ends nothing. Probes are shared by all that is in trouble.
    """

    def __init__(
        self,
        *,
        jobs: Jobs,
        rekognition: Rekognition,
        videos: Videos,
        giving_up: GivingUp,
        settings: Settings,
        timings: Timings,
        clock: Clock,
    ) -> None:
        self._jobs = jobs
        self._rekognition = rekognition
        self._videos = videos
        self._giving_up = giving_up
        self._limit_ms = as_ms(settings.trouble_limit_s)
        self._timings = timings
        self._clock = clock
        self._up: RememberedByKey[str, bool] = RememberedByKey(
            lambda _: timings.probe_fresh_s, monotonic=clock.monotonic
        )

    async def with_rekognition(self, job: Job, cause: str, *, recheck_s: float) -> Job | None:
        """Note that Rekognition has failed over a job once more; it is checked again after `recheck_s`.

        Returns the job as it is written. None where another worker has it, or where it has had too much trouble and is
        given up: as `start_unknown` if it is STARTING, else as `rekognition_failed`.
        """
        up = await self._up.get(job.analysis, partial(self._rekognition.is_up, job.analysis))
        return await self._met(job, cause, Reason.REKOGNITION_FAILED, up=up, recheck_s=recheck_s)

    async def with_object(self, job: Job, cause: str, *, recheck_s: float) -> Job | None:
        """The same, where S3 fails over the object of a job whose answer is there: it ends as `s3_failed`."""
        up = await self._object_is_up(job.video.bucket)
        return await self._met(job, cause, Reason.S3_FAILED, up=up, recheck_s=recheck_s)

    async def of_line(self, line: Line, cause: str) -> Line | Failure:
        """Note that S3 has failed over the object of a line once more.

        Returns the line as it is to be sent anew, or how it ends.
        """
        up = await self._object_is_up(line.ref.bucket)
        trouble = self._after(line.trouble, cause, up=up)
        if up and trouble.ms >= self._limit_ms:
            return Failure(Reason.S3_FAILED, self._why(trouble))
        return replace(line, trouble=trouble)

    async def _object_is_up(self, bucket: str) -> bool:
        return await self._up.get(f"s3://{bucket}", partial(self._videos.is_up, bucket))

    async def _met(self, job: Job, cause: str, reason: Reason, *, up: bool, recheck_s: float) -> Job | None:
        trouble = self._after(job.trouble, cause, up=up)
        if up and trouble.ms >= self._limit_ms:
            await self._giving_up.give_up(job, reason, self._why(trouble))
            return None
        due_at_ms = self._clock.now_ms() + as_ms(recheck_s)
        try:
            troubled = await self._jobs.change(
                job, transitions.troubled(job, trouble, due_at_ms=due_at_ms), unchanged=("due_at",)
            )
        except ConditionFailed:
            return None
        _log.warning("trouble", state=job.state, answers_others=up, trouble_s=trouble.ms // 1000, error=cause)
        return troubled

    def _after(self, trouble: Trouble, cause: str, *, up: bool) -> Trouble:
        longest_ms = as_ms(self._timings.longest_trouble_gap_s)
        return trouble.met(cause, now_ms=self._clock.now_ms(), up=up, longest_ms=longest_ms)

    def _why(self, trouble: Trouble) -> str:
        return f"for {trouble.ms // 1000} s AWS has failed over it while it answered about others ({trouble.cause})"
