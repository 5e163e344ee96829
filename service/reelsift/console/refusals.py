"""What an endpoint answers where it cannot do what it was asked: a status, a code for the page, and a sentence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import structlog
from botocore.exceptions import ClientError

from reelsift import errors
from reelsift.aws.errors import AwsUnavailable, code_of, is_outage, status_of
from reelsift.console.access.gate import Forbidden, Unauthorised
from reelsift.console.call import BadRequest
from reelsift.runtime.faults import Faults

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that says what went wrong. `members` are facts that the page uses; `headers` go with it."""

    status: HTTPStatus
    code: str
    message: str
    members: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> dict[str, Any]:
        return {**self.members, "error": self.code, "message": self.message}


class Refused(Exception):
    """An endpoint refuses, by an answer of its own."""

    def __init__(self, status: HTTPStatus, code: str, message: str, **members: Any) -> None:
        super().__init__(message)
        self.refusal = Refusal(status, code, message, members)


_NO_VIDEO = "nothing is known of this video"

_ACCESS_DENIED = 403

_ANSWERS: Mapping[type[Exception], tuple[HTTPStatus, str, str | None]] = {
    BadRequest: (HTTPStatus.UNPROCESSABLE_ENTITY, "refused", None),
    Unauthorised: (HTTPStatus.UNAUTHORIZED, "unauthorised", None),
    Forbidden: (HTTPStatus.FORBIDDEN, "forbidden", None),
    errors.SpecialistsOnly: (HTTPStatus.FORBIDDEN, "forbidden", None),
    errors.NotClaimed: (
        HTTPStatus.CONFLICT,
        "not_claimed",
        "this video is not yours any more: it waits for somebody again, or was decided",
    ),
    errors.DecidedMeanwhile: (
        HTTPStatus.CONFLICT,
        "decided_meanwhile",
        "somebody else has decided this video meanwhile; nothing was written",
    ),
    errors.OtherContent: (
        HTTPStatus.CONFLICT,
        "content_changed",
        "the object holds another content by now than the one that was analysed; nothing was written",
    ),
    # Who may not see a sealed video is told what they would be told if there were none.
    errors.VideoSealed: (HTTPStatus.NOT_FOUND, "not_found", _NO_VIDEO),
    errors.NothingKnown: (HTTPStatus.NOT_FOUND, "not_found", _NO_VIDEO),
    errors.NeverAnalysed: (HTTPStatus.NOT_FOUND, "not_found", _NO_VIDEO),
    errors.NoHistory: (HTTPStatus.NOT_FOUND, "not_found", _NO_VIDEO),
    errors.NoSuchBatch: (HTTPStatus.NOT_FOUND, "not_found", None),
    errors.NoSuchReviewQueue: (HTTPStatus.NOT_FOUND, "not_found", None),
    errors.NoSuchDecision: (HTTPStatus.NOT_FOUND, "not_found", None),
    errors.NoSuchAppeal: (HTTPStatus.NOT_FOUND, "not_found", None),
    errors.NoSuchEpoch: (HTTPStatus.NOT_FOUND, "not_found", None),
    errors.ReportMissing: (HTTPStatus.NOT_FOUND, "not_found", None),
    errors.ReelsiftError: (HTTPStatus.UNPROCESSABLE_ENTITY, "refused", None),
}
"""By the nearest class of what was raised: status, code, and the sentence, None where it is the error's own."""


def refusal_of(error: Exception, path: str, faults: Faults) -> Refusal:
    """The answer to what was raised. What nobody foresaw is counted, and logged by the `path` of the endpoint alone:
    requests hold notes, keys and links.
    """
    if isinstance(error, Refused):
        return error.refusal
    answer = next((_ANSWERS[kind] for kind in type(error).__mro__ if kind in _ANSWERS), None)
    if answer is None:
        return _of_aws(error, path, faults)
    status, code, message = answer
    members = {}
    if isinstance(error, errors.DecidedMeanwhile):
        members = {"action": error.action, "by": error.by, "at_ms": error.at_ms}
    return Refusal(status, code, str(error) if message is None else message, members)


def _of_aws(error: Exception, path: str, faults: Faults) -> Refusal:
    if isinstance(error, ClientError) and (
        code_of(error).startswith("AccessDenied") or status_of(error) == _ACCESS_DENIED
    ):
        _log.warning("console_access_denied", path=path, operation=error.operation_name)
        return Refusal(
            HTTPStatus.FORBIDDEN, "forbidden", f"AWS does not allow {error.operation_name} with these credentials"
        )
    if isinstance(error, AwsUnavailable) or is_outage(error):
        _log.warning("console_aws_unavailable", path=path, error=type(error).__name__)
        return Refusal(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "unavailable",
            "AWS does not answer, or refuses for now: try again in a moment",
            headers={"Retry-After": "2"},
        )
    faults.swallow("console_failed", error, path=path)
    return Refusal(
        HTTPStatus.INTERNAL_SERVER_ERROR, "failed", "this is a fault of the console: it is in its log, by the time"
    )
