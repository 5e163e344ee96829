"""The topics that programs and people subscribe to: alerts, and what has ended."""

import json
from typing import TYPE_CHECKING, Any

from reelsift.domain.alert import Alert
from reelsift.reports.completion_mail import CompletionMail

if TYPE_CHECKING:
    from types_aiobotocore_sns.client import SNSClient


class Alerts:
    """Publishes alerts; subscribers filter by their attributes."""

    def __init__(self, client: "SNSClient", topic_arn: str) -> None:
        self.client = client
        self.topic_arn = topic_arn

    async def publish(self, alert: Alert) -> None:
        """Send one alert. Sending it again, after a crash, carries the same `alert_id`."""
        await self.client.publish(
            TopicArn=self.topic_arn,
            Subject=alert.subject,
            Message=alert.text,
            MessageAttributes={name: _attribute(value) for name, value in alert.attributes.items()},
        )


class Announcements:
    """Publishes what people should know; to nobody where there is no topic for it."""

    def __init__(self, client: "SNSClient", topic_arn: str | None) -> None:
        self.client = client
        self.topic_arn = topic_arn

    async def completed(self, mail: CompletionMail) -> None:
        """Say that a batch has ended. Sent again, after a crash, it carries the same batch in its attributes."""
        if self.topic_arn is None:
            return
        await self.client.publish(
            TopicArn=self.topic_arn,
            Subject=mail.subject,
            Message=mail.text,
            MessageAttributes={name: _attribute(value) for name, value in mail.attributes.items()},
        )


def _attribute(value: str | float | list[str]) -> Any:
    if isinstance(value, str):
        return {"DataType": "String", "StringValue": value}
    if isinstance(value, list):
        return {"DataType": "String.Array", "StringValue": json.dumps(value)}
    return {"DataType": "Number", "StringValue": repr(value)}
