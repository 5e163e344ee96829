"""What is to be read in a video, as the words that it is found by."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reelsift.domain.folding import words

MOST_WORDS = 200
"""Words by which a video is found. A video with credits has thousands, and each is written to a table."""

LONGEST_WORD = 100
"""Characters of a word. What is longer is no word that anybody searches for."""


@dataclass(frozen=True, slots=True)
class ReadText:
    """A text as it was read, in how many samples, and the highest confidence (0-100) of the segments it was read in,
    first reached at `peak_ms`.
    """

    text: str
    samples: int
    max_confidence: float
    peak_ms: int

    @property
    def certainty(self) -> tuple[float, int, str]:
        """For sorting: the most confident first, of equals the earliest."""
        return -self.max_confidence, self.peak_ms, self.text


@dataclass(frozen=True, slots=True)
class ReadWord:
    """A word as `domain.folding.words` has it, and the texts that it stands in: at least one, the most confident
    first.
    """

    word: str
    texts: tuple[ReadText, ...]

    @property
    def samples(self) -> int:
        """In how many samples it was read, roughly: each text counts its own."""
        return sum(text.samples for text in self.texts)


def read_texts(segments: Iterable[Mapping[str, Any]]) -> list[ReadText]:
    """The distinct texts of a video's segments, which are as `domain.result.segment_members` has them, in the order in
    which they were first met. Each spelling is a text: recognition flickers, and any of them may be the right one.
    """
    found: dict[str, ReadText] = {}
    for segment in segments:
        spellings = segment.get("details", {}).get("spellings") or {segment["label"]: segment["samples"]}
        for text, samples in spellings.items():
            seen = ReadText(text, samples, segment["max_confidence"], segment["peak_ms"])
            found[text] = _together(found[text], seen) if text in found else seen
    return list(found.values())


def most_read(texts: Iterable[ReadText]) -> tuple[list[ReadWord], int]:
    """The words that are read in the most samples, MOST_WORDS of them, and how many others there are."""
    standing_in: dict[str, list[ReadText]] = {}
    for text in texts:
        for word in set(words(text.text)):
            if len(word) <= LONGEST_WORD:
                standing_in.setdefault(word, []).append(text)
    found = [
        ReadWord(word, tuple(sorted(where, key=lambda text: text.certainty))) for word, where in standing_in.items()
    ]
    found.sort(key=lambda word: (-word.samples, word.texts[0].certainty, word.word))
    return found[:MOST_WORDS], max(0, len(found) - MOST_WORDS)


def with_all(texts: Iterable[ReadText], sought: Iterable[str]) -> ReadText | None:
    """The most confident text in which all of these words stand, in whatever order; None where there is none."""
    together = set(sought)
    return min(
        (text for text in texts if together <= set(words(text.text))), key=lambda text: text.certainty, default=None
    )


def _together(one: ReadText, other: ReadText) -> ReadText:
    surest = min(one, other, key=lambda text: text.certainty)
    return ReadText(one.text, one.samples + other.samples, surest.max_confidence, surest.peak_ms)
