"""Which refusals of AWS are waited out, and which are tried a few times, by botocore's rules and models."""

from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError, CredentialRetrievalError, NoCredentialsError, ParamValidationError
from botocore.retries import standard

from reelsift.aws.errors import TRANSIENT_CODES, is_outage, is_transient
from reelsift.aws.rekognition import Denied, Unclear, refusal_of
from support.cases import every_case

CALLED = {
    "cloudwatch": ["PutMetricData"],
    "dynamodb": [
        *("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan"),
        *("BatchGetItem", "BatchWriteItem", "TransactWriteItems"),
    ],
    "rekognition": ["StartContentModeration", "GetContentModeration"],
    "s3": [
        *("HeadObject", "HeadBucket", "GetObject", "PutObject", "ListObjectsV2", "DeleteObject", "DeleteObjects"),
        *("CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "AbortMultipartUpload"),
    ],
    "service-quotas": ["GetServiceQuota"],
    "sns": ["Publish"],
    "sqs": [
        *("SendMessageBatch", "ReceiveMessage", "DeleteMessageBatch", "ChangeMessageVisibilityBatch"),
        *("GetQueueAttributes", "GetQueueUrl"),
    ],
}
"""What a worker calls."""

OF_THE_REQUEST = {
    "cloudwatch": {"InvalidParameterCombination", "InvalidParameterValue", "MissingParameter"},
    "dynamodb": {
        "ConditionalCheckFailedException",
        "IdempotentParameterMismatchException",
        "ItemCollectionSizeLimitExceededException",
        "TransactionCanceledException",
    },
    "rekognition": {
        "IdempotentParameterMismatchException",
        "InvalidPaginationTokenException",
        "InvalidParameterException",
        "InvalidS3ObjectException",
        "VideoTooLargeException",
    },
    "s3": {
        "EncryptionTypeMismatch",
        "InvalidRequest",
        "InvalidWriteOffset",
        "NoSuchKey",
        "NoSuchUpload",
        "TooManyParts",
    },
    "service-quotas": {"IllegalArgumentException", "NoSuchResourceException"},
    "sns": {
        "EndpointDisabled",
        "InvalidParameter",
        "ParameterValueInvalid",
        "PlatformApplicationDisabled",
        "ValidationException",
    },
    "sqs": {
        "BatchEntryIdsNotDistinct",
        "BatchRequestTooLong",
        "EmptyBatchRequest",
        "InvalidAttributeName",
        "InvalidBatchEntryId",
        "TooManyEntriesInBatchRequest",
        "UnsupportedOperation",
    },
}
"""What the models document that the same request would meet again and again. All else passes, or is mended."""


def refusal(code: str, status: int = 400) -> ClientError:
    answer = {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "Operation")  # type: ignore[arg-type]


def documented() -> Iterator[tuple[str, str, int]]:
    session = botocore.session.get_session()
    for service, operations in CALLED.items():
        model = session.get_service_model(service)
        found = {
            (
                shape.metadata.get("error", {}).get("code", shape.name),
                shape.metadata.get("error", {}).get("httpStatusCode", 400),
            )
            for operation in operations
            for shape in model.operation_model(operation).error_shapes
        }
        for code, status in sorted(found):
            yield service, code, status


def test_every_documented_refusal_is_waited_out_or_tried_a_few_times() -> None:
    with every_case() as case:
        for service, code, status in documented():
            with case(service, code, status):
                assert is_outage(refusal(code, status)) is (code not in OF_THE_REQUEST[service])


def test_what_botocore_retries_passes() -> None:
    throttles: Any = standard.ThrottledRetryableChecker
    transients: Any = standard.TransientRetryableChecker
    codes = {*throttles._THROTTLED_ERROR_CODES, *transients._TRANSIENT_ERROR_CODES}
    assert {code for code in codes if not code.startswith("EC2")} <= TRANSIENT_CODES


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ValidationException", 400),
        ("InvalidParameterValue", 400),
        ("SerializationException", 400),
        ("InvalidMessageContents", 400),
        ("EntityTooLarge", 400),
        ("NobodyKnows", 400),
        ("NobodyKnows", 409),
    ],
)
def test_a_refusal_of_the_request_or_one_that_nobody_knows_is_tried_a_few_times_only(code: str, status: int) -> None:
    assert not is_outage(refusal(code, status))


@pytest.mark.parametrize(
    "error",
    [
        refusal("ExpiredTokenException"),
        refusal("UnrecognizedClientException"),
        refusal("RequestTimeTooSkewed", 403),
        refusal("AccountProblem", 403),
        refusal("NobodyKnows", 403),
        refusal("KMS.DisabledException"),
        refusal("KMS.KMSInvalidStateException"),
        refusal("KmsAccessDenied"),
        refusal("AWS.SimpleQueueService.NonExistentQueue"),
        refusal("NoSuchBucket", 404),
        NoCredentialsError(),
        CredentialRetrievalError(provider="container-role", error_msg="503"),
    ],
    ids=str,
)
def test_what_somebody_mends_in_the_deployment_is_waited_out(error: Exception) -> None:
    assert is_outage(error)
    assert not is_transient(error)


@pytest.mark.parametrize("error", [ParamValidationError(report="x"), ValueError("x"), KeyError("x"), MemoryError()])
def test_a_failure_of_this_program_is_no_outage(error: Exception) -> None:
    assert not is_outage(error)


def test_a_start_that_the_deployment_may_not_send_waits_and_an_unknown_answer_is_unclear() -> None:
    assert isinstance(refusal_of(refusal("ExpiredTokenException")), Denied)
    assert isinstance(refusal_of(refusal("UnrecognizedClientException")), Denied)
    assert isinstance(refusal_of(refusal("NobodyKnows")), Unclear)
