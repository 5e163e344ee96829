"""A raw answer that is damaged is lost, whatever the damage."""

import gzip

import pytest

from reelsift.aws.raw_answers import RawAnswerLostError, _Pages


@pytest.mark.parametrize("text", [b"[" * 100_000, b"[1]", b"{", b"\xff", b'[{"a":' + b"9" * 5000 + b"}]"])
def test_what_is_no_list_of_pages_is_lost(text: bytes) -> None:
    pages = _Pages("raw/x")
    with pytest.raises(RawAnswerLostError, match="raw/x is"):
        pages.add(gzip.compress(text))
