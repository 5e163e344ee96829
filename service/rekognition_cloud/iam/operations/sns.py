"""Topics."""

from rekognition_cloud.iam.api_call import ApiCall
from rekognition_cloud.iam.rule import Operations, Rule


def _topic(call: ApiCall) -> list[str]:
    if name := call.text("Name"):
        return [call.arn("sns", name)]
    # A text message to a phone is published to its number, which no policy on topics covers.
    return [call.text("TopicArn") or call.text("TargetArn") or call.text("PhoneNumber")]


def _topic_of_subscription(call: ApiCall) -> list[str]:
    return [call.text("SubscriptionArn").rpartition(":")[0]]


SNS: Operations = {
    **{
        operation: (Rule(f"sns:{operation}", _topic),)
        for operation in (
            "ConfirmSubscription",
            "CreateTopic",
            "DeleteTopic",
            "GetTopicAttributes",
            "ListSubscriptionsByTopic",
            "Publish",
            "SetTopicAttributes",
            "Subscribe",
        )
    },
    "PublishBatch": (Rule("sns:Publish", _topic),),
    "GetSubscriptionAttributes": (Rule("sns:GetSubscriptionAttributes", _topic_of_subscription),),
    "Unsubscribe": (Rule("sns:Unsubscribe", _topic_of_subscription),),
    "ListTopics": (Rule("sns:ListTopics"),),
}
