import aiohttp
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, ParamValidationError

from reelsift.aws.errors import AwsUnavailable, is_transient


def refusal(code: str, status: int) -> ClientError:
    answer = {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "Operation")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "error",
    [
        refusal("ThrottlingException", 400),
        refusal("SlowDown", 503),
        refusal("NobodyKnows", 502),
        EndpointConnectionError(endpoint_url="http://x"),
        ConnectTimeoutError(endpoint_url="http://x"),
        aiohttp.ClientPayloadError(),
        TimeoutError(),
        ConnectionResetError(),
        AwsUnavailable("x"),
    ],
    ids=lambda error: f"{type(error).__name__} {error}"[:40],
)
def test_what_may_pass_is_tried_again(error: Exception) -> None:
    assert is_transient(error)


@pytest.mark.parametrize(
    "error",
    [
        refusal("AccessDeniedException", 400),
        refusal("ResourceNotFoundException", 400),
        ParamValidationError(report="x"),
        ValueError(),
        KeyError("x"),
    ],
    ids=lambda error: f"{type(error).__name__} {error}"[:40],
)
def test_what_would_only_be_refused_again_is_not(error: Exception) -> None:
    assert not is_transient(error)
