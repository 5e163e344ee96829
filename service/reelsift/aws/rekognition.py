"""Rekognition Video: Start* by a client that retries nothing by itself, Get* page by page."""

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from botocore.exceptions import ClientError, ParamValidationError

from reelsift.aws.errors import THROTTLES, Unanswered, code_of, is_transient, message_of, needs_mending
from reelsift.aws.video_region import INVENTED_JOB
from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Failure, Reason

if TYPE_CHECKING:
    from types_aiobotocore_rekognition.client import RekognitionClient

PAGE_DETECTIONS = 1000
"""Detections on a page at most (Rekognition)."""

_REFUSALS = {
    "InvalidParameterException": Reason.INVALID_REQUEST,
    "ValidationException": Reason.INVALID_REQUEST,
    "InvalidS3ObjectException": Reason.INVALID_OBJECT,
    "VideoTooLargeException": Reason.TOO_LARGE,
    "ResourceNotFoundException": Reason.INVALID_REQUEST,
}


@dataclass(frozen=True, slots=True)
class Started:
    """Rekognition has a job, and this is its name."""

    job_id: str


@dataclass(frozen=True, slots=True)
class QuotaFull:
    """LimitExceededException: as many jobs are open in the account as it allows. Nothing was started."""


@dataclass(frozen=True, slots=True)
class Throttled:
    """Too many requests a second. Nothing was started."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """The answer never came, or says nothing: the job may have been started, or not."""

    message: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Rekognition will not do this, now or later. Nothing was started by this request."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class TokenMismatch:
    """IdempotentParameterMismatchException: a Start with this token but another input was accepted before."""

    message: str


@dataclass(frozen=True, slots=True)
class Denied:
    """The service may not start jobs, or its credentials are no good. An object it may not read is another refusal."""

    message: str


StartAnswer = Started | QuotaFull | Throttled | Unclear | Refused | Denied | TokenMismatch


class ResultExpired(Exception):
    """Rekognition no longer knows the JobId: results live 7 days."""


class PageTokenExpired(Exception):
    """Page tokens live 24 h; the answer has to be read again from its beginning."""


class Rekognition:
    """The two operations of each analysis.

    `starter` has botocore's retries off: its standard mode would retry LimitExceededException as if it were a
    throttle, and hide from this program that the quota is used up. `getter` retries by botocore's standard mode.
    """

    def __init__(self, starter: "RekognitionClient", getter: "RekognitionClient") -> None:
        self.starter = starter
        self.getter = getter
        getter.meta.events.register("before-parse.rekognition", _keep_all_members)

    async def start(self, analysis: Analysis, start_input: str) -> StartAnswer:
        """Send Start* with exactly the stored input (JSON) and say what came of it. Never raises for a refusal."""
        call = getattr(self.starter, xform_name(analysis.spec.start))
        try:
            answer = await call(**json.loads(start_input))
        except ParamValidationError as error:
            return Refused(Failure(Reason.INVALID_REQUEST, str(error)))
        except ClientError as error:
            return refusal_of(error)
        except Exception as error:
            if not is_transient(error):
                raise
            return Unclear(f"{type(error).__name__}: {error}")
        return Started(answer["JobId"])

    async def page(self, analysis: Analysis, job_id: str, token: str | None = None) -> dict[str, Any]:
        """One page of Get*: status, and once it is SUCCEEDED up to 1,000 detections.

        Raises ResultExpired, PageTokenExpired, and Unanswered where Rekognition fails over the request; throttles and
        other refusals as botocore's ClientError.
        """
        call = getattr(self.getter, xform_name(analysis.spec.get))
        request = {"JobId": job_id, "MaxResults": PAGE_DETECTIONS, **analysis.spec.get_options}
        if token is not None:
            request["NextToken"] = token
        try:
            answer: dict[str, Any] = await call(**request)
        except ClientError as error:
            if code_of(error) == "ResourceNotFoundException":
                raise ResultExpired(job_id) from None
            if code_of(error) == "InvalidPaginationTokenException":
                raise PageTokenExpired(job_id) from None
            if code_of(error) in THROTTLES or not is_transient(error):
                raise
            raise Unanswered(f"{analysis.spec.get} of {job_id}: {code_of(error)}: {message_of(error)}") from error
        except Exception as error:
            if not is_transient(error):
                raise
            raise Unanswered(f"{analysis.spec.get} of {job_id}: {type(error).__name__}: {error}") from error
        answer.pop("ResponseMetadata", None)
        return answer

    async def is_up(self, analysis: Analysis) -> bool:
        """Whether Rekognition answers about a job that does not exist. Whatever it says is an answer, but for a fault
        of its own.
        """
        try:
            await self.page(analysis, INVENTED_JOB)
        except Unanswered:
            return False
        except (ResultExpired, ClientError):
            return True
        return True


def _keep_all_members(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any) -> None:
    """Keep what botocore's model does not know and its parser leaves out: what AWS has added to answers since."""
    if response_dict["status_code"] != HTTPStatus.OK:
        return
    try:
        answer = json.loads(response_dict["body"])
    except ValueError:
        # botocore's own parser says so.
        return
    if isinstance(answer, dict):
        customized_response_dict.update((name, value) for name, value in answer.items() if value is not None)


def refusal_of(error: ClientError) -> StartAnswer:
    """What a refused Start* means."""
    code = code_of(error)
    if code == "LimitExceededException":
        return QuotaFull()
    if code in THROTTLES:
        return Throttled()
    if code in _REFUSALS:
        return Refused(Failure(_REFUSALS[code], f"{code}: {message_of(error)}"))
    if code == "IdempotentParameterMismatchException":
        return TokenMismatch(message_of(error))
    if needs_mending(error):
        return Denied(f"{code}: {message_of(error)}")
    # InternalServerError may have started the job, and a code nobody knows says nothing.
    return Unclear(f"{code}: {message_of(error)}")
