"""What somebody sees who has subscribed to the alerts."""

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class AlertMessage:
    """One message of the alerts topic, with the attributes that subscribers can filter by."""

    subject: str
    text: str
    attributes: dict[str, Any]

    @property
    def alert_id(self) -> str:
        return str(self.attributes["alert_id"]["Value"])

    @property
    def max_confidence(self) -> float:
        return float(self.attributes["max_confidence"]["Value"])


class Mailbox:
    """A queue subscribed to the alerts topic, standing in for a mail address."""

    def __init__(self, sqs: Any, sns: Any, topic_arn: str) -> None:
        self._sqs = sqs
        self._url: str = sqs.create_queue(QueueName="demo-mailbox")["QueueUrl"]
        answer = sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        sns.subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=answer["Attributes"]["QueueArn"])

    def collect(self) -> list[AlertMessage]:
        """Everything that has arrived since the last time."""
        mails: list[AlertMessage] = []
        while True:
            answer = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10)
            messages = answer.get("Messages", [])
            if not messages:
                return mails
            for message in messages:
                envelope = json.loads(message["Body"])
                mails.append(AlertMessage(envelope["Subject"], envelope["Message"], envelope["MessageAttributes"]))
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
