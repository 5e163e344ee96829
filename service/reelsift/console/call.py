"""One request for data, as endpoints see it."""

import json
import re
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from reelsift.aws.deployment import Deployment
from reelsift.console.resources import Resources
from reelsift.console.viewer import Viewer

LONGEST_BODY = 64 * 1024
"""Bytes of what a page may send, unless its endpoint takes more."""

LONGEST_NAME = 900
"""Bytes of what somebody may ask for by name: DynamoDB takes keys of 1,024 bytes, and more stands in them."""

LONGEST_VALUE = 4000
"""Bytes of other values in an address."""

Body = TypeVar("Body", bound=BaseModel)


class BadRequest(Exception):
    """A request cannot be understood; the message says why, and repeats nothing of it."""


@dataclass(frozen=True, slots=True)
class Call:
    """Who asks, with what."""

    resources: Resources
    viewer: Viewer
    request: Request

    @property
    def deployment(self) -> Deployment:
        return self.resources.deployment

    def path(self, name: str) -> str:
        """A part of the path. Raises BadRequest for what nothing can be called."""
        value = str(self.request.path_params[name])
        if not can_be_named(value):
            raise BadRequest(f"{name} is longer than {LONGEST_NAME} bytes, or no text")
        return value

    def number(self, name: str) -> int:
        """A part of the path that is a number, not negative. Raises BadRequest."""
        text = self.path(name)
        if not re.fullmatch(r"[0-9]{1,15}", text):
            raise BadRequest(f"{name} is no number of up to 15 digits")
        return int(text)

    def query(self, name: str, *, longest: int = LONGEST_NAME) -> str | None:
        """What stands behind `?` under a name, in up to so many bytes. Raises BadRequest."""
        value = self.request.query_params.get(name)
        if value and not can_be_named(value, longest=longest):
            raise BadRequest(f"{name} is longer than {longest} bytes, or no text")
        return value

    async def body(self, model: type[Body], *, longest: int = LONGEST_BODY) -> Body:
        """What was sent, as JSON of this form. Raises BadRequest."""
        if self.request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            # A form of another site can send other types without being asked.
            raise BadRequest("send JSON, as application/json")
        try:
            return model.model_validate(json.loads(await _read(self.request, longest)))
        except ValidationError as error:
            raise BadRequest(_sentence(error)) from None
        except (ValueError, RecursionError):
            raise BadRequest("this is no JSON") from None


def can_be_named(text: str, *, longest: int = LONGEST_NAME) -> bool:
    """Whether something may be called so: DynamoDB refuses keys that are empty, longer, or no text at all."""
    try:
        return 0 < len(text.encode()) <= longest
    except UnicodeEncodeError:
        return False


async def _read(request: Request, longest: int) -> bytes:
    read = bytearray()
    async for part in request.stream():
        read += part
        if len(read) > longest:
            raise BadRequest(f"this is longer than {longest:,} bytes")
    return bytes(read)


def _sentence(error: ValidationError) -> str:
    """The first problem, by name. What was sent is not repeated."""
    problem: Any = error.errors(include_input=False, include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in problem["loc"]) or "the request"
    return f"{place}: {problem['msg'][:1].lower()}{problem['msg'][1:]}"
