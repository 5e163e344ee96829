"""Who receives alerts, and a test message for them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reelsift.aws.subscriptions import read_subscriptions
from reelsift.domain.alert import Alert
from reelsift.domain.mail_digest import Mail
from reelsift.reports import wording
from reelsift.smoke.hop import Cause

if TYPE_CHECKING:
    from reelsift.aws.deployment import Deployment

_CONFIRMED = "arn:"
"""SNS names a subscription that waits for its confirmation `PendingConfirmation` in the place of an ARN."""


@dataclass(frozen=True, slots=True)
class Recipients:
    """Subscriptions of the topics for alerts, the one for programs and the one for mail: those that receive, and those
    whose owner has not confirmed them yet.
    """

    confirmed: int
    pending: int

    def __str__(self) -> str:
        words = wording.count(self.confirmed, "subscription") + " for alerts"
        return f"{words}, {self.pending} more not confirmed yet" if self.pending else words

    @property
    def cause(self) -> Cause | None:
        """Why not everybody who should receive alerts does."""
        if self.pending:
            return Cause.NOT_CONFIRMED
        return None if self.confirmed else Cause.NO_RECIPIENT


async def read_recipients(deployment: "Deployment") -> Recipients:
    """The subscriptions as SNS lists them. Raises botocore's ClientError, NotFoundException without a topic."""
    names: list[str] = []
    for topic_arn in (deployment.alerts.topic_arn, deployment.settings.mail_topic_arn):
        if topic_arn is not None:
            subscriptions = await read_subscriptions(deployment.clients.sns, topic_arn)
            names += [subscription["SubscriptionArn"] for subscription in subscriptions]
    return count(names)


def count(names: list[str]) -> Recipients:
    """The recipients, from the ARNs of subscriptions or what SNS says in their place."""
    confirmed = sum(name.startswith(_CONFIRMED) for name in names)
    return Recipients(confirmed, sum(name == "PendingConfirmation" for name in names))


async def send_sample(deployment: "Deployment", name: str) -> None:
    """Send a test message to everybody who receives alerts, by mail too. Raises botocore's ClientError."""
    alert = sample_alert(deployment.settings.deployment, name)
    await deployment.alerts.publish(alert)
    if deployment.outbox is not None:
        mail = Mail(alert.alert_id, alert.subject, alert.text)
        await deployment.outbox.publish(mail, deployment.settings.deployment)


def sample_alert(deployment: str, name: str) -> Alert:
    """A message that nobody can take for an alert: filters for a verdict do not let it through."""
    return Alert(
        alert_id=f"smoke-{name}",
        subject=f"reelsift test of {deployment}: nothing was found",
        text=f"This is a test of alerts by `reelsift smoke` (run {name}). No video was flagged.\n"
        f"\nDeployment:  {deployment}\n\nThat it arrived is all it is for; nothing has to be done.\n",
        attributes={"deployment": deployment, "verdict": "test", "alert_id": f"smoke-{name}"},
        label="",
        peak_ms=0,
    )
