"""Raw answers in the work bucket, read page by page as `AnswerWriter` wrote them: a page a line."""

import json
import zlib
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Any

from botocore.exceptions import ClientError

from reelsift.aws.errors import status_of
from reelsift.aws.objects import WorkBucket
from reelsift.threads import in_thread

_GZIP = zlib.MAX_WBITS | 16

_STEP_BYTES = 1024 * 1024
"""Unpacked at a time: a few bytes of what others have recorded may unpack to any number of pages."""


class RawAnswerLostError(Exception):
    """The raw answer is not there any more, or is damaged."""


async def stored_pages(work: WorkBucket, key: str) -> AsyncGenerator[dict[str, Any], None]:
    """The pages of a raw answer, in order, and one in memory at a time if the caller keeps none. Raises
    RawAnswerLostError.
    """
    pages = _Pages(key)
    try:
        async with aclosing(work.pieces(key)) as pieces:
            async for piece in pieces:
                whole = pages.add(piece)
                while (page := await in_thread(next, whole, None)) is not None:
                    yield page
                    del page
    except ClientError as error:
        if status_of(error) != 404:  # noqa: PLR2004 - HTTP's not found
            raise
        raise RawAnswerLostError(f"{key} is not there any more") from None
    pages.end()


class _Pages:
    """Pages out of the compressed bytes, as these come."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._gzip = zlib.decompressobj(_GZIP)
        self._text = b""
        self._ended = False

    def add(self, piece: bytes) -> Iterator[dict[str, Any]]:
        """The pages that are whole with these bytes, made one by one."""
        try:
            while piece:
                *lines, self._text = (self._text + self._gzip.decompress(piece, _STEP_BYTES)).split(b"\n")
                piece = self._gzip.unconsumed_tail
                if self._gzip.eof and self._text:
                    lines, self._text = [*lines, self._text], b""
                for line in lines:
                    yield self._page(line)
        except (zlib.error, ValueError, RecursionError) as error:
            raise RawAnswerLostError(f"{self._key} is damaged: {error}") from None

    def end(self) -> None:
        """Raises RawAnswerLostError where the answer is cut short."""
        if not self._ended:
            raise RawAnswerLostError(f"{self._key} is cut short")

    def _page(self, line: bytes) -> dict[str, Any]:
        self._ended = line.endswith(b"]")
        page = json.loads(line.removeprefix(b"[").removesuffix(b"]").removesuffix(b","))
        if not isinstance(page, dict):
            raise ValueError("a page is no object")  # noqa: TRY004 - it is as damaged as any other
        return page
