"""COLLECTING: whoever is long at an answer moves the time at which others would look for it."""

from reelsift.aws.deployment import Deployment
from reelsift.domain.job import Job
from reelsift.runtime.clock import Clock


class Lease:
    """A COLLECTING job whose time to look this worker has just written; `job` is its row as it is known here."""

    def __init__(self, deployment: Deployment, job: Job, clock: Clock) -> None:
        self._clock = clock
        self.job = job
        self._deployment = deployment
        self.half_s = deployment.settings.recheck_collecting_s / 2
        self._renew_at = self._half_time()

    async def keep(self) -> None:
        """Move the time once half of it has passed, also in this worker's sleep. Raises ConditionFailed where somebody
        else has taken the job up.
        """
        if self._clock.monotonic() > self._renew_at:
            self.job = await self._deployment.jobs.postpone(self.job, self._clock.now_ms() + int(self.half_s * 2000))
            self._renew_at = self._half_time()

    def _half_time(self) -> float:
        """By the clock that wrote the time: what it took to write it, and to come here, is gone from it."""
        return self._clock.monotonic() + ((self.job.due_at_ms or 0) - self._clock.now_ms()) / 1000 - self.half_s
