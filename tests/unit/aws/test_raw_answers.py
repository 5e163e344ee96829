"""A raw answer that is damaged is lost, whatever the damage; one that is sound is read a page at a time."""

import gzip
import json

import pytest

from reelsift.aws.raw_answers import RawAnswerLostError, _Pages


@pytest.mark.parametrize("text", [b"[" * 100_000, b"[1]", b"{", b"\xff", b'[{"a":' + b"9" * 5000 + b"}]"])
def test_what_is_no_list_of_pages_is_lost(text: bytes) -> None:
    pages = _Pages("raw/x")
    with pytest.raises(RawAnswerLostError, match="raw/x is"):
        list(pages.add(gzip.compress(text)))


def test_pages_are_made_one_by_one_however_much_a_few_bytes_unpack_to(monkeypatch: pytest.MonkeyPatch) -> None:
    pages, made = _Pages("raw/x"), list[bytes]()
    page_of = pages._page

    def counted(line: bytes) -> dict[str, object]:
        made.append(line)
        return page_of(line)

    monkeypatch.setattr(pages, "_page", counted)
    large = [{"a": str(number) * 3_000_000} for number in range(4)]
    text = b"[" + b",\n".join(json.dumps(page).encode() for page in large) + b"]"
    for number, page in enumerate(pages.add(gzip.compress(text)), 1):
        assert (page, len(made)) == (large[number - 1], number)
        assert len(pages._text) < 4_100_000
    assert len(made) == 4
    pages.end()
