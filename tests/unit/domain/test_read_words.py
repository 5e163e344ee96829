"""The words that a video is found by."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.folding import words
from reelsift.domain.read_words import LONGEST_WORD, MOST_WORDS, ReadText, most_read, read_texts, with_all


def segment(
    label: str, confidence: float = 90.0, peak_ms: int = 0, samples: int = 1, **spellings: int
) -> dict[str, Any]:
    plain = {"label": label, "samples": samples, "max_confidence": confidence, "peak_ms": peak_ms}
    return plain | ({"details": {"spellings": spellings}} if spellings else {})


def test_a_word_knows_the_texts_it_stands_in_most_confident_first() -> None:
    texts = read_texts([segment("BIG SALE", 80, 100), segment("Sale!", 95, 700), segment("BIG SALE", 85, 900, 2)])
    assert texts == [ReadText("BIG SALE", 3, 85, 900), ReadText("Sale!", 1, 95, 700)]
    found, others = most_read(texts)
    assert [(word.word, [text.text for text in word.texts]) for word in found] == [
        ("sale", ["Sale!", "BIG SALE"]), ("big", ["BIG SALE"])
    ]  # fmt: skip
    assert others == 0


def test_each_spelling_of_a_text_that_flickers_is_found() -> None:
    found, _ = most_read(read_texts([segment("SALE", 90, 0, 9, SALE=7, S4LE=2)]))
    assert [(word.word, word.samples) for word in found] == [("sale", 7), ("s4le", 2)]


def test_of_very_many_words_those_count_that_are_read_longest() -> None:
    short = [segment(f"name{number}", 99) for number in range(500)]
    found, others = most_read(read_texts([*short, segment("the the end", 50, samples=40)]))
    assert (len(found), others) == (MOST_WORDS, 502 - MOST_WORDS)
    assert {word.word for word in found[:2]} == {"the", "end"}
    assert found[0].samples == 40, "a word counts once in a text"


def test_what_nobody_would_type_is_no_word() -> None:
    found, _ = most_read(read_texts([segment("a" * (LONGEST_WORD + 1) + " b")]))
    assert [word.word for word in found] == ["b"]


def test_several_words_are_found_in_one_text_only() -> None:
    texts = read_texts([segment("free money"), segment("Money, all free!", 95), segment("freedom of money", 99)])
    assert with_all(texts, ["money", "free"]) == texts[1]
    assert with_all(texts, ["free", "of"]) is None


@given(st.lists(st.text(max_size=20), max_size=20))
def test_every_word_of_every_text_is_found_while_there_are_few(texts: list[str]) -> None:
    read = read_texts([segment(text) for text in texts])
    found, others = most_read(read)
    assert others == 0
    assert {word.word for word in found} == {word for text in texts for word in words(text)}
    for word in found:
        assert all(with_all([text], [word.word]) == text for text in word.texts)
