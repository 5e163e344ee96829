"""The topics: Rekognition's completions have to arrive in the completion queue."""

from collections.abc import AsyncIterator

from reelsift.aws.checkup.finding import Finding, Grade, guarded
from reelsift.aws.clients import Clients
from reelsift.settings import Settings

_MISSING = "check the ARN among the settings, or deploy first"


async def check_topics(clients: Clients, settings: Settings) -> AsyncIterator[Finding]:
    completions, alerts = settings.completions_topic_arn, settings.alerts_topic_arn
    yield await guarded(
        f"topic {_name(completions)}", _check_completions(clients, settings, completions), missing=_MISSING
    )
    yield await guarded(f"topic {_name(alerts)}", _check_alerts(clients, alerts), missing=_MISSING)


async def _check_completions(clients: Clients, settings: Settings, arn: str) -> Finding:
    subject = f"topic {_name(arn)}"
    own = clients.s3.meta.region_name
    if arn.split(":")[3] != own:
        return Finding(
            subject, Grade.BROKEN, f"is not in {own}", "Rekognition reports to topics of its own region only"
        )
    queue = settings.queue_name("completion")
    endpoints = [endpoint async for endpoint in _subscribers(clients, arn)]
    if not any(endpoint.endswith(f":{queue}") for endpoint in endpoints):
        return Finding(
            subject, Grade.BROKEN, f"has no subscription of queue {queue}", f"subscribe it, or deploy again: {arn}"
        )
    return Finding(subject, Grade.OK, f"there, delivers to {queue}")


async def _check_alerts(clients: Clients, arn: str) -> Finding:
    subject = f"topic {_name(arn)}"
    if not [endpoint async for endpoint in _subscribers(clients, arn)]:
        return Finding(
            subject,
            Grade.WARNING,
            "nobody receives the alerts",
            f"subscribe an address, a queue or a function to {arn}",
        )
    return Finding(subject, Grade.OK, "there, with subscribers")


async def _subscribers(clients: Clients, arn: str) -> AsyncIterator[str]:
    paginator = clients.sns.get_paginator("list_subscriptions_by_topic")
    async for page in paginator.paginate(TopicArn=arn):
        for subscription in page["Subscriptions"]:
            yield subscription["Endpoint"]


def _name(arn: str) -> str:
    return arn.rsplit(":", 1)[-1]
