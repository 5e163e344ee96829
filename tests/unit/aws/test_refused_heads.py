"""What a HEAD that S3 refuses without a word turns out to mean."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from reelsift.aws.errors import Unanswered
from reelsift.aws.objects import ObjectUnusable, Videos
from reelsift.domain.failure import Reason
from reelsift.domain.video import ObjectRef, Video

SSE_C = "The object was stored using a form of Server Side Encryption. The correct parameters must be provided."


def refusal(operation: str, status: int, code: str = "", message: str = "Bad Request") -> ClientError:
    response: Any = {
        "Error": {"Code": code or str(status), "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, operation)


def videos(get: ClientError | None) -> Videos:
    """A bucket whose every HEAD is answered 400, and whose GETs tell more."""

    async def head_bucket(**_: str) -> dict[str, Any]:
        return {}

    async def head_object(**_: str) -> dict[str, Any]:
        raise refusal("HeadObject", 400)

    async def get_object(**_: str) -> dict[str, Any]:
        if get is not None:
            raise get
        return {"Body": SimpleNamespace(close=lambda: None)}

    client = SimpleNamespace(
        meta=SimpleNamespace(region_name="eu-west-1"),
        head_bucket=head_bucket,
        head_object=head_object,
        get_object=get_object,
    )
    return Videos(cast("Any", client), frozenset({"videos"}))


@pytest.mark.parametrize(
    ("get", "reason"),
    [
        (refusal("GetObject", 400, "InvalidRequest", SSE_C), Reason.CUSTOMER_KEY),
        (refusal("GetObject", 400, "InvalidArgument", "Invalid version id specified"), Reason.OBJECT_MISSING),
        (refusal("GetObject", 404, "NoSuchVersion", "no such version"), Reason.OBJECT_MISSING),
        (refusal("GetObject", 403, "AccessDenied", "no"), Reason.ACCESS_DENIED),
        (None, Reason.OBJECT_MISSING),
    ],
)
async def test_the_first_byte_tells_what_a_head_does_not(get: ClientError | None, reason: Reason) -> None:
    with pytest.raises(ObjectUnusable) as raised:
        await videos(get).head(ObjectRef("videos", "a.mp4", "v"))
    assert raised.value.failure.reason is reason


@pytest.mark.parametrize(
    ("get", "raised"),
    [
        (refusal("GetObject", 400, "ExpiredToken"), ClientError),
        (refusal("GetObject", 503, "SlowDown"), Unanswered),
    ],
    ids=["expired", "busy"],
)
async def test_credentials_that_have_expired_and_an_s3_that_is_busy_end_no_line(
    get: ClientError, raised: type[Exception]
) -> None:
    with pytest.raises(raised):
        await videos(get).head(ObjectRef("videos", "a.mp4"))


async def test_content_that_was_put_under_a_customers_key_is_another_than_that_which_was_analysed() -> None:
    hidden = videos(refusal("GetObject", 400, "InvalidRequest", SSE_C))
    assert not await hidden.is_unchanged(Video("videos", "a.mp4", "etag"))
