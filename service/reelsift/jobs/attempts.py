"""The message of a due attempt."""

from contextlib import suppress

from reelsift.aws.deployment import Deployment
from reelsift.aws.table import ConditionFailed
from reelsift.domain.job import Job
from reelsift.manifests.messages import AttemptMessage, encode_attempt
from reelsift.runtime.clock import Clock, as_ms
from reelsift.runtime.timings import Timings


class Attempts:
    """Sends WAITING jobs on."""

    def __init__(self, deployment: Deployment, timings: Timings, clock: Clock) -> None:
        self._deployment = deployment
        self._timings = timings
        self._clock = clock

    async def send(self, job: Job, *, delay_s: int = 0) -> None:
        """Send the message of a WAITING job's due attempt, and only then stop watching over it closely.

        Behind a long queue the message may rightly wait for days: sending it again at each check would only make the
        queue longer.
        """
        queue = self._deployment.intake_for(priority=job.asked.priority)
        body = encode_attempt(AttemptMessage(job.key.video_id, job.analysis, job.attempt))
        await queue.send([body], delay_s=delay_s)
        with suppress(ConditionFailed):
            await self._deployment.jobs.postpone(job, self._clock.now_ms() + as_ms(self._timings.lost_message_s))
