"""A job: one analysis of one video, through its attempts and states."""

import hashlib
import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from reelsift.domain.analyses.options import Values
from reelsift.domain.analysis import Analysis
from reelsift.domain.context import Context
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.line import Line, LineId
from reelsift.domain.trouble import NO_TROUBLE, Trouble
from reelsift.domain.video import Video

QUOTA_FULL = "the account's quota of open jobs is used up by other applications"
"""What a job's row says of a LimitExceededException under a held slot."""

REPLAY_LIMIT_MS = 6 * 24 * 3600 * 1000
"""A replay is not sent later than this. Rekognition forgets a client request token after 7 days (developer guide):
a day's margin before the same token would start a second, billed job.
"""


class JobState(StrEnum):
    """Where a job stands. Every state but CLOSED carries the time to check on the job."""

    WAITING = "WAITING"
    """A further attempt is due; its intake message is on its way."""
    STARTING = "STARTING"
    """A slot is bound and Start* was, or is about to be, sent."""
    RUNNING = "RUNNING"
    """Rekognition has named a JobId."""
    COLLECTING = "COLLECTING"
    """Rekognition has ended, the slot is free, the answer is being read."""
    SETTLED = "SETTLED"
    """The result is fixed; the verdict of the video, outcomes and alerts are pending."""
    CLOSED = "CLOSED"
    """All is written."""


_ATTEMPT = re.compile(r"[0-9a-f]{40}:[0-9]{1,9}")
"""Video id and attempt of a JobTag."""

LET_GO = frozenset({Reason.CANCELLED, Reason.MAX_COST})
"""Why a job is given up before any attempt of it ran: the batch that asked for it was paused or stopped."""

RESULT_STATES = frozenset({JobState.SETTLED, JobState.CLOSED})


@dataclass(frozen=True, slots=True)
class JobKey:
    """Names a job: the key of its row."""

    video_id: str
    analysis: Analysis

    def __str__(self) -> str:
        return f"{self.video_id}/{self.analysis}"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a job: at most one Rekognition JobId. `number` only counts up, from 1."""

    key: JobKey
    number: int

    def __str__(self) -> str:
        return f"{self.key}/{self.number}"

    @classmethod
    def parse(cls, text: str) -> "Attempt":
        """The attempt that `str()` wrote, as a slot names its holder. Raises ValueError for anything else."""
        video_id, analysis, number = text.split("/")
        return cls(JobKey(video_id, Analysis(analysis)), int(number))


@dataclass(frozen=True, slots=True)
class StartSettings:
    """What the deployment adds to every Start*: where Rekognition reports, and the values of the analyses' options."""

    deployment: str
    topic_arn: str
    role_arn: str
    options: Values = field(default_factory=dict, hash=False)

    def model_settings(self, analysis: Analysis) -> str:
        """What of this changes the answer, as JSON: results of other model settings are not reused."""
        return analysis.spec.model_settings(self.options)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the current attempt, and by whom."""

    by: LineId
    """The line that pays for the attempt."""
    model_settings: str
    """`StartSettings.model_settings` at its start: results of other settings are not reused."""
    at_ms: int = 0
    """When that line was submitted (epoch milliseconds)."""
    context: Context | None = field(default=None, hash=False)
    """What that line says about the video; what another one says of it where that says nothing."""


@dataclass(frozen=True, slots=True)
class Start:
    """How far the start of the current attempt is."""

    slot: int | None = None
    """The slot it holds: while STARTING and RUNNING, and at no other time."""
    input: str | None = None
    """The whole input of Start* (JSON), to be replayed verbatim; only while STARTING."""
    sends: int = 0
    """How many processes may have sent it."""
    job_id: str | None = None
    """Rekognition's name for the attempt. Of an answer that was taken over, the name that the owner's attempt had."""
    refusal: str | None = None
    """Why the last attempt's Start was taken back, until the next is sent."""
    imported_from: str | None = None
    """Where the recorded answer lay that was brought in: nothing was started."""


@dataclass(frozen=True, slots=True)
class Reserved:
    """What an attempt has reserved of budgets, in millionths of a dollar; nothing unless STARTING or RUNNING."""

    micros: int = 0
    batch_id: str | None = None
    """The batch whose budget it is reserved of; None where that has no limit."""
    day: str | None = None
    """The day (ISO date, UTC) whose budget it is reserved of; None where days have no limit."""


@dataclass(frozen=True, slots=True)
class Result:
    """What is known of the video: duration and bill once Rekognition has ended, all else once SETTLED."""

    failure: Failure | None = None
    """Why there is no answer."""
    duration_ms: int | None = None
    """The length of the video."""
    billed_ms: int = 0
    """The video time that was paid for; 0 where the answer was taken over."""
    model_version: str | None = None
    peak_label: str | None = None
    peak_confidence: float | None = None
    """The most confident label, 0-100. None where what was found are no labels (`AnalysisSpec.finds_labels`)."""
    top_labels: tuple[tuple[str, float], ...] = ()
    """The most confident labels with their peaks, 0-100; none where what was found are no labels."""
    raw_key: str | None = None
    """Where the work bucket keeps Rekognition's answer as it came."""
    result_key: str | None = None
    """Where the work bucket keeps the result: its segments."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An attempt that has an answer, and where the work bucket keeps the result that was made of it."""

    attempt: int
    result_key: str
    settled_ms: int | None = None
    """When the result was fixed (epoch milliseconds)."""


@dataclass(frozen=True, slots=True)
class Times:
    """When the current attempt reached its states, in epoch milliseconds; None where it has not."""

    created_ms: int
    """When the job was first written, whatever attempts came since."""
    starting_ms: int | None = None
    running_ms: int | None = None
    ended_ms: int | None = None
    """When Rekognition ended it, as its completion says; else when a worker found that."""
    completion_received_ms: int | None = None
    """When Rekognition's completion reached a worker; None where a check found that the analysis had ended."""
    settled_ms: int | None = None
    closed_ms: int | None = None

    @property
    def slot_ms(self) -> int:
        """How long the attempt that ended held its slot."""
        return max(0, (self.ended_ms or 0) - self.starting_ms) if self.starting_ms and self.ended_ms else 0


@dataclass(frozen=True, slots=True)
class SharedContent:
    """How a video relates to others of identical content: it may wait for one's job instead of starting its own."""

    sha256: str | None = None
    """The content's SHA-256 (hexadecimal), where it is known."""
    duplicate_of_id: str | None = None
    """The id of the video whose analysis is waited for, or was taken over."""
    result_from_uri: str | None = None
    """The URI of that video, once its answer is taken over."""


@dataclass(frozen=True, slots=True)
class Job:
    """The row of a job: what was asked, and how far its current attempt is. `domain.transitions` changes it."""

    video: Video
    analysis: Analysis
    attempt: int
    """Counts up from 1."""
    state: JobState
    asked: Asked
    times: Times
    due_at_ms: int | None = None
    """When to check on it if nobody has by then (epoch milliseconds); None once CLOSED."""
    failures: int = 0
    """How many attempts in a row have failed and were tried again."""
    start: Start = Start()
    reserved: Reserved = Reserved()
    result: Result = Result()
    content: SharedContent = SharedContent()
    trouble: Trouble = NO_TROUBLE
    """How long AWS has failed over the current attempt alone."""
    program_failures: int = 0
    """How often this program has failed over the job in its current state."""
    taken_up: int = 0
    """How often a worker has taken the job up to repeat what its current state asks for, and has not put it down again:
    each of them has died over it, but for one that is perhaps still at it.
    """
    earlier: Answered | None = None
    """The newest answer of the attempts before the current one: that stands until this has one."""
    undelivered: str | None = None
    """What does not follow the result, because it failed again and again; only once CLOSED."""

    @property
    def newest_answer(self) -> Answered | None:
        """The newest answer there is: the current attempt may be open, or have failed."""
        if self.has_result and self.result.failure is None and self.result.result_key is not None:
            return Answered(self.attempt, self.result.result_key, self.times.settled_ms)
        return self.earlier

    @property
    def key(self) -> JobKey:
        return JobKey(self.video.video_id, self.analysis)

    @property
    def current(self) -> Attempt:
        return Attempt(self.key, self.attempt)

    @property
    def has_result(self) -> bool:
        return self.state in RESULT_STATES


class Admission(StrEnum):
    """What a line that meets a job does."""

    START = "start"
    JOIN = "join"
    TAKE_RESULT = "take_result"
    WAIT = "wait"


def admission(job: Job | None, line: Line, model_settings: str) -> Admission:
    """What `line` does on meeting `job`, or nothing where its video was never seen.

    WAIT is for the moment in which a result that does not do for this line is still being delivered to others.
    """
    if job is None:
        return Admission.START
    if not job.has_result:
        return Admission.JOIN
    if answers(job, line, model_settings):
        return Admission.TAKE_RESULT
    return Admission.START if job.state is JobState.CLOSED else Admission.WAIT


def answers(job: Job, line: Line, model_settings: str) -> bool:
    """Whether the result that `job` has is an answer to `line`.

    - A result that came after the line was submitted is one, failure or not: this makes redelivery free.
    - An older success is one, unless the line asks again or the model settings have changed.
    - An older failure is none, but for `start_unknown`: that may have been billed, and only a retry starts it again.
    - A success that an earlier round of the line has started is one, whatever the line asks: a retry pays for what
      failed alone.
    - A failure is none for a line that was sent back to work (`round` above 1), unless that line itself has caused it.
    - That the content had changed is never one: the line has just found the content there. Nor is that the batch which
      had asked for the analysis was stopped, nor that the video was sealed: it is not any more.
    """
    if job.result.failure is not None and job.result.failure.reason in {Reason.OBJECT_CHANGED, Reason.SEALED, *LET_GO}:
        return False
    retried = line.id.round > 1 and job.asked.by != line.id
    if is_news(job, line) and not (retried and job.result.failure is not None):
        return True
    if line.again and not (line.id.round > 1 and replace(job.asked.by, round=line.id.round) == line.id):
        return False
    if job.result.failure is not None:
        return job.result.failure.reason is Reason.START_UNKNOWN and not retried
    return job.asked.model_settings == model_settings


def is_news(job: Job, line: Line) -> bool:
    """Whether the result came after `line` asked for it, or was asked for with it or later.

    The second holds among the lines of one batch whatever the clocks of submitter and workers say.
    """
    if job.times.settled_ms is None:
        return False
    return job.times.settled_ms >= line.submitted_ms or job.asked.at_ms >= line.submitted_ms


def token(deployment: str, attempt: Attempt) -> str:
    """The ClientRequestToken of an attempt: 64 hexadecimal digits, Rekognition's maximum length."""
    return hashlib.sha256(f"{deployment}/{attempt}".encode()).hexdigest()


def job_tag(deployment: str, attempt: Attempt) -> str:
    r"""The JobTag by which a completion finds its job: `deployment:video_id:analysis:attempt`.

    Rekognition allows `[a-zA-Z0-9_.\-:+=/]` in it; a key would not fit, its hash does.
    """
    return f"{deployment}:{attempt.key.video_id}:{attempt.key.analysis}:{attempt.number}"


def parse_job_tag(deployment: str, tag: str | None) -> Attempt | None:
    """The attempt a JobTag names, or None where another application or deployment wrote it."""
    parts = (tag or "").split(":")
    if len(parts) != 4 or parts[0] != deployment:  # noqa: PLR2004 - the tag's own shape
        return None
    if not _ATTEMPT.fullmatch(f"{parts[1]}:{parts[3]}"):
        return None
    try:
        return Attempt(JobKey(parts[1], Analysis(parts[2])), int(parts[3]))
    except ValueError:
        return None


def start_input(video: Video, attempt: Attempt, settings: StartSettings) -> dict[str, Any]:
    """The whole input of Start*, to be stored before it is sent and replayed verbatim.

    One changed member turns a replay into IdempotentParameterMismatchException (developer guide).
    """
    s3_object = {"Bucket": video.bucket, "Name": video.key}
    if video.pinned and video.version_id is not None:
        s3_object["Version"] = video.version_id
    return {
        "Video": {"S3Object": s3_object},
        **attempt.key.analysis.spec.start_members(settings.options),
        "ClientRequestToken": token(settings.deployment, attempt),
        "NotificationChannel": {"SNSTopicArn": settings.topic_arn, "RoleArn": settings.role_arn},
        "JobTag": job_tag(settings.deployment, attempt),
    }
