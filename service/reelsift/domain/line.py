"""A line: one row of a manifest, and the one outcome it ends in."""

import zlib
from dataclasses import dataclass, field, replace
from enum import StrEnum

from reelsift.domain.analysis import Analysis
from reelsift.domain.context import Context, fitted
from reelsift.domain.trouble import NO_TROUBLE, Trouble
from reelsift.domain.video import ObjectRef, Video

DIRECT_PREFIX = "direct-"
"""What the batch of lines pushed onto the queue without one is called, before the date."""

DIRECT_CHUNKS = 8
"""Chunks a batch without a manifest is counted in, so that one hot row does not bound its rate."""


class OutcomeStatus(StrEnum):
    """What became of a line, as a completion report says it."""

    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"


@dataclass(frozen=True, slots=True)
class LineId:
    """Names one row: its batch, `file:row` (or the message it came in), and the chunk it is counted in.

    `round` counts up when the line is retried; what an older round writes is dropped.
    """

    batch_id: str
    line: str
    chunk: int
    round: int = 1

    def __str__(self) -> str:
        return f"{self.batch_id} {self.line}"


@dataclass(frozen=True, slots=True)
class RecordedAnswer:
    """An answer of Rekognition that somebody has kept: the URI of its object, or of a prefix (ending in `/`) where each
    page is an object of its own; and of which analysis it is, where that is said.
    """

    uri: str
    analysis: Analysis | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a manifest, ready for admission.

    `analyses` is empty where the deployment decides. `submitted_ms` (epoch milliseconds) is when the user asked:
    a result older than that is a SKIPPED line, a failure older than that is tried again. With `again` even a
    result that succeeded earlier is not enough. `content_changes` counts how often the content changed under the line;
    `paid_ms` is the video time it paid for content that is gone, `paid_micros` the millionths of a dollar, and
    `paid_attempts` names the attempts (`domain.job.Attempt`) that these count: the same content may come back.
    `trouble` is how long S3 has failed over its object alone. With an `answer` nothing is started: it is brought in.
    `context` is what its sender says about the video, for those who hear of it.
    """

    id: LineId
    ref: ObjectRef
    submitted_ms: int
    analyses: tuple[Analysis, ...] = ()
    again: bool = False
    priority: bool = False
    content_changes: int = 0
    paid_ms: int = 0
    paid_micros: int = 0
    paid_attempts: tuple[str, ...] = ()
    trouble: Trouble = NO_TROUBLE
    answer: RecordedAnswer | None = None
    context: Context | None = field(default=None, hash=False)


def with_context_of(line: Line, video: Video) -> Line:
    """The line with what the metadata of its object add to its context: what its sender says goes first."""
    if video.context is None:
        return line
    return replace(line, context=fitted(line.context or {}, video.context))


def chunk_of(line: str, chunks: int = DIRECT_CHUNKS) -> int:
    """The chunk of a line that no manifest numbered: stable, so that a redelivery is counted in the same row."""
    return zlib.crc32(line.encode()) % chunks
