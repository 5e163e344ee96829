"""A row of any list of videos: an object, or what is wrong with it."""

from dataclasses import dataclass, field

from reelsift.domain.context import Context
from reelsift.domain.failure import Reason
from reelsift.domain.filters import Lack
from reelsift.domain.line import RecordedAnswer
from reelsift.domain.video import ObjectRef

MAX_EXCERPT = 200
"""Characters of a bad row that are kept to show which one it was."""


@dataclass(frozen=True, slots=True)
class GoodRow:
    """An object to analyse. `row` counts from 1; `modified_ms` (epoch milliseconds) is when the object was last
    modified, where the list says it: only filters need it. `unread` is what the list says and nobody can read: it is as
    good as not there, unless a filter asks for it. `answer` is where a recorded answer about the object lies, and
    `context` what the list says of the video for those who hear of it.
    """

    row: int
    ref: ObjectRef
    modified_ms: int | None = None
    unread: tuple[Lack, ...] = ()
    answer: RecordedAnswer | None = None
    context: Context | None = field(default=None, hash=False)


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that names no object, and ends as FAILED with this reason. `message` is a sentence for the person who wrote
    the row; `excerpt` its start.
    """

    row: int
    message: str
    excerpt: str
    reason: Reason = Reason.BAD_LINE


@dataclass(frozen=True, slots=True)
class FilteredRow:
    """An object that somebody listed by hand and that the batch's filters leave out, and what it lacks: its line ends
    as SKIPPED with the reason `filtered`. What an inventory or a listing lists and the filters leave out is no row.
    """

    row: int
    ref: ObjectRef
    lacks: Lack
    context: Context | None = field(default=None, hash=False)


ReadRow = GoodRow | BadRow
"""What a list says, before anybody has asked anything of it."""

ManifestRow = ReadRow | FilteredRow


def excerpt(text: str) -> str:
    """The start of `text`, fit for a table or a log: lone surrogates become question marks."""
    return text[:MAX_EXCERPT].encode(errors="replace").decode()
