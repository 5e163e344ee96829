"""Which hops a line has passed, by its own row and that of its job."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from reelsift.domain.failure import Failure, Reason
from reelsift.domain.job import Job, JobState
from reelsift.domain.line import LineId, OutcomeStatus
from reelsift.domain.outcome import Outcome
from reelsift.domain.video_verdict import VideoVerdict
from reelsift.reports import wording
from reelsift.smoke.hop import ORDER, Cause, Hop, HopGrade, HopReport

_UNREADABLE = frozenset({Reason.RESULT_EXPIRED, Reason.INTERNAL_ERROR})
"""Rekognition had ended well, and its answer could not be read."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A line and its job at one moment.

    `at_ms` (epoch milliseconds) is by this machine's clock, the times in the rows are by the workers'. `waits` says
    that the line waits for a job that another line has started. `rekognition` is the job's status as Rekognition
    answers it, where it was asked, `verdict` the video's.
    """

    at_ms: int
    job: Job | None = None
    outcome: Outcome | None = None
    waits: bool = False
    rekognition: str | None = None
    verdict: VideoVerdict | None = None

    @property
    def failure(self) -> Failure | None:
        """What ended the job without a result."""
        return self.job.result.failure if self.job is not None and self.job.has_result else None

    @property
    def alerted(self) -> int:
        """How many labels an alert has listed, or is about to."""
        return len(self.verdict.alerted) if self.verdict is not None else 0


class Trail:
    """The hops of one line, from its sending on; `pending` is the next to be passed, None after the last.

    The span between two times is never negative, and that of the first hop never longer than this machine has waited,
    however far the clocks are apart.
    """

    def __init__(self, line: LineId, sent_ms: int) -> None:
        self._line = line
        self._sent_ms = sent_ms
        self.pending: Hop | None = Hop.QUEUE

    def see(self, sighting: Sighting) -> Iterator[HopReport]:
        """The hops that were passed since the last sighting. One that has failed for good is the last."""
        while self.pending is not None:
            report = self._judge(self.pending, sighting)
            if report is None:
                return
            yield report
            # A lost notification costs time only: the hops after it are reported all the same.
            if report.grade is HopGrade.FAILED and report.hop is not Hop.NOTIFICATION:
                self.pending = None
            else:
                self.skip()

    def skip(self) -> None:
        """Go on to the next hop."""
        assert self.pending is not None  # noqa: S101 - the caller has one
        later = ORDER[ORDER.index(self.pending) + 1 :]
        self.pending = later[0] if later else None

    def _judge(self, hop: Hop, sighting: Sighting) -> HopReport | None:
        if hop is Hop.QUEUE:
            return self._queue(sighting)
        job, failure = sighting.job, sighting.failure
        if job is None:
            return _without_job(sighting.outcome)
        if failure is not None and hop is _failed_at(job, failure):
            return HopReport(hop, HopGrade.FAILED, f"{failure.reason}: {failure.message}", cause=failure.reason)
        return _JUDGES[hop](job, sighting)

    def _queue(self, sighting: Sighting) -> HopReport | None:
        job = sighting.job
        own = job is not None and job.asked.by == self._line
        if not (own or sighting.waits or sighting.outcome is not None):
            return None
        waited = _seconds(self._sent_ms, sighting.at_ms)
        state = "a worker took the line off the priority queue"
        if job is not None and own:
            return HopReport(Hop.QUEUE, HopGrade.OK, state, min(waited, _seconds(self._sent_ms, job.times.created_ms)))
        if job is not None:
            state += "; another line, such as the bucket's own event, had asked for the clip before"
        return HopReport(Hop.QUEUE, HopGrade.OK, state, waited)


def _failed_at(job: Job, failure: Failure) -> Hop:
    """The hop that a failed job did not pass."""
    if job.start.job_id is None:
        return Hop.START
    return Hop.RESULT if job.result.billed_ms or failure.reason in _UNREADABLE else Hop.ANALYSIS


def _without_job(outcome: Outcome | None) -> HopReport | None:
    """A line that ended before it came to a job: it could not be started."""
    if outcome is None:
        return None
    reason = outcome.reason or Reason.INTERNAL_ERROR
    return HopReport(Hop.START, HopGrade.FAILED, f"{reason}: {outcome.message}", cause=reason)


def _start(job: Job, _: Sighting) -> HopReport | None:
    if job.start.job_id is None:
        return None
    state = f"Rekognition accepted it as job {job.start.job_id}"
    if job.attempt > 1:
        state += f", at attempt {job.attempt}"
    return HopReport(Hop.START, HopGrade.OK, state, _seconds(job.times.created_ms, job.times.running_ms))


def _analysis(job: Job, sighting: Sighting) -> HopReport | None:
    if job.times.ended_ms is None:
        if job.state is not JobState.RUNNING or sighting.rekognition != "SUCCEEDED":
            return None
        state, ended_ms = "Rekognition has ended, as it says when asked", sighting.at_ms
    else:
        state, ended_ms = "Rekognition has ended", job.times.ended_ms
        if job.times.completion_received_ms is None:
            state += ", at the latest when a worker looked"
    return HopReport(Hop.ANALYSIS, HopGrade.OK, state, _seconds(job.times.running_ms, ended_ms))


def _notification(job: Job, _: Sighting) -> HopReport | None:
    if job.times.ended_ms is None:
        return None
    if job.times.completion_received_ms is not None:
        state = "its completion reached a worker"
        return HopReport(
            Hop.NOTIFICATION, HopGrade.OK, state, _seconds(job.times.ended_ms, job.times.completion_received_ms)
        )
    if job.start.sends > 1:
        state = (
            f"not needed: the Start was sent {job.start.sends} times, and then a worker looks without waiting for it"
        )
        return HopReport(Hop.NOTIFICATION, HopGrade.NOT_DUE, state)
    waited = wording.span(job.times.ended_ms - (job.times.running_ms or job.times.ended_ms))
    return HopReport(
        Hop.NOTIFICATION,
        HopGrade.FAILED,
        f"no completion came; a worker found the end by looking, {waited} after the Start",
        cause=Cause.NOT_NOTIFIED,
    )


def _result(job: Job, _: Sighting) -> HopReport | None:
    if not job.has_result:
        return None
    peak = (
        f"{job.result.peak_label} {job.result.peak_confidence:.1f} %"
        if job.result.peak_label and job.result.peak_confidence
        else "no label"
    )
    state = f"{peak}, {wording.minutes(job.result.billed_ms)} minutes billed"
    # A completion that came too early is older than the end.
    known_ms = max(job.times.completion_received_ms or 0, job.times.ended_ms or 0)
    seconds = _seconds(known_ms, job.times.settled_ms)
    return HopReport(Hop.RESULT, HopGrade.OK, state, seconds, video_id=job.key.video_id)


def _outcome(job: Job, sighting: Sighting) -> HopReport | None:
    outcome = sighting.outcome
    if outcome is None or not (sighting.alerted or job.state is JobState.CLOSED):
        return None
    state = f"{outcome.status} in batch {outcome.id.batch_id}"
    if outcome.verdict is not None:
        state += f", verdict {outcome.verdict}"
    if outcome.status is OutcomeStatus.FAILED:
        cause = outcome.reason or Cause.NOT_CLOSED
        return HopReport(Hop.OUTCOME, HopGrade.FAILED, f"{state}: {outcome.reason}: {outcome.message}", cause=cause)
    if job.state is JobState.CLOSED and not sighting.alerted:
        return HopReport(
            Hop.OUTCOME, HopGrade.OK, f"{state}; the job is closed", _seconds(job.times.settled_ms, job.times.closed_ms)
        )
    return HopReport(Hop.OUTCOME, HopGrade.OK, state, _seconds(job.times.settled_ms, outcome.finished_ms))


def _alert(job: Job, sighting: Sighting) -> HopReport | None:
    if job.state is not JobState.CLOSED:
        return None
    if not sighting.alerted:
        why = "no label passed the alert threshold" if sighting.verdict else "there is no verdict, so nothing alerts"
        return HopReport(Hop.ALERT, HopGrade.NOT_DUE, why)
    since = sighting.outcome.finished_ms if sighting.outcome is not None else job.times.settled_ms
    after = wording.span(_seconds(job.times.ended_ms, job.times.closed_ms) * 1000)
    state = f"sent, for {wording.count(sighting.alerted, 'label')}, {after} after Rekognition's end"
    return HopReport(Hop.ALERT, HopGrade.OK, state, _seconds(since, job.times.closed_ms))


_JUDGES: dict[Hop, Callable[[Job, Sighting], HopReport | None]] = {
    Hop.START: _start,
    Hop.ANALYSIS: _analysis,
    Hop.NOTIFICATION: _notification,
    Hop.RESULT: _result,
    Hop.OUTCOME: _outcome,
    Hop.ALERT: _alert,
}


def _seconds(since_ms: int | None, until_ms: int | None) -> float:
    if since_ms is None or until_ms is None:
        return 0.0
    return max(0, until_ms - since_ms) / 1000
