"""What AWS's refusals mean to this program, read in one place.

A refusal passes by itself (`is_transient`), or once somebody has mended the deployment (`is_outage`, which holds for
the first kind too): the same work is tried until then. Every other is a refusal of the request itself, or unknown: it
is tried as often as this program's own failures are, and then the work ends. The codes are those of botocore's retry
rules and of the services' models, and the permissions, credentials and keys that every service may refuse for.
"""

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

THROTTLES = frozenset({"ThrottlingException", "ProvisionedThroughputExceededException", "TooManyRequestsException"})
"""Rekognition's ways to say: too many requests a second."""

TRANSIENT_CODES = frozenset(
    {
        "BandwidthLimitExceeded",
        "ConditionalRequestConflict",
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "InternalServiceError",
        "KMSThrottling",
        "KMSThrottlingException",
        "KmsThrottled",
        "LimitExceededException",
        "OperationAborted",
        "OverLimit",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "ReplicatedWriteConflictException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceException",
        "ServiceUnavailable",
        "SlowDown",
        "Throttled",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionConflictException",
        "TransactionInProgressException",
        "503",
        "500",
    }
)

_DEPLOYMENT_CODES = frozenset(
    {
        # Credentials, and the clock that signs with them.
        "AccessDenied",
        "AccessDeniedException",
        "AuthFailure",
        "AuthorizationError",
        "AuthorizationHeaderMalformed",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSecurity",
        "InvalidSignatureException",
        "InvalidToken",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "NotAuthorized",
        "OptInRequired",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "SubscriptionRequiredException",
        "TokenRefreshRequired",
        "UnauthorizedOperation",
        "UnrecognizedClientException",
        # A queue, table, topic or bucket that is gone, or lies elsewhere.
        "AWS.SimpleQueueService.NonExistentQueue",
        "AWS.SimpleQueueService.QueueDeletedRecently",
        "InvalidAddress",
        "InvalidBucketState",
        "NoSuchBucket",
        "NotFound",
        "NotFoundException",
        "PermanentRedirect",
        "QueueDeletedRecently",
        "QueueDoesNotExist",
        "ResourceInUseException",
        "ResourceNotFoundException",
        "TemporaryRedirect",
    }
)

_KEY_CODES = ("KMS", "Kms")
"""How every code begins that tells of the key of a bucket, queue or topic: disabled, gone, or not allowed."""

_NOT_ALLOWED = frozenset({401, 403})
"""HTTP's statuses for what somebody has to allow, whatever the code says."""

_TOO_MANY = 429
_SERVER_FAULT = 500
"""HTTP's statuses: too many requests, and the first of the server's own faults."""

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

_CREDENTIAL_ERRORS = frozenset(
    {
        "CredentialRetrievalError",
        "MetadataRetrievalError",
        "NoAuthTokenError",
        "NoCredentialsError",
        "PartialCredentialsError",
        "RefreshWithMFAUnsupportedError",
        "SSOError",
        "SSOTokenLoadError",
        "TokenRetrievalError",
        "UnauthorizedSSOTokenError",
    }
)
"""botocore's own errors where it finds no credentials, or cannot renew them."""


class AwsUnavailable(Exception):
    """AWS did not do what was asked, for a reason that passes: a throttle, a fault of its own, or the network."""


class Unanswered(AwsUnavailable):
    """AWS failed over a request about one video: a fault of its own, or no answer. It may be an outage, or this video's
    trouble alone.
    """


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
        status = status_of(error)
        return code_of(error) in TRANSIENT_CODES or status == _TOO_MANY or status >= _SERVER_FAULT
    # botocore's connection errors are no common class; a body cut short is aiohttp's own, or a parser's, error.
    return (
        isinstance(error, HTTPClientError | TimeoutError | OSError)
        or type(error).__module__.startswith("aiohttp")
        or (isinstance(error, BotoCoreError) and type(error).__name__ in _NETWORK_ERRORS)
    )


def needs_mending(error: ClientError) -> bool:
    """Whether AWS refuses for what somebody has to mend in the deployment or its account: a permission, credentials, a
    key, a table or queue that is gone.
    """
    code = code_of(error)
    return code in _DEPLOYMENT_CODES or code.startswith(_KEY_CODES) or status_of(error) in _NOT_ALLOWED


def is_outage(error: BaseException) -> bool:
    """Whether AWS or the deployment failed, rather than this program or its input: it passes, or somebody mends it, and
    the same work then succeeds. Of several errors (an exception group) each has to be such a one.

    A refusal of the request itself is none, nor is one that nobody knows: what meets these is tried a few times.
    """
    if isinstance(error, BaseExceptionGroup):
        return all(is_outage(part) for part in error.exceptions)
    if isinstance(error, ClientError) and needs_mending(error):
        return True
    return is_transient(error) or (isinstance(error, BotoCoreError) and type(error).__name__ in _CREDENTIAL_ERRORS)
