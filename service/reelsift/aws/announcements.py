"""The operations topic: a message to people about each batch that has ended."""

from typing import TYPE_CHECKING, Any

from reelsift.reports.completion_mail import CompletionMail

if TYPE_CHECKING:
    from types_aiobotocore_sns.client import SNSClient


class Announcements:
    """Publishes what people should know; to nobody where there is no topic for it."""

    def __init__(self, client: "SNSClient", topic_arn: str | None) -> None:
        self.client = client
        self.topic_arn = topic_arn

    async def completed(self, mail: CompletionMail) -> None:
        """Tell of a batch's end. Told again, after a crash, it carries the same batch in its attributes."""
        if self.topic_arn is None:
            return
        await self.client.publish(
            TopicArn=self.topic_arn,
            Subject=mail.subject,
            Message=mail.text,
            MessageAttributes={name: _attribute(value) for name, value in mail.attributes.items()},
        )


def _attribute(value: str | float) -> Any:
    if isinstance(value, str):
        return {"DataType": "String", "StringValue": value}
    return {"DataType": "Number", "StringValue": repr(value)}
