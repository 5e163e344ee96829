import gzip
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rekognition_cloud.operation import body_of, decompress


def request(body: bytes, service: str = "monitoring") -> dict[str, Any]:
    return {
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/{service}/aws4_request, Signed",
        "HTTP_CONTENT_ENCODING": "gzip",
        "wsgi.input": io.BytesIO(body),
    }


@given(st.binary(max_size=2000))
def test_a_compressed_body_is_what_it_was_before(body: bytes) -> None:
    environ = request(gzip.compress(body))
    decompress(environ)
    assert body_of(environ) == body
    # Nobody decompresses it once more.
    assert "HTTP_CONTENT_ENCODING" not in environ


def test_what_is_stored_in_s3_stays_compressed() -> None:
    body = gzip.compress(b"object")
    environ = request(body, "s3")
    decompress(environ)
    assert (body_of(environ), environ["HTTP_CONTENT_ENCODING"]) == (body, "gzip")


@pytest.mark.parametrize(
    "body",
    [b"", b"plain", gzip.compress(b"body")[:-5], gzip.compress(bytes(65 * 1024 * 1024))],
    # Not the bytes: gzip puts the time into them, and each process of a run has to collect the same tests.
    ids=["empty", "plain", "cut short", "too large"],
)
def test_what_is_broken_or_too_large_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match="body"):
        decompress(request(body))
