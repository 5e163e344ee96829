"""Why a hop is not passed, and what to do first."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reelsift.cli.smoke.hop import Hop
from reelsift.cli.smoke.remedies import LOGS, mend_of
from reelsift.domain.job import JobState
from reelsift.jobs.starter import QUOTA_FULL
from reelsift.queries.video_result import describe
from reelsift.reports import wording

if TYPE_CHECKING:
    from collections.abc import Callable

    from reelsift.aws.deployment import Deployment
    from reelsift.cli.smoke.trail import Sighting
    from reelsift.domain.job import Job

_NO_WORKER = (
    "the line waits in the priority queue, and no worker shows: none has reserved a slot (a fleet at zero takes 2 to 4"
    " minutes to wake)"
)
_SEE_TASKS = (
    "see whether tasks run: the service's events in ECS, then the workers' log; CloudWatch sees a queue that was idle"
    " for six hours up to 15 minutes late, so try again with a longer --timeout"
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
    queue = deployment.queues["priority"]
    answer = await queue.client.get_queue_attributes(
        QueueUrl=queue.url,
        AttributeNames=[
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesDelayed",
            "ApproximateNumberOfMessagesNotVisible",
        ],
    )
    counts = {name: int(number) for name, number in answer["Attributes"].items()}
    hidden = counts.get("ApproximateNumberOfMessagesNotVisible", 0)
    slots = await deployment.slots.all()
    return Scene(
        visible=sum(counts.values()) - hidden,
        hidden=hidden,
        quota=await deployment.quota.value(),
        held=sum(slot.holder is not None for slot in slots),
        blocked=sum(slot.blocked(now_ms) for slot in slots),
        reserved=sum(slot.reserved_until_ms > now_ms for slot in slots),
    )


def held_up(hop: Hop, sighting: "Sighting", scene: Scene) -> tuple[str, str]:
    """Why `hop` is not passed yet, as far as can be seen, and what to do if it never is."""
    if hop is Hop.QUEUE:
        return _in_queue(scene)
    job = sighting.job
    if job is None:
        return "a worker has the line, and has written no job for it", LOGS
    if hop is Hop.START:
        return _not_started(job)
    if hop is Hop.RESULT and job.state is JobState.RUNNING:
        return _before_look(job, sighting.at_ms), mend_of(Hop.NOTIFICATION)
    return _STATES[hop](job, sighting), mend_of(hop)


def _in_queue(scene: Scene) -> tuple[str, str]:
    if scene.hidden and not scene.visible:
        return "a worker has received the line, and has not recorded it", LOGS
    if not scene.visible:
        return "the line has left the priority queue without a trace", "`reelsift redrive` shows dead letters; " + LOGS
    if scene.held >= scene.quota:
        later = "try again when less is going on, or with a longer --timeout"
        return f"all {scene.quota} slots are in use, so the line waits for its turn", later
    if scene.held + scene.blocked >= scene.quota:
        share = "set REELSIFT_QUOTA to this deployment's share of the quota, or try again later"
        return "other applications use up the account's quota of open jobs", share
    if scene.reserved:
        return "a worker runs, and has not taken the line off the priority queue", LOGS
    return _NO_WORKER, _SEE_TASKS


def _not_started(job: "Job") -> tuple[str, str]:
    if job.start.refusal is None:
        return f"Rekognition has not accepted it: {describe(job)}", LOGS
    state = f"{job.start.refusal}; attempt {job.attempt} is due"
    if job.start.refusal == QUOTA_FULL:
        return state, "set REELSIFT_QUOTA to this deployment's share of the quota, or try again later"
    return state, (
        "allow the workers' role the Start operation, iam:PassRole for Rekognition's role, and to read the bucket"
    )


def _not_ended(job: "Job", sighting: "Sighting") -> str:
    rekognition = sighting.rekognition
    if job.failures:
        return f"Rekognition failed {wording.count(job.failures, 'attempt')} of it, and it is tried again"
    if rekognition is None:
        return f"{describe(job)}; Rekognition was not asked, or these credentials may not ask it"
    return f"Rekognition says {rekognition}: {describe(job)}"


def _before_look(job: "Job", now_ms: int) -> str:
    wait = wording.span(max(0, (job.due_at_ms or now_ms) - now_ms))
    return f"the result comes when a worker looks at the job by itself, in {wait}, which is not waited for"


def _not_told(_job: "Job", _sighting: "Sighting") -> str:
    return "Rekognition has ended, and no worker has been told"


def _not_stored(job: "Job", _sighting: "Sighting") -> str:
    return f"the answer is not stored: {describe(job)}"


def _not_closed(job: "Job", sighting: "Sighting") -> str:
    if sighting.outcome is None:
        return "the result is stored, and the line has no outcome"
    return f"the line has its outcome, and the job is not closed: {job.state}"


def _not_alerted(_job: "Job", _sighting: "Sighting") -> str:
    return "an alert is due, and is not sent"


_STATES: "dict[Hop, Callable[[Job, Sighting], str]]" = {
    Hop.ANALYSIS: _not_ended,
    Hop.NOTIFICATION: _not_told,
    Hop.RESULT: _not_stored,
    Hop.OUTCOME: _not_closed,
    Hop.ALERT: _not_alerted,
}
