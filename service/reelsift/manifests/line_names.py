"""What batches and lines are called."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from reelsift.domain.line import DIRECT_PREFIX, LineId, chunk_of

MAX_BATCH_ID = 128
"""Characters in a batch id at most."""

MAX_LINE_NAME_BYTES = 512
"""Bytes of UTF-8 in a line's name at most: with room to spare below the 1,024 of a DynamoDB sort key."""

# No "#": table keys put it between a batch and a shard. No "/": batches name folders in the work bucket.
_BATCH_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._:-]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

# A colon, the digits of the largest row, and a tilde with a count to tell equal names apart.
_FILE_BYTES = MAX_LINE_NAME_BYTES - 32


def check_batch_id(batch_id: str) -> str:
    """`batch_id`, if it can name a batch; else ValueError."""
    if len(batch_id) > MAX_BATCH_ID or not _BATCH_ID.fullmatch(batch_id):
        raise ValueError(
            f"the batch id is not 1 to {MAX_BATCH_ID} letters, digits, dots, colons, hyphens or underscores, "
            "beginning with a letter or digit"
        )
    return batch_id


def check_line_name(name: str) -> str:
    """`name`, if it can name a line; else ValueError."""
    if not name:
        raise ValueError("the line's name is empty")
    if _CONTROL.search(name):
        raise ValueError("the line's name holds control characters")
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        raise ValueError("the line's name holds half a surrogate pair") from None
    if size > MAX_LINE_NAME_BYTES:
        raise ValueError(f"the line's name is {size} bytes long; names have at most {MAX_LINE_NAME_BYTES}")
    return name


def file_names(sources: Sequence[str]) -> list[str]:
    """What the rows of each source (a path, a key or a URI) are named after: its last part, one name for one source.

    What cannot be printed becomes a question mark, and a part too long for a line's name is shortened. Where two
    sources have one name then, the later ones end in `~2`, `~3` and so on; else two rows would share an outcome.
    """
    names: dict[str, None] = {}
    counts: dict[str, int] = {}
    for source in sources:
        base = _base_name(source)
        name = base
        # What was taken stays so: of a thousand equal names the last one is not compared with all before it.
        for count in itertools.count(counts.get(base, 2)):
            if name not in names:
                break
            name = f"{base}~{count}"
            counts[base] = count
        names[name] = None
    return list(names)


def _base_name(source: str) -> str:
    base = source.rstrip("/").rpartition("/")[2] or "-"
    printable = "".join(character if character.isprintable() else "?" for character in base)
    return printable.encode()[:_FILE_BYTES].decode(errors="ignore")


@dataclass(frozen=True, slots=True)
class Arrival:
    """The message a line came in: what names lines that bring no name, and dates those that bring no date.

    `sent_ms` is SQS's SentTimestamp, epoch milliseconds. A redelivery has the same id and time, so a line keeps
    its name however often its message is received.
    """

    message_id: str
    sent_ms: int

    @property
    def batch_id(self) -> str:
        """The batch of lines that name none: `direct-` and the UTC day of sending."""
        return f"{DIRECT_PREFIX}{datetime.fromtimestamp(self.sent_ms / 1000, UTC):%Y-%m-%d}"

    def name(self, row: int, *, of: int) -> str:
        """The name of the line at `row` of a message that holds `of` lines."""
        return self.message_id if of == 1 else f"{self.message_id}:{row}"

    def line_id(self, name: str) -> LineId:
        return LineId(self.batch_id, name, chunk_of(name))
