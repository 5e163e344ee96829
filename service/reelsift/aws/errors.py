"""What AWS's refusals mean to this program, read in one place."""

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

THROTTLES = frozenset({"ThrottlingException", "ProvisionedThroughputExceededException", "TooManyRequestsException"})
"""Rekognition's ways to say: too many requests a second."""

TRANSIENT_CODES = frozenset(
    {
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
        "TransactionInProgressException",
        "503",
        "500",
    }
)

_NETWORK_ERRORS = frozenset(
    {
        "ConnectionClosedError",
        "ConnectTimeoutError",
        "EndpointConnectionError",
        "IncompleteReadError",
        "ReadTimeoutError",
        "ResponseParserError",
        "ResponseStreamingError",
    }
)

_OWN_FAULTS = frozenset({"ValidationException", "InvalidParameterValue", "SerializationException"})
"""Refusals of a request's own content: the same request would be refused for ever."""


class AwsUnavailable(Exception):
    """AWS did not do what was asked, for a reason that passes: a throttle, a fault of its own, or the network."""


def code_of(error: ClientError) -> str:
    """The error code, such as `NoSuchKey`; a HEAD answer has only its status, such as `404`."""
    return str(error.response.get("Error", {}).get("Code", ""))


def message_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Message", "")) or str(error)


def status_of(error: ClientError) -> int:
    """The HTTP status, 0 where there is none."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def is_transient(error: BaseException) -> bool:
    """Whether the same call may succeed later: server faults, throttles and everything of the network."""
    if isinstance(error, AwsUnavailable):
        return True
    if isinstance(error, ClientError):
        return code_of(error) in TRANSIENT_CODES or status_of(error) >= 500  # noqa: PLR2004 - HTTP's server faults
    # botocore's connection errors are no common class; a body cut short is aiohttp's own, or a parser's, error.
    return (
        isinstance(error, HTTPClientError | TimeoutError | OSError)
        or type(error).__module__.startswith("aiohttp")
        or (isinstance(error, BotoCoreError) and type(error).__name__ in _NETWORK_ERRORS)
    )


def is_outage(error: BaseException) -> bool:
    """Whether AWS or the deployment failed, rather than this program or its input: also a permission that is missing,
    a key that is disabled, a table that is gone. Somebody mends these, and the same work then succeeds. Of several
    errors (an exception group) each has to be such a one.
    """
    if isinstance(error, BaseExceptionGroup):
        return all(is_outage(part) for part in error.exceptions)
    if isinstance(error, ClientError):
        return code_of(error) not in _OWN_FAULTS
    return is_transient(error)
