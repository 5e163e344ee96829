"""The outcome of a line: concluded from its jobs, once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import islice

from reelsift.domain.analysis import Analysis
from reelsift.domain.context import Context
from reelsift.domain.cost import cost_micros
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.job import LET_GO, Job, is_news
from reelsift.domain.line import Line, LineId, OutcomeStatus
from reelsift.domain.result import name_of_result
from reelsift.domain.video import ObjectRef, Video
from reelsift.domain.video_verdict import Said

TOP_LABELS = 10
"""Labels of a video that its outcome names."""


@dataclass(frozen=True, slots=True)
class TopLabel:
    """A label of a video and its peak (0-100). Two analyses may have one name: for each it is a label of its own."""

    analysis: Analysis
    label: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Before:
    """Verdict and status of a video before it was re-evaluated; None where it had none."""

    verdict: str | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A line's final result, as reports state it.

    `billed_ms` is the video time this line paid for: 0 where another line's analysis was shared; `cost_micros` what
    that cost in millionths of a dollar, and `slot_ms` how long its own jobs held slots. `reason` and `message` are
    empty for a plain success. `verdict` is the video's as the line ended, "pending" while an analysis that the policy
    needs was open for other lines, and None where there is none; `video_status` is the same of its status, which may
    have changed since. Confidences are 0-100; `peak_label` is the label that the verdict was given for, else the most
    confident one of the analysis that looks for what is wrong, and `peak_analysis` found it. `top_labels` are the most
    confident labels, in the order of analyses: what is wrong comes before what else there is to see, which is nearly
    always surer.
    `result_from_uri` is the URI of the object whose analysis this video of identical content took over. `results` name
    the stored results that this rests on, one an analysis that succeeded (`domain.result.name_of_result`).
    `analyses` are those that were asked for, where the line met its jobs, and `failed_analyses` those of them that
    failed, with the reason of each: the results of the others stand. `context` is what the line brought along. `before`
    is what a line of a re-evaluation found. Of a video that was `forgotten`, or is sealed, nothing is left but how
    the line ended and what it cost: it counts, and stands in no report.
    """

    id: LineId
    ref: ObjectRef
    status: OutcomeStatus
    finished_ms: int
    reason: Reason | None = None
    message: str = ""
    video_id: str | None = None
    verdict: str | None = None
    video_status: str | None = None
    peak_analysis: Analysis | None = None
    peak_label: str | None = None
    peak_confidence: float | None = None
    billed_ms: int = 0
    cost_micros: int = 0
    slot_ms: int = 0
    duration_ms: int | None = None
    top_labels: tuple[TopLabel, ...] = ()
    result_from_uri: str | None = None
    results: tuple[str, ...] = ()
    analyses: tuple[Analysis, ...] = ()
    failed_analyses: tuple[tuple[Analysis, Reason], ...] = ()
    context: Context | None = field(default=None, hash=False)
    forgotten: bool = False
    before: Before | None = None


def failed(
    line_id: LineId, ref: ObjectRef, reason: Reason, message: str, *, now_ms: int, context: Context | None = None
) -> Outcome:
    """The outcome of a line that never met a job."""
    return Outcome(
        id=line_id,
        ref=ref,
        status=OutcomeStatus.FAILED,
        finished_ms=now_ms,
        reason=reason,
        message=message,
        context=context,
    )


def skipped(
    line_id: LineId, ref: ObjectRef, reason: Reason, message: str, *, now_ms: int, context: Context | None = None
) -> Outcome:
    """The outcome of a line for which nothing was to be done."""
    outcome = failed(line_id, ref, reason, message, now_ms=now_ms, context=context)
    return replace(outcome, status=OutcomeStatus.SKIPPED)


def sealed(
    line: Line, jobs: Sequence[Job] = (), prices: Mapping[Analysis, Decimal] | None = None, *, now_ms: int
) -> Outcome:
    """The outcome of a line about a sealed video, with what its jobs have cost. Whose line it was says its name, and
    nothing says more: neither which video it is, nor that what the line asked for was ever done.
    """
    return Outcome(
        id=line.id,
        ref=ObjectRef("", ""),
        status=OutcomeStatus.SKIPPED,
        finished_ms=now_ms,
        reason=Reason.SEALED,
        billed_ms=paid_ms(line, jobs),
        cost_micros=paid_micros(line, jobs, prices or {}),
        slot_ms=sum(job.times.slot_ms for job in _own(line, jobs)),
        forgotten=True,
    )


def conclude(
    line: Line,
    jobs: Sequence[Job],
    prices: Mapping[Analysis, Decimal],
    required: Collection[Analysis] = (),
    *,
    said: Said,
    now_ms: int,
) -> Outcome | None:
    """The outcome of `line` from its jobs, or None while one of them has no result yet. `prices` are dollars a minute,
    `said` is what there is to say of verdict and status.

    FAILED where an analysis failed that is `required`: of a line that asks for none of these, and where nothing is
    required by name, each is. SUCCEEDED as `partly_failed` where only others did. SKIPPED where every result is older
    than the line, so that nothing was done for it, and where the video is sealed.
    """
    if not jobs or not all(job.has_result for job in jobs):
        return None
    if said.sealed:
        return sealed(line, jobs, prices, now_ms=now_ms)
    video = jobs[0].video
    peak = said if said.label is not None else _peak(jobs)
    failures = {job.analysis: job.result.failure for job in jobs if job.result.failure is not None}
    failure = _decisive(line, failures, required)
    result_from_uri = next(
        (job.content.result_from_uri for job in jobs if job.content.result_from_uri is not None), None
    )
    if failure is not None:
        status, reason, message = OutcomeStatus.FAILED, failure.reason, failure.message
        if len(jobs) > 1 and failure.reason not in _NO_ANSWER:
            message = _told(jobs)
    elif failures:
        status, reason, message = OutcomeStatus.SUCCEEDED, Reason.PARTLY_FAILED, _told(jobs)
    elif result_from_uri is not None and any(is_news(job, line) for job in jobs):
        status, reason = OutcomeStatus.SUCCEEDED, Reason.SHARED
        message = f"the content is identical to that of {result_from_uri} (SHA-256), whose analysis it shares"
    elif (uri := _imported_from(line, jobs)) is not None:
        status, reason = OutcomeStatus.SUCCEEDED, Reason.IMPORTED
        message = f"the recorded answer {uri} was brought in; nothing was started or paid"
    elif any(is_news(job, line) for job in jobs):
        status, reason, message = OutcomeStatus.SUCCEEDED, None, ""
    else:
        status, reason = OutcomeStatus.SKIPPED, Reason.ALREADY_ANALYSED
        message = "this content was analysed before with the same settings; nothing was started or paid"
    return Outcome(
        id=line.id,
        ref=ObjectRef(video.bucket, video.key, line.ref.version_id or video.version_id, video.etag, video.size),
        status=status,
        finished_ms=now_ms,
        reason=reason,
        message=message,
        video_id=video.video_id,
        verdict=said.verdict,
        video_status=said.status,
        peak_analysis=peak.analysis,
        peak_label=peak.label,
        peak_confidence=peak.confidence,
        billed_ms=paid_ms(line, jobs),
        cost_micros=paid_micros(line, jobs, prices),
        slot_ms=sum(job.times.slot_ms for job in _own(line, jobs)),
        duration_ms=next((job.result.duration_ms for job in jobs if job.result.duration_ms is not None), None),
        top_labels=_top_labels(jobs),
        result_from_uri=result_from_uri,
        results=tuple(name_of_result(job.result.result_key) for job in jobs if job.result.result_key is not None),
        analyses=line.analyses,
        failed_analyses=tuple((analysis, it.reason) for analysis, it in failures.items()),
        context=line.context,
    )


def reevaluated(
    line_id: LineId, video: Video, jobs: Sequence[Job], said: Said, before: Before, *, now_ms: int
) -> Outcome:
    """The outcome of a video that a re-evaluation has judged by the newest answers of its `jobs`: nothing was started
    or paid for it. `said` is what there is to say of verdict and status, `before` what they were.
    """
    answered = [(job, job.newest_answer) for job in jobs if job.newest_answer is not None]
    durations = (job.result.duration_ms for job, _ in answered)
    return Outcome(
        id=line_id,
        ref=ObjectRef(video.bucket, video.key, video.version_id, video.etag, video.size),
        status=OutcomeStatus.SUCCEEDED,
        finished_ms=now_ms,
        video_id=video.video_id,
        verdict=said.verdict,
        video_status=said.status,
        peak_analysis=said.analysis,
        peak_label=said.label,
        peak_confidence=said.confidence,
        duration_ms=next((duration_ms for duration_ms in durations if duration_ms is not None), None),
        top_labels=_top_labels([job for job, _ in answered]),
        results=tuple(name_of_result(answer.result_key) for _, answer in answered),
        analyses=tuple(job.analysis for job, _ in answered),
        before=before,
    )


_NO_ANSWER = frozenset({Reason.OBJECT_CHANGED, *LET_GO})
"""Failures that end no line by themselves: its content is gone, or nobody has run the analysis for it yet."""


def _decisive(line: Line, failures: Mapping[Analysis, Failure], required: Collection[Analysis]) -> Failure | None:
    """The failure for which a line counts as FAILED, if there is one.

    What is no answer outweighs whatever else went wrong. Of several failures one that was perhaps paid is told: a retry
    is to start that again only where it is named.
    """
    no_answer = next((failure for failure in failures.values() if failure.reason in _NO_ANSWER), None)
    if no_answer is not None:
        return no_answer
    needed = [analysis for analysis in line.analyses if analysis in required] or line.analyses
    if not any(analysis in failures for analysis in needed):
        return None
    perhaps_paid = next((failure for failure in failures.values() if failure.reason is Reason.START_UNKNOWN), None)
    return perhaps_paid or next(failures[analysis] for analysis in needed if analysis in failures)


def _told(jobs: Sequence[Job]) -> str:
    """Which analyses of a line failed, why, and which did not."""
    failures = [(job.analysis, job.result.failure) for job in jobs if job.result.failure is not None]
    told = [f"{analysis} failed ({failure.reason}): {failure.message}" for analysis, failure in failures]
    others = [str(job.analysis) for job in jobs if job.result.failure is None]
    if others:
        told.append(f"what was found by {', '.join(others)} stands")
    return "; ".join(told)


def _imported_from(line: Line, jobs: Sequence[Job]) -> str | None:
    """Where the answer lay that this line has brought in, if it has."""
    return next((job.start.imported_from for job in _own(line, jobs) if job.start.imported_from is not None), None)


def _own(line: Line, jobs: Sequence[Job]) -> list[Job]:
    """The jobs that this line pays for."""
    return [job for job in jobs if job.asked.by == line.id]


def paid_ms(line: Line, jobs: Sequence[Job]) -> int:
    """The video time that a line has paid for: by these jobs of its own, and before."""
    return line.paid_ms + sum(job.result.billed_ms for job in _newly_paid(line, jobs))


def paid_micros(line: Line, jobs: Sequence[Job], prices: Mapping[Analysis, Decimal]) -> int:
    """What a line has paid, in millionths of a dollar: by these jobs of its own, and before."""
    newly_paid = _newly_paid(line, jobs)
    return line.paid_micros + sum(cost_micros(job.result.billed_ms, prices[job.analysis]) for job in newly_paid)


def _newly_paid(line: Line, jobs: Sequence[Job]) -> list[Job]:
    """The jobs of its own that a line has not counted yet. An object that holds its earlier content again gives the
    line results that it has paid for, and left, before.
    """
    return [job for job in _own(line, jobs) if str(job.current) not in line.paid_attempts]


def _peak(jobs: Sequence[Job]) -> Said:
    """The most confident label of the analysis that looks for what is wrong, where it has one."""
    for job in jobs:
        if job.analysis.spec.searches_for_wrongs and job.result.peak_label is not None:
            return Said(None, job.analysis, job.result.peak_label, job.result.peak_confidence)
    return Said()


def _top_labels(jobs: Sequence[Job]) -> tuple[TopLabel, ...]:
    found = {job.analysis: job.result.top_labels for job in jobs}
    ranked = (
        TopLabel(analysis, label, confidence)
        for analysis in Analysis
        for label, confidence in sorted(found.get(analysis, ()), key=lambda label: (-label[1], label[0]))
    )
    return tuple(islice(ranked, TOP_LABELS))


def followed(line: Line, jobs: Sequence[Job], prices: Mapping[Analysis, Decimal]) -> Line:
    """The line as it is sent on after its object's content has changed: to whatever the object holds now."""
    newly_paid = [str(job.current) for job in _newly_paid(line, jobs) if job.result.billed_ms]
    return replace(
        line,
        ref=ObjectRef(line.ref.bucket, line.ref.key),
        content_changes=line.content_changes + 1,
        paid_ms=paid_ms(line, jobs),
        paid_micros=paid_micros(line, jobs, prices),
        paid_attempts=(*line.paid_attempts, *newly_paid),
    )
