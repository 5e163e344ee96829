"""Queues: how large a message may be."""

from typing import Any

from moto.sqs import models
from moto.sqs.constants import MAXIMUM_MESSAGE_LENGTH
from moto.sqs.exceptions import BatchRequestTooLong, InvalidParameterValue


def patch_message_sizes() -> None:
    """Fault: moto counts the characters of a message's body; SQS counts bytes, and those of the attributes too."""
    send = models.SQSBackend.send_message_batch

    def send_message_batch(self: Any, queue_name: str, entries: dict[str, dict[str, Any]]) -> Any:
        sizes = [_size(entry) for entry in entries.values()]
        if sum(sizes) > MAXIMUM_MESSAGE_LENGTH:
            raise BatchRequestTooLong(sum(sizes))
        longest = self.get_queue(queue_name).maximum_message_size
        if max(sizes, default=0) > longest:
            raise InvalidParameterValue(
                f"One or more parameters are invalid. Reason: Message must be shorter than {longest} bytes."
            )
        return send(self, queue_name, entries)

    models.SQSBackend.send_message_batch = send_message_batch


def _size(entry: dict[str, Any]) -> int:
    attributes = entry.get("MessageAttributes", {})
    texts = [entry["MessageBody"]]
    for name, attribute in attributes.items():
        texts += [name, attribute["DataType"], attribute.get("StringValue", "")]
    return sum(len(text.encode(errors="surrogatepass")) for text in texts)
