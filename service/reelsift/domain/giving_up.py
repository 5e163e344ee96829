"""How a job ends that nothing else would end."""

from reelsift.domain.failure import Failure, Reason
from reelsift.domain.job import Job, JobState


def start_unknown(job: Job, why: str) -> Failure:
    """The end of a STARTING job of which nobody knows whether Rekognition has started it."""
    return Failure(
        Reason.START_UNKNOWN,
        f"whether attempt {job.attempt} was started cannot be known: {why}; it may have been billed, and only a retry"
        " starts it again",
    )


def given_up(job: Job, reason: Reason, why: str) -> Failure:
    """The end of a job without a result, for `reason` as far as its state allows that.

    A Start that was perhaps accepted ends as `start_unknown`, whyever it is given up: it is started again only on
    request. What runs, or has run, was perhaps paid, and the message says so.
    """
    match job.state:
        case JobState.STARTING:
            return start_unknown(job, why)
        case JobState.RUNNING:
            return Failure(reason, f"{job.video.uri}: {why}; the analysis may have been billed, and a retry pays again")
        case JobState.COLLECTING if job.result.billed_ms:
            return Failure(reason, f"{job.video.uri}: {why}; the analysis was paid, and a retry pays again")
    return Failure(reason, f"{job.video.uri}: {why}")
