"""What a rule on text finds, and what it does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.sought_text import PatternError, ReadText, SoughtText, check_pattern, split_words


def finds(text: str, *phrases: str, patterns: tuple[str, ...] = ()) -> bool:
    return SoughtText.of(phrases, patterns).is_in(ReadText(text))


@pytest.mark.parametrize(
    "text", ["kill", "KILL!", "to kill.", "\uff2b\uff29\uff2c\uff2c", "kíll", "\u00adki\u00adll", "kill-switch"]
)
def test_a_word_is_found_whole_whatever_its_case_width_and_accents(text: str) -> None:
    assert finds(text, "Kill")


@pytest.mark.parametrize("text", ["skill", "kills", "ki ll", "", "k1ll"])
def test_a_part_of_a_word_is_not_found(text: str) -> None:
    assert not finds(text, "kill")


def test_a_phrase_is_found_where_its_words_follow_each_other() -> None:
    assert finds("Limited: BUY,  now!", "buy now")
    assert not finds("buy it now", "buy now")
    assert not finds("now buy", "buy now")


def test_of_several_phrases_with_one_beginning_each_is_found() -> None:
    assert finds("white van", "white", "white power")
    assert finds("white power rangers", "white noise", "white power")
    assert not finds("white", "white noise", "white power")


@pytest.mark.parametrize(
    ("text", "word"), [("これは違法です", "違法"), ("abc違法", "違法"), ("กุกุ", "กุ"), ("東京都", "東京")]
)
def test_where_a_script_has_no_spaces_a_word_is_found_anywhere(text: str, word: str) -> None:
    assert finds(text, word)


@pytest.mark.parametrize(("text", "word"), [("法違", "違法"), ("กู", "กุ"), ("違 x 法", "違法"), ("ก", "กุ")])
def test_there_too_its_characters_follow_each_other_with_their_marks(text: str, word: str) -> None:
    assert not finds(text, word)


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("Call +49 170 1234567 today", r"\+?\d[\d ]{7,}\d"),
        ("CAFÉ", "café"),
        ("\uff43\uff41\uff4c\uff4c now", "call now"),
        ("straße 5", "straße"),
        ("hardporno", r"\pL*porn\pL*"),
        ("see t.me/abc", r"t\.me/\S+"),
        ("ругань, мат!", "мат"),
        ("これは違法です", "違.です"),
        ("🍆", "🍆"),
    ],
)
def test_a_pattern_begins_and_ends_where_a_word_does(text: str, pattern: str) -> None:
    assert finds(text, patterns=(pattern,))


@pytest.mark.parametrize(
    ("text", "pattern"),
    [("assassin", "ass"), ("матрос", "мат"), ("at.me/abc", r"t\.me/\S+"), ("call later", "call now"), ("", "a")],
)
def test_a_pattern_does_not_match_a_part_of_a_word(text: str, pattern: str) -> None:
    assert not finds(text, patterns=(pattern,))


def test_each_of_several_patterns_is_found_by_itself() -> None:
    sought = SoughtText.of((), ["a|b", "c", "(?i)d"])
    assert [sought.is_in(ReadText(text)) for text in ("a", "b", "c", "D", "ab", "cd")] == [True] * 4 + [False] * 2


def test_patterns_that_are_too_large_together_are_all_looked_for() -> None:
    patterns = [rf"{'x' * number}y\pL{{20}}" for number in range(1, 61)]
    with pytest.raises(PatternError, match="too large"):
        check_pattern("|".join(patterns))
    sought = SoughtText.of((), patterns)
    assert sought.is_in(ReadText("x" * 60 + "y" + "é" * 20))
    assert sought.is_in(ReadText("xy" + "é" * 20))
    assert not sought.is_in(ReadText("xy" + "é" * 19))


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("(?=a)b", "invalid perl operator: (?="),
        (r"(a)\1", r"invalid escape sequence: \1"),
        ("a)|(?:b", "unexpected ): a)|(?:b"),
        ("a(", "missing ): a("),
        (r"\Qabc", "missing ): "),
        ("(a{1000}){1000}", "invalid repetition size: {1000}"),
        ("a*", "it matches a text without a character, and so nearly every text"),
        ("", "it matches a text without a character, and so nearly every text"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_refused_with_a_reason(pattern: str, problem: str) -> None:
    with pytest.raises(PatternError) as refused:
        check_pattern(pattern)
    assert str(refused.value).startswith(problem)


@pytest.mark.parametrize("pattern", ["(a|a)*b", "(a*)*b", "(a|aa)+b", "(.*)*b", "(a?){50}a{50}b", "(a+)+[^a]b"])
def test_what_would_never_end_by_going_back_ends(pattern: str) -> None:
    """A matcher that goes back needs more steps than there are atoms, so this test could not end by chance."""
    check_pattern(pattern)
    sought = SoughtText.of((), [pattern])
    assert not sought.is_in(ReadText("a" * 100_000))
    assert sought.is_in(ReadText("a" * 100 + "cb " + "a" * 100 + "b"))


class _Counted(frozenset[tuple[str, ...]]):
    """The phrases, and how often it was asked whether something is among them."""

    asked = 0

    def __contains__(self, phrase: object) -> bool:
        self.asked += 1
        return super().__contains__(phrase)


@pytest.mark.parametrize("words", [10, 1_000])
def test_what_a_text_costs_grows_with_its_words_and_not_with_the_list(words: int) -> None:
    sought = SoughtText.of(["a b", "a b c d", *(f"word{number}" for number in range(5_000))])
    counted = _Counted(sought.phrases)
    sought.phrases = counted
    assert not sought.is_in(ReadText("a " * words))
    assert counted.asked == 2 * words


def test_half_a_surrogate_pair_is_no_error() -> None:
    assert finds("kill \ud800", "kill", patterns=("x",))
    assert not finds("\udfff", patterns=("x",))


@given(st.text(max_size=40))
def test_a_text_has_each_of_its_own_words(text: str) -> None:
    for word in split_words(text):
        assert SoughtText([(word,)], ()).is_in(ReadText(text))


@given(st.lists(st.sampled_from(["buy", "now", "違", "法", "x1", "é"]), max_size=8), st.data())
def test_a_text_has_each_run_of_its_words(seen: list[str], data: st.DataObject) -> None:
    text = " ".join(seen)
    start = data.draw(st.integers(0, len(seen)))
    run = seen[start : data.draw(st.integers(start, len(seen)))]
    if run:
        assert finds(text, " ".join(run))


@given(st.text(max_size=20), st.sets(st.sampled_from(["a", "b", "a b", "b a b", "zz"])), st.sampled_from(["a", "b c"]))
def test_more_words_never_find_less(text: str, fewer: set[str], further: str) -> None:
    if finds(text, *fewer):
        assert finds(text, *fewer, further)
