"""The bytes of a content come in order and once, however often the connection breaks off."""

from typing import Any, Self, cast

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from reelsift.aws import content
from reelsift.aws.content import Content, ContentGone, pieces_of
from reelsift.aws.errors import AwsUnavailable

WHOLE = bytes(range(256)) * 3


class _Body:
    """Gives so many bytes of its range and breaks off, or ends as if that were all."""

    def __init__(self, data: bytes, gives: int, *, breaks: bool) -> None:
        self._left = data[:gives]
        self._breaks = breaks and gives < len(data)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def read(self, size: int) -> bytes:
        piece, self._left = self._left[: min(size, 100)], self._left[min(size, 100) :]
        if not piece and self._breaks:
            raise ConnectionResetError
        return piece


class _S3:
    def __init__(self, *answers: tuple[int, bool] | ClientError) -> None:
        """How many bytes each answer gives, and whether it breaks off then; later ones give all."""
        self._answers = list(answers)
        self.asked: list[str] = []

    async def get_object(self, *, Range: str, IfMatch: str, **_: Any) -> dict[str, Any]:  # noqa: N803 - AWS's
        assert IfMatch == '"e"'
        self.asked.append(Range)
        first, last = map(int, Range.removeprefix("bytes=").split("-"))
        answer = self._answers.pop(0) if self._answers else (len(WHOLE), False)
        if isinstance(answer, ClientError):
            raise answer
        return {"Body": _Body(WHOLE[first : last + 1], answer[0], breaks=answer[1])}


async def _read(s3: _S3) -> bytes:
    return b"".join([piece async for piece in pieces_of(cast("Any", s3), Content("b", "k", "e", len(WHOLE)))])


@given(answers=st.lists(st.tuples(st.integers(1, 400), st.booleans()), max_size=12), size=st.integers(50, 1000))
async def test_every_byte_comes_once_and_in_order(answers: list[tuple[int, bool]], size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(content, "RANGE_BYTES", size)
        assert await _read(_S3(*answers)) == WHOLE


@pytest.mark.parametrize("breaks", [False, True])
async def test_it_ends_where_nothing_comes(*, breaks: bool) -> None:
    s3 = _S3(*[(0, breaks)] * 20)
    with pytest.raises(ConnectionResetError if breaks else AwsUnavailable):
        await _read(s3)
    assert len(s3.asked) == content.TRIES


@pytest.mark.parametrize("status", [404, 412])
async def test_what_is_gone_or_other_content_by_now_is_said_to_be(status: int) -> None:
    error: Any = {"Error": {"Code": "x"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    with pytest.raises(ContentGone):
        await _read(_S3((100, True), ClientError(error, "GetObject")))
