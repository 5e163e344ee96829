import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import get_type_hints

_DAY = 86400.0
_PROBABILITIES = (
    "notifications_lost",
    "notifications_doubled",
    "notifications_late",
    "notifications_early",
    "notifications_before_answer",
    "deliveries_doubled",
    "deliveries_lost",
    "deliveries_late",
    "deliveries_shuffled",
    "jobs_failed",
)


class BadKnobError(ValueError):
    """An unknown knob, or a value that the knob cannot take; the message says which."""


@dataclass(frozen=True, kw_only=True)
class Knobs:
    """The settings of the embedded cloud, at its start and while it runs.

    The defaults are the documented ones of Rekognition Video (`Quotas` in the AWS General Reference), except for
    the length of a job: Amazon documents none.
    """

    quota: int = 20
    """Stored-video jobs open at a time, over all operations (Service Quotas L-A6079699)."""
    start_rate: float = 5.0
    """Calls a second of each Start operation before ThrottlingException."""
    get_rate: float = 20.0
    """Calls a second of each Get operation before ThrottlingException."""
    job_seconds: float | None = None
    """Seconds every job takes; None: `job_factor` decides."""
    job_factor: float = 0.5
    """Seconds a job takes for each second of video, where `job_seconds` is None."""
    max_bytes: int = 10 * 1024**3
    """Larger objects are refused with VideoTooLargeException."""
    max_duration_ms: int = 6 * 60 * 60 * 1000
    """Longer videos end as FAILED."""
    results_seconds: float = 7 * _DAY
    """How long a finished job can be asked for; older ones are ResourceNotFoundException."""
    token_seconds: float = 7 * _DAY
    """How long a ClientRequestToken stands for its job."""
    page_token_seconds: float = _DAY
    """How long a NextToken is accepted."""
    notifications_lost: float = 0.0
    """Probability that a completion message is never published."""
    notifications_doubled: float = 0.0
    """Probability that it is published twice."""
    notifications_late: float = 0.0
    """Probability that it is published `notifications_late_seconds` after the job's end."""
    notifications_late_seconds: float = 2.0
    notifications_early: float = 0.0
    """Probability that it is published half-way through the job, which then still answers IN_PROGRESS."""
    notifications_before_answer: float = 0.0
    """Probability that it is published before the Start call is answered."""
    deliveries_doubled: float = 0.0
    """Probability that a message is delivered a second time although its visibility has not timed out."""
    deliveries_lost: float = 0.0
    """Probability that the first answer with a message never arrives: it comes again after its visibility timeout."""
    deliveries_late: float = 0.0
    """Probability that a message is first delivered `deliveries_late_seconds` after it could have been."""
    deliveries_late_seconds: float = 2.0
    deliveries_shuffled: float = 0.0
    """Probability that a receive gets messages from anywhere in the queue instead of the oldest."""
    jobs_failed: float = 0.0
    """Probability that a job ends as FAILED by an internal error; at most twice in a row for one object."""
    seed: int = 0
    """What the probabilities above and those of the fault rules are drawn from."""

    def __post_init__(self) -> None:
        for knob in fields(self):
            value = getattr(self, knob.name)
            if value is not None and (not math.isfinite(value) or (value < 0 and knob.name != "seed")):
                raise BadKnobError(f"{knob.name} must be a finite number of at least 0, not {value}")
        for name in _PROBABILITIES:
            if getattr(self, name) > 1:
                raise BadKnobError(f"{name} is a probability: between 0 and 1, not {getattr(self, name)}")

    def turned(self, changes: Mapping[str, object]) -> "Knobs":
        """A copy with the named knobs changed. Raises BadKnobError."""
        types = get_type_hints(Knobs)
        for name, value in changes.items():
            if name not in types:
                raise BadKnobError(f"there is no knob {name!r}; there are {', '.join(types)}")
            accepted = (int,) if types[name] is int else (int, float)
            if value is None and name == "job_seconds":
                continue
            if isinstance(value, bool) or not isinstance(value, accepted):
                raise BadKnobError(f"{name} must be a number of type {accepted[-1].__name__}, not {value!r}")
        return replace(self, **changes)  # type: ignore[arg-type]  # checked above
