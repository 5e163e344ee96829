"""Queues. The batch operations have no actions of their own."""

from rekognition_cloud.iam.api_call import ApiCall
from rekognition_cloud.iam.rule import Operations, Rule


def _queue(call: ApiCall) -> list[str]:
    name = call.text("QueueUrl").rstrip("/").rsplit("/", 1)[-1] or call.text("QueueName")
    return [call.arn("sqs", name)]


_ACTIONS = {
    **{
        operation: operation
        for operation in (
            "ChangeMessageVisibility",
            "CreateQueue",
            "DeleteMessage",
            "DeleteQueue",
            "GetQueueAttributes",
            "GetQueueUrl",
            "ListDeadLetterSourceQueues",
            "ListQueueTags",
            "PurgeQueue",
            "ReceiveMessage",
            "SendMessage",
            "SetQueueAttributes",
        )
    },
    "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
    "DeleteMessageBatch": "DeleteMessage",
    "SendMessageBatch": "SendMessage",
}

SQS: Operations = {
    **{operation: (Rule(f"sqs:{action}", _queue),) for operation, action in _ACTIONS.items()},
    "ListQueues": (Rule("sqs:ListQueues"),),
}
