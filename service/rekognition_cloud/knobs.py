import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Annotated, get_type_hints

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
    """The settings of the embedded cloud, at its start and while it runs: what `--help` says stands with each.

    The defaults are the documented ones of Rekognition Video (`Quotas` in the AWS General Reference), except for
    the length of a job: Amazon documents none.
    """

    quota: Annotated[int, "Jobs open at a time, over all operations (Service Quotas L-A6079699)."] = 20
    start_rate: Annotated[float, "Calls a second of each Start operation before ThrottlingException."] = 5.0
    get_rate: Annotated[float, "Calls a second of each Get operation before ThrottlingException."] = 20.0
    job_seconds: Annotated[float | None, "Seconds that every job takes. Without it, job_factor decides."] = None
    job_factor: Annotated[float, "Seconds that a job takes for each second of its video."] = 0.5
    max_bytes: Annotated[int, "Larger objects are refused with VideoTooLargeException."] = 10 * 1024**3
    max_duration_ms: Annotated[int, "Longer videos end as FAILED."] = 6 * 60 * 60 * 1000
    results_seconds: Annotated[float, "How long the results of a job can be read."] = 7 * _DAY
    token_seconds: Annotated[float, "How long a ClientRequestToken stands for its job."] = 7 * _DAY
    page_token_seconds: Annotated[float, "How long a NextToken is accepted."] = _DAY
    notifications_lost: Annotated[float, "Probability that a completion message is never published."] = 0.0
    notifications_doubled: Annotated[float, "Probability that a completion message is published twice."] = 0.0
    notifications_late: Annotated[float, "Probability that a completion message is published late."] = 0.0
    notifications_late_seconds: Annotated[float, "Seconds from a job's end to a late completion message."] = 2.0
    notifications_early: Annotated[
        float, "Probability that a completion message is published half-way through its job."
    ] = 0.0
    notifications_before_answer: Annotated[
        float, "Probability that a completion message is published before the Start is answered."
    ] = 0.0
    deliveries_doubled: Annotated[
        float, "Probability that a message is delivered a second time before its visibility timeout."
    ] = 0.0
    deliveries_lost: Annotated[
        float, "Probability that the first answer with a message is lost on its way to the receiver."
    ] = 0.0
    deliveries_late: Annotated[float, "Probability that the first delivery of a message is late."] = 0.0
    deliveries_late_seconds: Annotated[float, "By how many seconds a late delivery is late."] = 2.0
    deliveries_shuffled: Annotated[
        float, "Probability that a receive takes messages from anywhere in the queue, not the oldest."
    ] = 0.0
    event_retry_seconds: Annotated[
        float, "Seconds until EventBridge's second try of a delivery; each further pause is twice as long."
    ] = 1.0
    jobs_failed: Annotated[
        float, "Probability that a job fails by an internal error; at most twice in a row for one object."
    ] = 0.0
    seed: Annotated[int, "The seed of all probabilities, those of fault rules included."] = 0

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
