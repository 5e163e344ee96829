"""An event bus of a deployment, and a queue that hears everything on it."""

import json
from typing import Any

from support.books import Books
from support.eventually import eventually


class Listening:
    """What a subscriber of all events of one bus hears, in the order in which it comes."""

    def __init__(self, books: Books, bus: str) -> None:
        self._books = books
        self.events: list[dict[str, Any]] = []
        events, sqs = books.client("events"), books.client("sqs")
        self.queue_url = sqs.create_queue(QueueName=f"{bus}-events")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=self.queue_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        pattern = json.dumps({"source": ["reelsift"]})
        rule = events.put_rule(Name="all", EventBusName=bus, EventPattern=pattern)["RuleArn"]
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
        sqs.set_queue_attributes(QueueUrl=self.queue_url, Attributes={"Policy": policy})
        events.put_targets(Rule="all", EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])

    def heard(self) -> list[dict[str, Any]]:
        """All events so far, whole, as a subscriber gets them."""
        sqs = self._books.client("sqs")
        while messages := sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10).get("Messages", []):
            for message in messages:
                self.events.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
        return self.events

    def until(self, *statuses: str) -> list[dict[str, Any]]:
        """Wait until the revisions of one video that were heard have these statuses, by their numbers; returns their
        details by number, each once.
        """

        def by_number() -> dict[int, dict[str, Any]]:
            return {event["detail"]["revision"]: event["detail"] for event in self.heard()}

        def told() -> list[str]:
            return [detail["status"] for _, detail in sorted(by_number().items())]

        eventually(lambda: told() == list(statuses), f"{', '.join(statuses)} heard")
        return [detail for _, detail in sorted(by_number().items())]
