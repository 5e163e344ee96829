"""Who receives alerts, and a test message for them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reelsift.cli import amounts
from reelsift.domain.alert import Alert

if TYPE_CHECKING:
    from reelsift.aws.deployment import Deployment

_CONFIRMED = "arn:"
"""SNS names a subscription that waits for its confirmation `PendingConfirmation` in the place of an ARN."""


@dataclass(frozen=True, slots=True)
class Recipients:
    """Subscriptions of the alerts topic: those that receive, and those whose owner has not confirmed them yet."""

    confirmed: int
    pending: int

    def __str__(self) -> str:
        words = amounts.count(self.confirmed, "subscription") + " of the alerts topic"
        return f"{words}, {self.pending} more not confirmed yet" if self.pending else words

    @property
    def mend(self) -> str:
        """What to do where not everybody who should receive alerts does."""
        if self.pending:
            return "whoever owns the address has to follow the link in the mail by which SNS asks"
        if not self.confirmed:
            return "nobody receives alerts: subscribe an address, a queue or a function to the alerts topic"
        return ""


async def read_recipients(deployment: "Deployment") -> Recipients:
    """The subscriptions as SNS lists them. Raises botocore's ClientError, NotFoundException without a topic."""
    names: list[str] = []
    paginator = deployment.clients.sns.get_paginator("list_subscriptions_by_topic")
    async for page in paginator.paginate(TopicArn=deployment.alerts.topic_arn):
        names += [subscription["SubscriptionArn"] for subscription in page["Subscriptions"]]
    return count(names)


def count(names: list[str]) -> Recipients:
    """The recipients, from the ARNs of subscriptions or what SNS says in their place."""
    confirmed = sum(name.startswith(_CONFIRMED) for name in names)
    return Recipients(confirmed, sum(name == "PendingConfirmation" for name in names))


def sample_alert(deployment: str, name: str) -> Alert:
    """A message that nobody can take for an alert: filters for a verdict do not let it through."""
    return Alert(
        alert_id=f"smoke-{name}",
        subject=f"reelsift test of {deployment}: nothing was found",
        text=f"This is a test of the alerts topic by `reelsift smoke` (run {name}). No video was flagged.\n"
        f"\nDeployment:  {deployment}\n\nThat it arrived is all it is for; nothing has to be done.\n",
        attributes={"deployment": deployment, "verdict": "test", "alert_id": f"smoke-{name}"},
    )
