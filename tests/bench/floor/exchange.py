"""One request of a worker and its answer, as they were recorded."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

_HOP_BY_HOP = frozenset({"connection", "date", "keep-alive", "server", "transfer-encoding"})


@dataclass(frozen=True, slots=True)
class Exchange:
    """`service` and `operation` are botocore's names; `began` and `ended` are epoch seconds."""

    service: str
    operation: str
    parameters: dict[str, Any]
    status: int
    headers: dict[str, str]
    body: bytes
    began: float
    ended: float

    @property
    def worked(self) -> bool:
        """Whether it is part of the work: no long poll that returned nothing, and nothing of the start."""
        if self.operation == "ReceiveMessage":
            return b'"Messages"' in self.body and b'"Messages":[]' not in self.body.replace(b" ", b"")
        return self.operation != "GetQueueUrl"

    def line(self) -> str:
        """As a line of JSON."""
        members = {
            "service": self.service,
            "operation": self.operation,
            "parameters": self.parameters,
            "status": self.status,
            "headers": {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP},
            "body": self.body,
            "began": self.began,
            "ended": self.ended,
        }
        return json.dumps(members, default=_bytes)

    @classmethod
    def of_line(cls, line: str) -> Self:
        members = json.loads(line, object_hook=_plain)
        return cls(**members)


def read_exchanges(recording: Path) -> Iterator[Exchange]:
    """The exchanges of a recording, in the order in which they ended."""
    with recording.open(encoding="utf-8") as lines:
        for line in lines:
            yield Exchange.of_line(line)


def _bytes(value: object) -> dict[str, str]:
    if not isinstance(value, bytes | bytearray):
        raise TypeError(f"a request or answer holds a {type(value).__name__}, which no recording can")
    return {"base64": base64.b64encode(value).decode("ascii")}


def _plain(members: dict[str, Any]) -> Any:
    return base64.b64decode(members["base64"]) if members.keys() == {"base64"} else members
