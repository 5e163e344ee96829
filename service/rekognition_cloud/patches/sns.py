"""Subscriptions of people and web addresses, which receive nothing before they are confirmed."""

from typing import Any

from moto.core.responses import ActionResult
from moto.sns.models import SNSBackend, Subscription
from moto.sns.responses import SNSResponse

_TO_BE_CONFIRMED = frozenset({"email", "email-json", "http", "https"})


def patch_confirmation() -> None:
    """Fault: moto delivers to every address at once and lists it as confirmed.

    Here an address is listed as `PendingConfirmation` until `ConfirmSubscription` is called for its topic. The token of
    that call, which AWS sends to the address, is the address itself.
    """
    subscribe, publish, confirm = SNSBackend.subscribe, Subscription.publish, SNSResponse.confirm_subscription

    def subscribed(self: Any, topic_arn: str, endpoint: str, protocol: str) -> Any:
        known = self._find_subscription(topic_arn, endpoint, protocol)
        subscription = subscribe(self, topic_arn, endpoint, protocol)
        if known is None and protocol in _TO_BE_CONFIRMED:
            subscription.attributes["PendingConfirmation"] = True
        return subscription

    def published(self: Any, *arguments: Any, **named: Any) -> None:
        if not _is_pending(self):
            publish(self, *arguments, **named)

    def confirmed(self: Any) -> ActionResult:
        topic, token = self._get_param("TopicArn"), self._get_param("Token")
        for subscription in self.backend.subscriptions.values():
            if (subscription.topic_arn, subscription.endpoint) == (topic, token):
                subscription.attributes["PendingConfirmation"] = False
                return ActionResult({"SubscriptionArn": subscription.arn})
        return confirm(self)

    def listed(self: Any) -> ActionResult:
        return _listing(*self.backend.list_subscriptions(next_token=self._get_param("NextToken")))

    def listed_by_topic(self: Any) -> ActionResult:
        topic, token = self._get_param("TopicArn"), self._get_param("NextToken")
        return _listing(*self.backend.list_subscriptions_by_topic(topic, next_token=token))

    SNSBackend.subscribe = subscribed
    Subscription.publish = published
    SNSResponse.confirm_subscription = confirmed
    SNSResponse.list_subscriptions = listed
    SNSResponse.list_subscriptions_by_topic = listed_by_topic


def _is_pending(subscription: Any) -> bool:
    return bool(subscription.attributes.get("PendingConfirmation"))


def _listing(subscriptions: list[Any], next_token: str | None) -> ActionResult:
    members = [
        {
            "SubscriptionArn": "PendingConfirmation" if _is_pending(each) else each.arn,
            "Owner": each.owner,
            "Protocol": each.protocol,
            "Endpoint": each.endpoint,
            "TopicArn": each.topic_arn,
        }
        for each in subscriptions
    ]
    return ActionResult({"Subscriptions": members, "NextToken": next_token})
