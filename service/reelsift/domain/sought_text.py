"""What a rule on text looks for: words, phrases and patterns, in time that grows with the text and nothing else."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, Self

import re2

from reelsift.domain.folding import fold_accents, words

Phrase = tuple[str, ...]
"""Folded words that follow each other; often one alone."""

LONGEST_PHRASE = 20
"""Words of one phrase; in a script that puts no spaces between words, characters."""

_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
_UNSPACED += "\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff"
"""Scripts that put no spaces between words: Thai, Lao, Burmese, Khmer, kana and Han."""

_HAS_UNSPACED = re.compile(f"[{_UNSPACED}]").search

_BOUNDARY = rf"(?:[^\pL\pN\pM]|[{_UNSPACED}])"
"""What may stand beside a whole word. RE2's own \\b knows the letters of ASCII alone."""


class _Compiled(Protocol):
    """What is used of a pattern that RE2 has compiled; its library has no types."""

    def search(self, text: str) -> object | None: ...
    def fullmatch(self, text: str) -> object | None: ...


class PatternError(ValueError):
    """A pattern cannot be used; the message says why."""


class ReadText:
    """A text as rules look at it: its folded words, and the forms that patterns are held against."""

    def __init__(self, text: str) -> None:
        # Half a surrogate pair stands for no character, and RE2 reads UTF-8.
        plain = " ".join(text.encode("utf-8", "replace").decode().split())
        self.words = split_words(plain)
        self.forms = frozenset({plain, fold_accents(plain)})


class SoughtText:
    """Words, phrases and patterns, of which a text is to have at least one.

    A word is found whole, whatever its case, width and accents; a phrase where its words follow each other, whatever
    stands between them. In a script that puts no spaces between words, they are found anywhere. A pattern, in the
    syntax of RE2, begins and ends where a word does. It is held against the text as it is read, and as it is folded, in
    any case.
    """

    def __init__(self, phrases: Iterable[Phrase], patterns: Iterable[str]) -> None:
        """`phrases` are words as `split_words` makes them. Raises PatternError."""
        self.phrases = frozenset(phrases)
        self.patterns = frozenset(patterns)
        self._lengths = _lengths_by_first(self.phrases)
        self._compiled = tuple(_joined(sorted(self.patterns))) if self.patterns else ()

    @classmethod
    def of(cls, phrases: Iterable[str], patterns: Iterable[str] = ()) -> Self:
        """The same of words and phrases as people write them."""
        return cls(map(split_words, phrases), patterns)

    def __bool__(self) -> bool:
        return bool(self.phrases or self.patterns)

    def __reduce__(self) -> tuple[type[Self], tuple[frozenset[Phrase], frozenset[str]]]:
        # What RE2 has compiled goes to no other process.
        return type(self), (self.phrases, self.patterns)

    def is_in(self, text: ReadText) -> bool:
        """Whether the text has one of the words, phrases and patterns."""
        return self._has_phrase(text.words) or any(
            pattern.search(form) is not None for pattern in self._compiled for form in text.forms
        )

    def _has_phrase(self, seen: Phrase) -> bool:
        return any(
            seen[place : place + length] in self.phrases
            for place, word in enumerate(seen)
            for length in self._lengths.get(word, ())
        )


def split_words(text: str) -> Phrase:
    """The folded words of a text, and one word for each character of a script that puts no spaces between words."""
    return tuple(part for word in words(text) for part in (_characters(word) if _HAS_UNSPACED(word) else (word,)))


def check_pattern(pattern: str) -> None:
    """Raises PatternError for one that RE2 refuses, and for one that nearly every text would match."""
    if _compiled(pattern).fullmatch("") is not None:
        raise PatternError("it matches a text without a character, and so nearly every text")
    # A quotation that is left open (\Q) would take in what is put behind it.
    for _ in _joined([pattern]):
        pass


def _characters(word: str) -> Iterator[str]:
    """A word cut after each character of an unspaced script; marks stay with their letters."""
    part = ""
    for character in word:
        is_mark = unicodedata.category(character).startswith("M")
        if part and not is_mark and (_HAS_UNSPACED(character) or _HAS_UNSPACED(part)):
            yield part
            part = ""
        part += character
    yield part


def _lengths_by_first(phrases: Iterable[Phrase]) -> dict[str, tuple[int, ...]]:
    """How many words the phrases have that begin with a word, for each such word."""
    lengths: dict[str, set[int]] = {}
    for phrase in phrases:
        lengths.setdefault(phrase[0], set()).add(len(phrase))
    return {first: tuple(sorted(of_first)) for first, of_first in lengths.items()}


def _joined(patterns: Sequence[str]) -> "Iterator[_Compiled]":
    """As few patterns as RE2 takes that match where one of these does, as a whole word."""
    alternatives = "|".join(f"(?:{pattern})" for pattern in patterns)
    try:
        yield _compiled(f"(?:^|{_BOUNDARY})(?:{alternatives})(?:$|{_BOUNDARY})")
    except PatternError:
        if len(patterns) == 1:
            raise
        # Each is one that RE2 takes; together they are too large.
        half = len(patterns) // 2
        yield from _joined(patterns[:half])
        yield from _joined(patterns[half:])


def _compiled(pattern: str) -> "_Compiled":
    options = re2.Options()
    options.case_sensitive = False
    options.never_capture = True
    options.log_errors = False
    try:
        compiled: _Compiled = re2.compile(pattern, options)
    except re2.error as error:
        (problem,) = error.args
        raise PatternError(problem.decode("utf-8", "replace")) from None
    return compiled
