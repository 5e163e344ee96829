"""The one line that a finished job has in the log, and its counts in the metrics."""

import structlog

from reelsift.aws.metrics import Metrics
from reelsift.domain.job import Job
from reelsift.settings import Settings

_log = structlog.get_logger(__name__)


class FinishedMetrics:
    """Counts finished jobs, and what they took and cost."""

    def __init__(self, metrics: Metrics, settings: Settings) -> None:
        self._metrics = metrics
        self._settings = settings

    def closed(self, job: Job) -> None:
        result, metrics = job.result, self._metrics
        if result.failure is not None:
            metrics.count("Failed", Analysis=job.analysis, Reason=result.failure.reason)
        else:
            metrics.count("Succeeded", Analysis=job.analysis)
            if job.content.result_from_uri is None:
                metrics.observe("JobSeconds", _running_s(job), Analysis=job.analysis)
        if result.billed_ms:
            minutes = result.billed_ms / 60_000
            metrics.count("BilledMinutes", minutes, Analysis=job.analysis)
            metrics.count("Spend", minutes * float(self._settings.price_per_minute(job.analysis)))


class FinishedLog:
    """Logs finished jobs."""

    def closed(self, job: Job) -> None:
        result = job.result
        _log.info(
            "finished",
            video=job.video.uri,
            state=job.state,
            failure=result.failure.reason if result.failure else None,
            message=result.failure.message if result.failure else None,
            peak=None if job.analysis.spec.personal else result.peak_label,
            peak_confidence=result.peak_confidence,
            minutes=round(result.billed_ms / 60_000, 3),
            job_seconds=round(_running_s(job), 3),
        )


def _running_s(job: Job) -> float:
    times = job.times
    return ((times.ended_ms or 0) - (times.running_ms or times.ended_ms or 0)) / 1000
