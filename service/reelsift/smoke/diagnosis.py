"""Why a hop is not passed."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reelsift.domain.job import QUOTA_FULL, JobState
from reelsift.queries.video_result import describe
from reelsift.reports import wording
from reelsift.smoke.hop import Cause, Hop

if TYPE_CHECKING:
    from collections.abc import Callable

    from reelsift.aws.deployment import Deployment
    from reelsift.domain.job import Job
    from reelsift.smoke.trail import Sighting

_NO_WORKER = (
    "the line waits in the priority queue, and no worker shows: none has reserved a slot (a fleet at zero takes 2 to 4"
    " minutes to wake)"
)


@dataclass(frozen=True, slots=True)
class Scene:
    """What surrounds a line that waits: messages of the priority queue, as far as SQS knows, and the slots.

    A worker that has nothing to do keeps one slot reserved; so where none is, none runs.
    """

    visible: int
    hidden: int
    quota: int
    held: int
    blocked: int
    reserved: int


async def read_scene(deployment: "Deployment", now_ms: int) -> Scene:
    """The scene as it is now."""
    depth = await deployment.queues["priority"].depth_by_state()
    slots = await deployment.slots.all()
    return Scene(
        visible=depth.waiting,
        hidden=depth.in_flight,
        quota=await deployment.quota.value(),
        held=sum(slot.holder is not None for slot in slots),
        blocked=sum(slot.blocked(now_ms) for slot in slots),
        reserved=sum(slot.reserved_until_ms > now_ms for slot in slots),
    )


def held_up(hop: Hop, sighting: "Sighting", scene: Scene) -> tuple[str, Cause]:
    """Why `hop` is not passed yet as far as can be seen: in a sentence, and what that comes to if it never is."""
    if hop is Hop.QUEUE:
        return _in_queue(scene)
    job = sighting.job
    if job is None:
        return "a worker has the line, and has written no job for it", Cause.WORKER_STUCK
    if hop is Hop.START:
        return _not_started(job)
    if hop is Hop.RESULT and job.state is JobState.RUNNING:
        return _before_poll(job, sighting.at_ms), Cause.NOT_NOTIFIED
    state, cause = _STATES[hop]
    return state(job, sighting), cause


def _in_queue(scene: Scene) -> tuple[str, Cause]:
    if scene.hidden and not scene.visible:
        return "a worker has received the line, and has not recorded it", Cause.WORKER_STUCK
    if not scene.visible:
        return "the line has left the priority queue without a trace", Cause.LINE_LOST
    if scene.held >= scene.quota:
        return f"all {scene.quota} slots are in use, so the line waits for its turn", Cause.SLOTS_IN_USE
    if scene.held + scene.blocked >= scene.quota:
        return "other applications use up the account's quota of open jobs", Cause.QUOTA_USED_UP
    if scene.reserved:
        return "a worker runs, and has not taken the line off the priority queue", Cause.WORKER_STUCK
    return _NO_WORKER, Cause.NO_WORKER


def _not_started(job: "Job") -> tuple[str, Cause]:
    if job.start.refusal is None:
        return f"Rekognition has not accepted it: {describe(job)}", Cause.WORKER_STUCK
    state = f"{job.start.refusal}; attempt {job.attempt} is due"
    return state, Cause.QUOTA_USED_UP if job.start.refusal == QUOTA_FULL else Cause.START_FORBIDDEN


def _not_ended(job: "Job", sighting: "Sighting") -> str:
    rekognition = sighting.rekognition
    if job.failures:
        return f"Rekognition failed {wording.count(job.failures, 'attempt')} of it, and it is tried again"
    if rekognition is None:
        return f"{describe(job)}; Rekognition was not asked, or these credentials may not ask it"
    return f"Rekognition says {rekognition}: {describe(job)}"


def _before_poll(job: "Job", now_ms: int) -> str:
    wait = wording.span(max(0, (job.due_at_ms or now_ms) - now_ms))
    return f"the result comes when a worker looks at the job by itself, in {wait}, which is not waited for"


def _not_notified(_job: "Job", _sighting: "Sighting") -> str:
    return "Rekognition has ended, and no worker has been told"


def _not_stored(job: "Job", _sighting: "Sighting") -> str:
    return f"the answer is not stored: {describe(job)}"


def _not_closed(job: "Job", sighting: "Sighting") -> str:
    if sighting.outcome is None:
        return "the result is stored, and the line has no outcome"
    return f"the line has its outcome, and the job is not closed: {job.state}"


def _not_alerted(_job: "Job", _sighting: "Sighting") -> str:
    return "an alert is due, and is not sent"


_STATES: "dict[Hop, tuple[Callable[[Job, Sighting], str], Cause]]" = {
    Hop.ANALYSIS: (_not_ended, Cause.NOT_ENDED),
    Hop.NOTIFICATION: (_not_notified, Cause.NOT_NOTIFIED),
    Hop.RESULT: (_not_stored, Cause.NOT_STORED),
    Hop.OUTCOME: (_not_closed, Cause.NOT_CLOSED),
    Hop.ALERT: (_not_alerted, Cause.NOT_ALERTED),
}
