"""Reads a clip's line, job and verdict, and asks Rekognition itself where no worker has heard of the job for long."""

import time
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from reelsift.aws.rekognition import ResultExpired
from reelsift.domain.job import JobState
from reelsift.runtime.clock import now_ms
from reelsift.smoke.hop import Hop
from reelsift.smoke.trail import Sighting

if TYPE_CHECKING:
    from reelsift.aws.deployment import Deployment
    from reelsift.domain.job import Job, JobKey
    from reelsift.domain.line import LineId

ASK_AFTER_S = 20.0
"""A job that has run for so long is asked for at Rekognition itself."""

ASK_S = 10.0
"""Between two such questions: AWS throttles who polls Get*."""

_WAITERS = 100
"""Lines read of those that wait for a job: nobody else knows the clip but its bucket's own events."""


class Watch:
    """Reads the rows of one line and its job again and again."""

    def __init__(self, deployment: "Deployment", line: "LineId", key: "JobKey") -> None:
        self._deployment = deployment
        self._line = line
        self._key = key
        self._running_since: float | None = None
        self._ask_at = 0.0
        self._rekognition: str | None = None

    async def sight(self, pending: Hop | None) -> Sighting:
        """Line, job and verdict as they are now, and what else `pending`, the hop to be passed next, depends on."""
        outcome = await self._deployment.outcomes.get(self._line)
        job = await self._deployment.jobs.get(self._key)
        waits = False
        if pending is Hop.QUEUE and job is not None and job.asked.by != self._line:
            waiters = await self._deployment.waiters.of_job(self._key, _WAITERS)
            waits = any(waiter.line.id == self._line for waiter in waiters)
        if pending is Hop.ANALYSIS and job is not None and job.state is JobState.RUNNING:
            await self._ask(job)
        row = await self._deployment.reviews.get(self._key.video_id) if outcome is not None else None
        verdict = None if row is None else row.verdict
        return Sighting(now_ms(), job, outcome, waits, self._rekognition, verdict)

    async def _ask(self, job: "Job") -> None:
        """Whether Rekognition has ended what no worker has heard of. These credentials may not be allowed to ask."""
        now = time.monotonic()
        if self._running_since is None:
            self._running_since = now
            self._ask_at = now + ASK_AFTER_S
        if now < self._ask_at or job.start.job_id is None:
            return
        self._ask_at = now + ASK_S
        try:
            page = await self._deployment.rekognition.page(job.analysis, job.start.job_id)
        except (ClientError, ResultExpired):
            self._rekognition = None
        else:
            self._rekognition = str(page.get("JobStatus"))
