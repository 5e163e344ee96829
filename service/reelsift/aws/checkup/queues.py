"""The queues, and the dead-letter queue behind each."""

import json
from collections.abc import AsyncIterator
from typing import Any

from reelsift.aws.checkup.finding import Finding, Grade, Remedy, guarded
from reelsift.aws.clients import Clients
from reelsift.aws.queue import QUEUE_NAMES
from reelsift.settings import Settings

_MISSING = "check REELSIFT_DEPLOYMENT and the region, or deploy first"


async def check_queues(clients: Clients, settings: Settings) -> AsyncIterator[Finding]:
    for queue in QUEUE_NAMES:
        name = settings.queue_name(queue)
        dead = f"{name}-dead"
        yield await guarded(f"queue {name}", _check(clients, name, dead, settings), missing=_MISSING)
        yield await guarded(f"queue {dead}", _check_dead(clients, dead), missing=_MISSING)


async def _check(clients: Clients, name: str, dead: str, settings: Settings) -> Finding:
    subject = f"queue {name}"
    redrive = json.loads((await _attributes(clients, name)).get("RedrivePolicy", "{}"))
    if not str(redrive.get("deadLetterTargetArn", "")).endswith(f":{dead}"):
        return Finding(subject, Grade.BROKEN, f"does not give up its messages to {dead}", "deploy again")
    receives = int(redrive["maxReceiveCount"])
    if receives <= settings.max_receives:
        return Finding(
            subject,
            Grade.BROKEN,
            f"gives a message up after {receives} receives, before a worker judges it after {settings.max_receives}",
            f"set its maxReceiveCount above {settings.max_receives}, or lower REELSIFT_MAX_RECEIVES",
        )
    return Finding(subject, Grade.OK, f"there, dead letters after {receives} receives")


async def _check_dead(clients: Clients, dead: str) -> Finding:
    letters = int((await _attributes(clients, dead)).get("ApproximateNumberOfMessages", 0))
    subject = f"queue {dead}"
    if letters:
        return Finding(subject, Grade.WARNING, f"about {letters} dead letters", Remedy.READ_DEAD_LETTERS)
    return Finding(subject, Grade.OK, "there, empty")


async def _attributes(clients: Clients, name: str) -> dict[str, Any]:
    url = (await clients.sqs.get_queue_url(QueueName=name))["QueueUrl"]
    answer: Any = await clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    attributes: dict[str, Any] = answer.get("Attributes", {})
    return attributes
