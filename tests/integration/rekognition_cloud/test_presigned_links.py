"""Links that carry their signature are refused as S3 refuses them: altered, expired, or of credentials not in force."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen
from xml.etree import ElementTree as ET

import boto3
import pytest
from botocore.config import Config

from integration.rekognition_cloud.account import SERVICE_ROLE_POLICY, Aws
from rekognition_cloud.clips import clip
from support.world import eventually

_KEY = "führung/a b+c=1 & é.mp4"


class _Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def error(self) -> dict[str, str]:
        return {part.tag: part.text or "" for part in ET.fromstring(self.body)}  # noqa: S314  # of the embedded cloud


def _sent(url: str, method: str = "GET", **headers: str) -> _Answer:
    request = Request(url, method=method, headers={name.replace("_", "-"): value for name, value in headers.items()})  # noqa: S310
    try:
        with urlopen(request) as answer:  # noqa: S310  # a loopback address
            return _Answer(
                answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.read()
            )
    except HTTPError as refused:
        return _Answer(refused.code, {name.lower(): value for name, value in refused.headers.items()}, refused.read())


class _Place(NamedTuple):
    aws: Aws
    bucket: str
    versions: list[str]

    def link(self, seconds: int = 300, *, signature: str = "s3v4", keys: Any = None, **members: str) -> str:
        make: Any = boto3.client
        s3 = make(
            "s3",
            endpoint_url=self.aws.cloud.url,
            region_name="us-east-1",
            config=Config(signature_version=signature, s3={"addressing_style": "path"}),
            **(keys or {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}),
        )
        asked = {"Bucket": self.bucket, "Key": _KEY, **members}
        return str(s3.generate_presigned_url("get_object", Params=asked, ExpiresIn=seconds))


@pytest.fixture(scope="module")
def content() -> bytes:
    return clip(2)


@pytest.fixture
def place(aws: Aws, content: bytes) -> _Place:
    """A bucket with two versions of an object whose key needs encoding."""
    s3, bucket = aws.client("s3"), aws.bucket()
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    versions = [
        s3.put_object(Bucket=bucket, Key=_KEY, Body=body, ContentType="video/mp4")["VersionId"]
        for body in (content, b"newer")
    ]
    return _Place(aws, bucket, versions)


def test_a_link_gives_the_version_it_was_signed_for_and_parts_of_it(place: _Place, content: bytes) -> None:
    link = place.link(VersionId=place.versions[0])
    whole = _sent(link, Origin="https://elsewhere.example")
    assert (whole.status, whole.body, whole.headers["content-type"]) == (200, content, "video/mp4")
    assert not [name for name in whole.headers if name.startswith("access-control-")], "the bucket has no CORS"
    assert _sent(place.link()).body == b"newer"
    for asked, first, last in (("bytes=0-", 0, len(content) - 1), ("bytes=100-199", 100, 199)):
        part = _sent(link, Range=asked)
        assert (part.status, part.body) == (206, content[first : last + 1])
        assert part.headers["content-range"] == f"bytes {first}-{last}/{len(content)}"
    beyond = _sent(link, Range=f"bytes={len(content)}-")
    assert (beyond.status, beyond.error["Code"]) == (416, "InvalidRange")


def test_a_bucket_that_allows_an_origin_says_so_on_a_link(place: _Place) -> None:
    rules = [{"AllowedMethods": ["GET"], "AllowedOrigins": ["https://console.example"]}]
    place.aws.client("s3").put_bucket_cors(Bucket=place.bucket, CORSConfiguration={"CORSRules": rules})
    allowed = _sent(place.link(), Origin="https://console.example")
    assert allowed.headers["access-control-allow-origin"] == "https://console.example"
    assert "access-control-allow-origin" not in _sent(place.link(), Origin="https://elsewhere.example").headers


def test_a_link_is_refused_once_its_seconds_are_over(place: _Place) -> None:
    link = place.link(2)
    eventually(lambda: _sent(link).status != 200, "the link is over")
    expired = _sent(link)
    assert (expired.status, expired.error["Code"], expired.error["Message"]) == (
        403,
        "AccessDenied",
        "Request has expired",
    )
    assert expired.error["X-Amz-Expires"] == "2"
    assert expired.error["Expires"] <= expired.error["ServerTime"]
    early = _sent(re.sub(r"X-Amz-Date=\d{4}", "X-Amz-Date=2999", place.link()))
    assert (early.status, early.error["Message"]) == (403, "Request is not yet valid")


_ALTERED: dict[str, Callable[[str, _Place], str]] = {
    "another key": lambda link, _: link.replace("b%2Bc", "b%2Bd"),
    "another bucket": lambda link, place: link.replace(place.bucket, f"{place.bucket}x"),
    "another version": lambda link, place: link.replace(place.versions[0], place.versions[1]),
    "no version": lambda link, place: link.replace(f"versionId={place.versions[0]}&", ""),
    "longer": lambda link, _: link.replace("X-Amz-Expires=300", "X-Amz-Expires=3000"),
    "more headers": lambda link, _: link.replace("X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders=host%3Brange"),
    "more asked for": lambda link, _: f"{link}&response-content-type=text%2Fhtml",
    "another signature": lambda link, _: link[:-1] + ("0" if link[-1] != "0" else "1"),
}


@pytest.mark.parametrize("how", _ALTERED)
def test_an_altered_link_is_refused(place: _Place, how: str) -> None:
    link = place.link(VersionId=place.versions[0])
    altered = _ALTERED[how](link, place)
    assert altered != link
    refused = _sent(altered)
    assert (refused.status, refused.error["Code"]) == (403, "SignatureDoesNotMatch")
    assert refused.error["StringToSign"].startswith("AWS4-HMAC-SHA256\n")


def test_a_link_is_for_its_method_and_for_no_headers_of_amazons(place: _Place) -> None:
    link = place.link()
    assert _sent(link, "HEAD").status == 403
    assert _sent(link, "PUT").error["Code"] == "SignatureDoesNotMatch"
    unsigned = _sent(link, x_amz_request_payer="requester")
    assert (unsigned.error["Code"], unsigned.error["HeadersNotSigned"]) == ("AccessDenied", "x-amz-request-payer")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("X-Amz-Expires=300", "X-Amz-Expires=604801"), "must be less than a week"),
        (("X-Amz-Expires=300", "X-Amz-Expires=-1"), "non-negative"),
        (("X-Amz-Expires=300", "X-Amz-Expires=soon"), "should be a number"),
        (("X-Amz-Expires=300&", ""), "requires the X-Amz-Algorithm"),
        (("AWS4-HMAC-SHA256", "none"), "only supports"),
        (("%2Fs3%2F", "%2Fsts%2F"), "mal-formed"),
        (("X-Amz-Date=", "X-Amz-Date=x"), "ISO8601"),
    ],
)
def test_what_is_no_link_of_this_form_is_refused(place: _Place, change: tuple[str, str], message: str) -> None:
    refused = _sent(place.link().replace(*change))
    assert (refused.status, refused.error["Code"]) == (400, "AuthorizationQueryParametersError")
    assert message in refused.error["Message"]


def test_a_link_of_the_old_signature_is_refused(place: _Place) -> None:
    refused = _sent(place.link(signature="s3"))
    assert (refused.status, refused.error["Code"]) == (400, "InvalidRequest")
    assert "AWS4-HMAC-SHA256" in refused.error["Message"]


def test_a_link_lives_no_longer_than_the_credentials_that_signed_it(place: _Place) -> None:
    iam, sts = place.aws.client("iam"), place.aws.client("sts")
    given = sts.assume_role(RoleArn=place.aws.role(SERVICE_ROLE_POLICY), RoleSessionName="console")["Credentials"]
    session = {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }
    link = place.link(keys=session)
    assert _sent(link).body == b"newer"
    assert _sent(place.link(keys=session | {"aws_session_token": "x"})).error["Code"] == "InvalidToken"
    assert _sent(link.replace(quote(given["SessionToken"], safe=""), "")).error["Code"] == "InvalidToken"
    wrong = place.link(keys=session | {"aws_secret_access_key": "x"})
    assert _sent(wrong).error["Code"] == "SignatureDoesNotMatch"

    user = f"user-{place.bucket}"
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    link = place.link(keys=keys)
    assert _sent(link).body == b"newer"
    iam.update_access_key(UserName=user, AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert _sent(link).error["Code"] == "InvalidAccessKeyId"


def test_a_link_can_do_what_policies_let_its_signer_do(place: _Place) -> None:
    sts = place.aws.client("sts")
    given = sts.assume_role(RoleArn=place.aws.role(), RoleSessionName="console")["Credentials"]
    session = {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }
    place.aws.cloud.authorise()
    refused = _sent(place.link(keys=session, VersionId=place.versions[0]))
    assert refused.error["Code"] == "AccessDenied"
    assert "s3:GetObjectVersion" in refused.error["Message"]
