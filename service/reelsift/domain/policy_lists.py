"""The lists of words and patterns of a policy, checked while they are read."""

import re
from collections.abc import Callable

from reelsift.domain.sought_text import LONGEST_PHRASE, PatternError, Phrase, check_pattern, split_words

MOST_WORDS = 250_000
"""Words and phrases of a policy, in all its rules together."""
MOST_PATTERNS = 1_000
"""Patterns of a policy, in all its rules together."""
LONGEST_ENTRY = 1_000
"""Characters of one word, phrase or pattern."""

_PART_SHOWN = 100
_COMMENT = re.compile(r"(?:^|\s)#.*")
"""Not within a word: "C#" is one. Terraform's `policy_words` cuts in the same places."""

ReadWords = Callable[[str], str]
"""The text of a file of words, by the name that the policy has for it. Raises ValueError, with a sentence."""


class Lists:
    """The lists of one policy: where those in files are read, and how long all are together.

    Its methods raise ValueError, with a sentence that goes behind the key.
    """

    def __init__(self, read_words: ReadWords | None) -> None:
        self._read_words = read_words
        self._lines: dict[str, list[str]] = {}
        self._words = 0
        self._patterns = 0

    def lines(self, file: str) -> list[str]:
        """The words in a file, one a line, without empty lines and comments, behind a word or alone. Each file is
        read once.
        """
        if file not in self._lines:
            self._lines[file] = self._read(file)
        return self._lines[file]

    def _read(self, file: str) -> list[str]:
        if self._read_words is None:
            raise ValueError("no file lies beside this policy: its words must stand in `words`")
        lines = (_COMMENT.sub("", line).strip() for line in self._read_words(file).split("\n"))
        return list(filter(None, lines))

    def phrases(self, entries: list[str]) -> list[Phrase]:
        """Words and phrases, folded."""
        self._words += len(entries)
        if self._words > MOST_WORDS:
            raise ValueError(f"all rules of a policy together may have {MOST_WORDS:,} words and phrases")
        return list(map(_phrase, entries))

    def patterns(self, entries: list[str]) -> list[str]:
        """Patterns as they are, once they are known to be ones."""
        self._patterns += len(entries)
        if self._patterns > MOST_PATTERNS:
            raise ValueError(f"all rules of a policy together may have {MOST_PATTERNS:,} patterns")
        return list(map(_pattern, entries))


def _phrase(text: str) -> Phrase:
    _check_length(text)
    phrase = split_words(text)
    if not phrase:
        raise ValueError(f"{text[:_PART_SHOWN]!r} has neither letter nor digit: only a pattern can find it")
    if len(phrase) > LONGEST_PHRASE:
        raise ValueError(f"{text[:_PART_SHOWN]!r} has more than {LONGEST_PHRASE} words")
    return phrase


def _pattern(text: str) -> str:
    _check_length(text)
    try:
        check_pattern(text)
    except PatternError as problem:
        raise ValueError(f"{text[:_PART_SHOWN]!r} cannot be used: {str(problem)[:_PART_SHOWN]}") from None
    return text


def _check_length(text: str) -> None:
    if len(text) > LONGEST_ENTRY:
        raise ValueError(f"{text[:_PART_SHOWN]!r} … has more than {LONGEST_ENTRY:,} characters")
