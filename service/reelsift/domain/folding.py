"""Text as it is compared: "CAFÉ", "café" and "cafe" are one word to whoever searches for it or judges by it."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import groupby

_ALIKE = str.maketrans("ıłøđħŧ", "ilodht")
"""Letters whose accent Unicode takes for a part of the letter, so that decomposing does not part them."""

_OVERLAY = 1
_POINTS = range(10, 37)
_BESIDE = range(200, 241)
"""Unicode's combining classes of accents: strokes through a letter, the vowel points of Hebrew and Arabic, and whatever
stands above or below. The others spell: the voicing of Japanese, the vowel and tone signs of Thai.
"""

_MOST_MARKS = 30
"""Marks on one letter that count, as in Unicode's stream-safe text (UAX 15). Bringing a run of marks into order takes
time that grows with its square.
"""

_ASCII_WORDS = re.compile(r"[0-9a-z]+").findall


def fold(text: str) -> str:
    """The text without what case, width and spaces make different; accents stay.

    Characters that take no room (soft hyphens, say) are left out, and white space of any length is one space. Folding
    twice changes nothing more.
    """
    if text.isascii():
        return " ".join(text.casefold().split())
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", "".join(_visible(text))).casefold())
    return " ".join(unicodedata.normalize("NFKC", plain).split())


def fold_accents(text: str) -> str:
    """`fold`, and accents too: words that people type are compared so with words that a video shows.

    Only accents go: "é" is "e", but the Japanese "が" is not "か". Folding twice changes nothing more.
    """
    if text.isascii():
        return fold(text)
    plain = unicodedata.normalize("NFKD", fold(text))
    bare = "".join(character for character in plain if not _is_accent(character))
    return fold(bare.translate(_ALIKE))


def words(text: str) -> Iterator[str]:
    """The words of a text in order, as `fold_accents` has them: each a run of letters, digits and their marks.

    Scripts that put no spaces between words have one word up to the next space or punctuation mark.
    """
    folded = fold_accents(text)
    if folded.isascii():
        yield from _ASCII_WORDS(folded)
        return
    for is_word, characters in groupby(folded, _is_of_word):
        if is_word:
            yield "".join(characters)


def _visible(text: str) -> Iterator[str]:
    """The characters that take room, without the marks that are too many on their letter."""
    marks = 0
    for character in text:
        if unicodedata.category(character) == "Cf":
            continue
        for part in unicodedata.normalize("NFKD", character):
            marks = marks + 1 if unicodedata.combining(part) else 0
            if marks <= _MOST_MARKS:
                yield part


def _is_accent(character: str) -> bool:
    place = unicodedata.combining(character)
    return place == _OVERLAY or place in _POINTS or place in _BESIDE


def _is_of_word(character: str) -> bool:
    return unicodedata.category(character)[0] in "LNM"
