"""A row of any list of videos: an object, or what is wrong with it."""

from dataclasses import dataclass

from reelsift.domain.video import ObjectRef

MAX_EXCERPT = 200
"""Characters of a bad row that are kept to show which one it was."""


@dataclass(frozen=True, slots=True)
class GoodRow:
    """An object to analyse. `row` counts from 1."""

    row: int
    ref: ObjectRef


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that names no object. `message` is a sentence for the person who wrote the row; `excerpt` its start."""

    row: int
    message: str
    excerpt: str


ManifestRow = GoodRow | BadRow


def excerpt(text: str) -> str:
    """The start of `text`, fit for a table or a log: lone surrogates become question marks."""
    return text[:MAX_EXCERPT].encode(errors="replace").decode()
