"""Why something did not succeed: stable reason codes, and which of them may be tried again."""

import re
from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Stable codes: reports, metrics and tables carry them, so they are only ever added to."""

    # What the line itself says.
    BAD_LINE = "bad_line"
    BAD_MESSAGE = "bad_message"
    BUCKET_NOT_ALLOWED = "bucket_not_allowed"
    # What S3 says of the object.
    KEY_NOT_ALLOWED = "key_not_allowed"
    OBJECT_MISSING = "object_missing"
    ACCESS_DENIED = "access_denied"
    WRONG_REGION = "wrong_region"
    ARCHIVED = "archived"
    CUSTOMER_KEY = "customer_key"
    EMPTY_OBJECT = "empty_object"
    TOO_LARGE = "too_large"
    OBJECT_CHANGED = "object_changed"
    S3_FAILED = "s3_failed"
    # What Rekognition says.
    INVALID_OBJECT = "invalid_object"
    UNSUPPORTED_CODEC = "unsupported_codec"
    INVALID_REQUEST = "invalid_request"
    REKOGNITION_FAILED = "rekognition_failed"
    RESULT_EXPIRED = "result_expired"
    # What reelsift says.
    ANSWER_REFUSED = "answer_refused"
    START_UNKNOWN = "start_unknown"
    GAVE_UP = "gave_up"
    INTERNAL_ERROR = "internal_error"
    # Not a failure: why a line was SKIPPED.
    ALREADY_ANALYSED = "already_analysed"
    FILTERED = "filtered"
    CANCELLED = "cancelled"
    MAX_COST = "max_cost"
    RESULT_GONE = "result_gone"
    POLICY_CHANGED = "policy_changed"
    SEALED = "sealed"
    # Not a failure either: why a line SUCCEEDED without an analysis of its own.
    SHARED = "shared"
    IMPORTED = "imported"
    # Nor is this: why a line SUCCEEDED although an analysis of it failed that it need not have.
    PARTLY_FAILED = "partly_failed"


NOT_RETRIED = frozenset({Reason.BAD_LINE, Reason.BAD_MESSAGE, Reason.START_UNKNOWN})
"""Failures that `retry` leaves alone unless they are named: of the first two no object is known, and the last may have
been paid.
"""


COST_UNKNOWN = frozenset(
    {
        Reason.ACCESS_DENIED,
        Reason.INTERNAL_ERROR,
        Reason.REKOGNITION_FAILED,
        Reason.RESULT_EXPIRED,
        Reason.START_UNKNOWN,
        Reason.TOO_LARGE,
        Reason.UNSUPPORTED_CODEC,
    }
)
"""Failures of which some, or all, had a job at Rekognition that did not succeed, or that nobody knows of. AWS does not
say whether it bills these.
"""


@dataclass(frozen=True, slots=True)
class Failure:
    """A reason, the words of whoever refused, and whether another attempt can end differently."""

    reason: Reason
    message: str
    retryable: bool = False


_STATUS_MESSAGES = tuple(
    # Whole words: "format" stands in "information" too, and "access" in "accessory".
    (re.compile(rf"\b(?:{words})\b", re.IGNORECASE), reason)
    for words, reason in (
        (r"codecs?|formats?", Reason.UNSUPPORTED_CODEC),
        (r"durations?|too large", Reason.TOO_LARGE),
        (r"access(?:ed|ible)?|inaccessible", Reason.ACCESS_DENIED),
    )
)


def failed_job(status_message: str) -> Failure:
    """What a job that Rekognition ended as FAILED means, from its StatusMessage.

    Rekognition has no code here, only words (`Unsupported codec/format.` is recorded). Words that speak of the
    video itself are permanent; all others, such as an internal error, may pass with another attempt.
    """
    for words, reason in _STATUS_MESSAGES:
        if words.search(status_message):
            return Failure(reason, status_message)
    return Failure(Reason.REKOGNITION_FAILED, status_message or "Rekognition gave no reason", retryable=True)
