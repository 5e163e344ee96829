"""One request for data, as endpoints see it."""

import json
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from reelsift.aws.deployment import Deployment
from reelsift.console.resources import Resources
from reelsift.console.viewer import Viewer

LONGEST_BODY = 64 * 1024
"""Bytes of what a page may send, unless its endpoint takes more."""

_LONGEST_QUERY = 2000
"""Characters of one value in an address."""

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
        """A part of the path."""
        return str(self.request.path_params[name])

    def query(self, name: str) -> str | None:
        """What stands behind `?` under a name. Raises BadRequest."""
        value = self.request.query_params.get(name)
        if value is not None and len(value) > _LONGEST_QUERY:
            raise BadRequest(f"{name} is longer than {_LONGEST_QUERY} characters")
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
