"""Completions: Rekognition's hints that a job has ended."""

import asyncio

import structlog

from reelsift.aws.errors import is_outage
from reelsift.aws.jobs import Jobs
from reelsift.aws.queue import BATCH_MESSAGES, Message, Queue
from reelsift.domain.job import JobState, parse_job_tag
from reelsift.jobs.giving_up import GivingUp
from reelsift.jobs.status_poller import StatusPoller
from reelsift.manifests.messages import RejectedMessage
from reelsift.manifests.notification import Completion, parse_completions
from reelsift.messages.dead_letters import DeadLetters
from reelsift.runtime.clock import Clock
from reelsift.runtime.faults import Faults
from reelsift.runtime.heartbeat import Heartbeat
from reelsift.runtime.tasks import Tasks
from reelsift.runtime.timings import Timings
from reelsift.settings import Settings

_IN_SLOT = frozenset({JobState.STARTING, JobState.RUNNING})

AHEAD = 8
"""Completions in hand beside as many answers as are read at a time: a slot is freed before its answer is paged, and
must not wait for the pages of others either."""

_log = structlog.get_logger(__name__)


class Completions:
    """Receives completions and checks the jobs they name. Early, doubled, stale and foreign ones do no harm."""

    def __init__(
        self,
        *,
        queue: Queue,
        jobs: Jobs,
        status_poller: StatusPoller,
        giving_up: GivingUp,
        dead_letters: DeadLetters,
        heartbeat: Heartbeat,
        faults: Faults,
        settings: Settings,
        stop: asyncio.Event,
        timings: Timings,
        clock: Clock,
    ) -> None:
        self._queue = queue
        self._jobs = jobs
        self._status_poller = status_poller
        self._giving_up = giving_up
        self._dead_letters = dead_letters
        self._heartbeat = heartbeat
        self._faults = faults
        self._settings = settings
        self._stop = stop
        self._timings = timings
        self._clock = clock
        self._tasks = Tasks(faults, timings, clock)

    async def step(self) -> None:
        """One receive, once there is room for what it brings."""
        room = await self._tasks.room(self._settings.collectors + AHEAD)
        if not room:
            return
        receive = asyncio.create_task(
            self._queue.receive(
                min(room, BATCH_MESSAGES),
                wait_s=self._settings.receive_wait_s,
                visibility_s=self._settings.visibility_s,
            )
        )
        stopped = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({receive, stopped}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
            if not receive.done():
                # A stopping worker does not sit its poll out. A completion received just then comes again.
                receive.cancel()
        if self._stop.is_set() and not receive.done():
            return
        for message in await receive:
            self._tasks.spawn(self._handle(message))

    async def drain(self) -> None:
        """Wait until what was received is done with."""
        await self._tasks.join()

    async def _handle(self, message: Message) -> None:
        with self._heartbeat.hold(self._queue, message):
            try:
                await self._process(message)
                await self._queue.delete([message.receipt])
            except Exception as error:  # noqa: BLE001 - one message's failure must not become the loop's
                if not is_outage(error):
                    self._faults.swallow("completion_failed", error, message=message.id, receives=message.receives)
                    return
                again_in_s = self._timings.completion_retry_s
                _log.warning("aws_unavailable", error=f"{type(error).__name__}: {error}", again_in_s=again_in_s)
                await self._leave(message)

    async def _leave(self, message: Message) -> None:
        try:
            await self._queue.hide([message.receipt], self._timings.completion_retry_s)
        except Exception as error:
            if not is_outage(error):
                raise

    async def _process(self, message: Message) -> None:
        rejected: RejectedMessage | None = None
        for completion in parse_completions(message.body):
            if isinstance(completion, RejectedMessage):
                rejected = completion
            else:
                await self._follow(completion)
        if rejected is not None:
            await self._dead_letters.take("completion", message, rejected.reason, rejected.message)

    async def _follow(self, completion: Completion) -> None:
        attempt = parse_job_tag(self._settings.deployment, completion.job_tag)
        if attempt is None:
            _log.debug("foreign_completion", job_id=completion.job_id)
            return
        job = await self._jobs.get(attempt.key)
        if job is None or job.attempt != attempt.number or job.state not in _IN_SLOT:
            _log.debug("stale_completion", job_id=completion.job_id)
            return
        with structlog.contextvars.bound_contextvars(
            job=str(attempt.key),
            video_id=attempt.key.video_id,
            attempt=attempt.number,
            batch=job.asked.by.batch_id,
            line=job.asked.by.line,
        ):
            try:
                await self._status_poller.check(job, completion)
            except Exception as error:
                if is_outage(error):
                    raise
                # The row knows of it, and is due again soon: the completion has done all that it can.
                self._faults.swallow("job_failed", error)
                await self._giving_up.program_failed(attempt, error)
