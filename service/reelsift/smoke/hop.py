"""The hops that a clip passes on its way, and what is reported of each."""

from dataclasses import dataclass
from enum import Enum, StrEnum, auto

from reelsift.domain.failure import Reason


class Hop(StrEnum):
    """In the order in which they are passed."""

    UPLOAD = "upload"
    """The clip lies in a data bucket, and its line in the priority queue."""
    QUEUE = "queue"
    """A worker has taken the line off the queue."""
    START = "start"
    """Rekognition has accepted the job."""
    ANALYSIS = "analysis"
    """Rekognition has ended."""
    NOTIFICATION = "notification"
    """Its completion has reached a worker, by topic and queue."""
    RESULT = "result"
    """Raw answer and labels are stored."""
    OUTCOME = "outcome"
    """The line has its outcome."""
    ALERT = "alert"
    """The alert is sent, where one is due."""


ORDER = tuple(Hop)


class HopGrade(StrEnum):
    """How a hop went."""

    OK = "ok"
    NOT_DUE = "not due"
    """There was nothing to do, and so nothing was proved."""
    FAILED = "failed"


class Cause(Enum):
    """What keeps a hop from being passed, as far as can be seen: what to do about it follows from it."""

    UPLOAD_FORBIDDEN = auto()
    """Whoever runs the test may not put the clip into the bucket."""
    SEND_FORBIDDEN = auto()
    """Nor, the clip's line into the priority queue."""
    SAMPLE_FORBIDDEN = auto()
    """Nor, a test message to the topics for alerts."""
    AWS_REFUSED = auto()
    """AWS refused a request of the test itself, for another reason than permissions."""
    NO_WORKER = auto()
    """No worker shows."""
    LINE_LOST = auto()
    """The line has left the queue without a trace."""
    SLOTS_IN_USE = auto()
    """Other lines have all slots of the deployment."""
    QUOTA_USED_UP = auto()
    """Other applications of the account have its quota of open jobs."""
    WORKER_STUCK = auto()
    """A worker is there and does not do what is due; its log says why."""
    START_FORBIDDEN = auto()
    """The workers may not start the job, or Rekognition may not read the bucket."""
    NOT_ENDED = auto()
    """Rekognition takes longer than such a clip should."""
    NOT_NOTIFIED = auto()
    """No completion has reached a worker."""
    NOT_STORED = auto()
    """Rekognition's answer is not stored."""
    NOT_CLOSED = auto()
    """The line has no outcome, or the job is not closed."""
    NOT_ALERTED = auto()
    """An alert is due and not sent."""
    NOT_CONFIRMED = auto()
    """An address is subscribed to alerts, and its owner has not confirmed that."""
    NO_RECIPIENT = auto()
    """Nobody is subscribed to alerts."""


@dataclass(frozen=True, slots=True)
class HopReport:
    """How a hop went, `state` in a sentence. `seconds` is what it took, None where that cannot be known.

    Where it is not well `cause` is why: the reason with which the line or the job failed, or what else was seen. Once
    there is a result, `video_id` is the clip's.
    """

    hop: Hop
    grade: HopGrade
    state: str
    seconds: float | None = None
    cause: Cause | Reason | None = None
    video_id: str | None = None


@dataclass(frozen=True, slots=True)
class HopPending:
    """A hop that is waited for, for how many seconds already, and why it is not passed yet in a sentence."""

    hop: Hop
    seconds: float
    state: str
