"""Queues and buckets: their requests."""

from collections.abc import Iterable

from rekognition_cloud.meter import Meter
from rekognition_cloud.metering.messages import chunks
from rekognition_cloud.operation import Operation
from rekognition_cloud.wsgi import Environ

_PUT_CLASS = ("Put", "Copy", "Post", "List", "Create", "Complete", "Upload")
_FREE = ("Delete", "Abort")


def meter_request(meter: Meter, operation: Operation, environ: Environ, answer: Iterable[bytes]) -> Iterable[bytes]:
    """Counts an answered request and returns the answer. A request of SQS is as large as the larger of its body and its
    answer, envelopes included.
    """
    if operation.service == "s3":
        meter.add("s3", "", operation.name, _class_of(operation.name))
    elif operation.service == "sqs":
        answer = list(answer)
        size = max(int(environ.get("CONTENT_LENGTH") or 0), sum(len(part) for part in answer))
        meter.add("sqs", "", operation.name, "request", chunks(size))
    return answer


def _class_of(name: str) -> str:
    if name.startswith(_FREE):
        return "delete"
    return "put" if name.startswith(_PUT_CLASS) else "get"
