"""A result with labels at or above the alert threshold: one alert for programs, and one in the outbox to mail."""

import structlog

from reelsift.aws.mail import Outbox
from reelsift.aws.metrics import Metrics
from reelsift.aws.topics import Alerts
from reelsift.domain.alert import Alert
from reelsift.domain.job import Job
from reelsift.domain.mail_digest import Mention
from reelsift.domain.video import ObjectRef
from reelsift.runtime.clock import Clock

_log = structlog.get_logger(__name__)


class AlertPublisher:
    """Sends the alert of a result. A repeated alert carries the same `alert_id`."""

    def __init__(self, *, alerts: Alerts, outbox: Outbox | None, metrics: Metrics, clock: Clock) -> None:
        """`outbox` is None where nobody is to get mail."""
        self._alerts = alerts
        self._outbox = outbox
        self._metrics = metrics
        self._clock = clock

    async def settled(self, job: Job, alert: Alert | None) -> None:
        """Publish the alert, then put it into the outbox.

        In this order: while the topic does not answer, the outbox gets nothing, or each repetition would be mailed.
        """
        if alert is None:
            return
        await self._alerts.publish(alert)
        if self._outbox is not None:
            await self._outbox.note(_mention(job, alert))
        self._metrics.count("Alerts")
        if job.times.ended_ms is not None:
            delay_ms = max(0, self._clock.now_ms() - job.times.ended_ms)
            self._metrics.observe("CompletionToAlertSeconds", delay_ms / 1000)
        _log.info("alert_sent", alert_id=alert.alert_id, labels=job.result.alerts)


def _mention(job: Job, alert: Alert) -> Mention:
    categories, confidence = alert.attributes["category"], alert.attributes["max_confidence"]
    assert isinstance(categories, list)  # noqa: S101 - as domain.alert makes them
    assert isinstance(confidence, int | float)  # noqa: S101 - the same
    return Mention(
        alert_id=alert.alert_id,
        ref=ObjectRef(job.video.bucket, job.video.key),
        verdict=job.result.verdict or "",
        categories=tuple(categories),
        label=alert.label,
        confidence=confidence,
        peak_ms=alert.peak_ms,
        settled_ms=job.times.settled_ms or 0,
        subject=alert.subject,
        text=alert.text,
    )
