"""A verdict that raises an alert: the alert is for programs, and stands in the outbox to be mailed."""

from collections.abc import Sequence

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
    """Sends the alerts of a video. A repeated alert carries the same `alert_id`."""

    def __init__(self, *, alerts: Alerts, outbox: Outbox | None, metrics: Metrics, clock: Clock) -> None:
        """`outbox` is None where nobody is to get mail."""
        self._alerts = alerts
        self._outbox = outbox
        self._metrics = metrics
        self._clock = clock

    async def settled(self, job: Job, alerts: Sequence[Alert]) -> None:
        """Publish each alert, then put it into the outbox.

        In this order: while the topic does not answer, the outbox gets nothing, or each repetition would be mailed.
        """
        for alert in alerts:
            await self._send(job, alert)

    async def _send(self, job: Job, alert: Alert) -> None:
        await self._alerts.publish(alert)
        if self._outbox is not None:
            await self._outbox.note(_mention(job, alert))
        self._metrics.count("Alerts")
        if job.times.ended_ms is not None:
            delay_ms = max(0, self._clock.now_ms() - job.times.ended_ms)
            self._metrics.observe("CompletionToAlertSeconds", delay_ms / 1000)
        _log.info("alert_sent", alert_id=alert.alert_id)


def _mention(job: Job, alert: Alert) -> Mention:
    attributes = alert.attributes
    categories, confidence = attributes["category"], attributes["max_confidence"]
    assert isinstance(categories, list)  # noqa: S101 - as domain.alert makes them
    assert isinstance(confidence, int | float)  # noqa: S101 - the same
    return Mention(
        alert_id=alert.alert_id,
        ref=ObjectRef(job.video.bucket, job.video.key),
        verdict=str(attributes["verdict"]),
        categories=tuple(categories),
        label=alert.label,
        confidence=confidence,
        peak_ms=alert.peak_ms,
        settled_ms=job.times.settled_ms or 0,
        subject=alert.subject,
        text=alert.text,
    )
