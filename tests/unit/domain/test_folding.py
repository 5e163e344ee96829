"""Folding: what counts as the same text, and which words a text has."""

import sys
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.folding import fold, fold_accents, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SALE 50%", "sale 50%"),
        ("\uff33\uff21\uff2c\uff25\u3000\uff15\uff10\uff05", "sale 50%"),
        ("  sale \t 50% ", "sale 50%"),
        ("STRASSE", "straße"),
        ("caf\u00e9", "cafe\u0301"),
        ("soft\u00adhyphen", "softhyphen"),
        ("o\ufb03ce", "office"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
    ],
)
def test_texts_that_differ_in_case_width_and_spaces_alone_are_one(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_texts_that_differ_in_an_accent_are_two_until_accents_are_folded() -> None:
    assert fold("résumé") != fold("resume")
    assert fold_accents("résumé") == fold_accents("RESUME") == "resume"


@pytest.mark.parametrize(
    ("accented", "bare"),
    [
        ("Łódź", "lodz"),
        ("Đặng", "dang"),
        ("søster", "soster"),
        ("İSTANBUL", "istanbul"),
        ("k\u0131sa", "kisa"),
        ("мой", "мои"),
    ],
)
def test_letters_are_found_without_their_accents(accented: str, bare: str) -> None:
    assert fold_accents(accented) == bare


@pytest.mark.parametrize(("one", "other"), [("が", "か"), ("कि", "कु"), ("กุ", "กู"), ("한", "하")])
def test_signs_that_spell_are_no_accents(one: str, other: str) -> None:
    assert fold_accents(one) != fold_accents(other)


def test_every_character_there_is_folds_the_same_the_second_time() -> None:
    every = (chr(code) for code in range(sys.maxunicode + 1) if category(chr(code)) not in {"Cn", "Co", "Cs"})
    assert [
        hex(ord(character))
        for character in every
        if fold(folded := fold(character)) != folded or fold_accents(bare := fold_accents(character)) != bare
    ] == []


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold_accents(fold_accents(text)) == fold_accents(text)
    assert fold_accents(fold(text)) == fold_accents(text)


def test_words_are_runs_of_letters_and_digits_in_order() -> None:
    assert list(words("Don't MISS it: 50% off, ab 3.12.!")) == ["don", "t", "miss", "it", "50", "off", "ab", "3", "12"]


def test_a_word_keeps_the_signs_that_belong_to_its_letters() -> None:
    assert list(words("हिन्दी में")) == ["हिन्दी", "में"]


@pytest.mark.parametrize("text", ["", "  ", "!?", "\u00ad", "🙂"])
def test_a_text_may_have_no_word(text: str) -> None:
    assert list(words(text)) == []


@given(st.text())
def test_the_words_of_a_folded_text_are_those_of_the_text(text: str) -> None:
    assert list(words(fold_accents(text))) == list(words(text))
    assert list(words(" ".join(words(text)))) == list(words(text))


def test_no_more_marks_count_than_thirty_on_a_letter() -> None:
    marks = "\u0316\uff9e\u0344\u00ad"
    assert fold("a" + marks * 10_000) == fold("a" + marks * 10)
    assert fold("b" + marks * 7) != fold("b" + marks * 6)
