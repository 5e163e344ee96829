"""Who is subscribed to a topic."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types_aiobotocore_sns.client import SNSClient
    from types_aiobotocore_sns.type_defs import SubscriptionTypeDef


async def read_subscriptions(client: "SNSClient", topic_arn: str) -> "list[SubscriptionTypeDef]":
    """All subscriptions of a topic. Where one has no ARN, "PendingConfirmation" or "Deleted" stands in its place."""
    found: list[SubscriptionTypeDef] = []
    async for page in client.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic_arn):
        found += page["Subscriptions"]
    return found
