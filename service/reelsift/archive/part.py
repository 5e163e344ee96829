"""A part of the copy: answers as a Parquet file, a row a segment.

All rows of an answer (a video, an analysis, an attempt) lie in one part, one after the other and numbered from 0; an
answer that shows nothing has one row without a label. The same answer may lie in several parts: any of them will do.

pyarrow is imported here only where a file is made or read.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from reelsift.domain.analyses.spec import Judging
from reelsift.domain.analysis import Analysis
from reelsift.domain.segments import Segment
from reelsift.reports.parquet import utf8
from reelsift.reports.row_file import RowFile

FOLDER = "archive/segments/"
"""Where the work bucket keeps the parts."""

SUFFIX = ".parquet"

FORMAT = b"1"
"""What the columns mean. A part of another format is not read: its answers count as lacking, and are read anew."""

_FORMAT_KEY = b"reelsift.archive"


def month_folder(at_ms: int) -> str:
    """Where the parts of a month lie (of a time in epoch milliseconds, UTC). Only those of one month are made one: so
    what is to expire does, however often parts are written anew.
    """
    return f"{FOLDER}{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m}/"


def is_kept(analysis: Analysis) -> bool:
    """Whether the copy has the answers of an analysis: those that no policy ever judges it has not."""
    return analysis.spec.judging is not Judging.NEVER


class PartFile:
    """Makes a part. Equal answers in equal order give equal bytes. Takes processor time: run it in a thread."""

    def __init__(self) -> None:
        self.answers = 0
        self._file = RowFile(part_schema(), _VALUES)

    def add(
        self, video_id: str, head: Mapping[str, Any], segments: Sequence[Mapping[str, Any]], *, begin: int = 0
    ) -> None:
        """Append segments of an answer, as `domain.result` reads them, from number `begin` on; `head` is that of its
        result. An answer without any is appended with none.
        """
        if begin == 0:
            self.answers += 1
        rows = segments or ([{}] if begin == 0 else [])
        self._file.add([(video_id, head, number, segment) for number, segment in enumerate(rows, start=begin)])

    def add_batch(self, batch: Any) -> None:
        """Append rows as they stand in another part."""
        self._file.add_batch(batch)

    def take(self) -> bytes:
        """What there is of the file since the last call."""
        return self._file.take()

    def close(self) -> bytes:
        """The end of the file."""
        return self._file.close()


def part_schema() -> Any:
    """Columns and types. Times are milliseconds from the video's start, confidences 0-100; `details` are JSON."""
    import pyarrow as pa  # type: ignore[import-untyped]

    text, number = pa.string(), pa.int64()
    return pa.schema(
        [
            ("video_id", text),
            ("analysis", text),
            ("attempt", pa.int32()),
            ("number", number),
            ("model_version", text),
            ("duration_ms", number),
            ("seen_from", pa.float64()),
            ("label", text),
            ("parents", pa.list_(text)),
            ("start_ms", number),
            ("end_ms", number),
            ("last_ms", number),
            ("samples", number),
            ("max_confidence", pa.float64()),
            ("mean_confidence", pa.float64()),
            ("peak_ms", number),
            ("details", text),
        ],
        metadata={_FORMAT_KEY: FORMAT},
    )


class UnreadablePart(ValueError):
    """A file is no part of the copy, or one of another format."""


def open_part(source: Any) -> Any:
    """The Parquet file of a part: of a path, or of Arrow's buffers. Raises UnreadablePart."""
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile  # type: ignore[import-untyped]

    try:
        file = ParquetFile(source)
    except (pa.ArrowException, OSError) as error:
        raise UnreadablePart(str(error)) from error
    metadata = file.schema_arrow.metadata or {}
    if metadata.get(_FORMAT_KEY) != FORMAT or not file.schema_arrow.equals(part_schema()):
        raise UnreadablePart("its format is another")
    return file


def segment_of(row: Mapping[str, Any]) -> Segment:
    """The segment that a row stands for; the row has a label."""
    return Segment(
        analysis=Analysis(row["analysis"]),
        label=row["label"],
        parents=tuple(row["parents"]),
        start_ms=row["start_ms"],
        end_ms=row["end_ms"],
        samples=row["samples"],
        max_confidence=row["max_confidence"],
        mean_confidence=row["mean_confidence"],
        peak_ms=row["peak_ms"],
        details={} if row["details"] is None else json.loads(row["details"]),
        last_ms=row["last_ms"],
    )


def _details(segment: Mapping[str, Any]) -> str | None:
    # In ASCII, in which no half of a surrogate pair can stand.
    return json.dumps(segment["details"]) if segment.get("details") else None


def _text(value: Any) -> str | None:
    return None if value is None else utf8(str(value))


_Value = Callable[[str, Mapping[str, Any], int, Mapping[str, Any]], Any]

_VALUES: Mapping[str, _Value] = {
    "video_id": lambda video_id, _head, _number, _segment: video_id,
    "analysis": lambda _video_id, head, _number, _segment: head["analysis"],
    "attempt": lambda _video_id, head, _number, _segment: head["attempt"],
    "number": lambda _video_id, _head, number, _segment: number,
    "model_version": lambda _video_id, head, _number, _segment: _text(head["model_version"]),
    "duration_ms": lambda _video_id, head, _number, _segment: head.get("duration_ms"),
    "seen_from": lambda _video_id, head, _number, _segment: head.get("seen_from"),
    "label": lambda _video_id, _head, _number, segment: _text(segment.get("label")),
    "parents": lambda _video_id, _head, _number, segment: [utf8(parent) for parent in segment.get("parents", ())],
    "start_ms": lambda _video_id, _head, _number, segment: segment.get("start_ms"),
    "end_ms": lambda _video_id, _head, _number, segment: segment.get("end_ms"),
    "last_ms": lambda _video_id, _head, _number, segment: segment.get("last_ms"),
    "samples": lambda _video_id, _head, _number, segment: segment.get("samples"),
    "max_confidence": lambda _video_id, _head, _number, segment: segment.get("max_confidence"),
    "mean_confidence": lambda _video_id, _head, _number, segment: segment.get("mean_confidence"),
    "peak_ms": lambda _video_id, _head, _number, segment: segment.get("peak_ms"),
    "details": lambda _video_id, _head, _number, segment: _details(segment),
}
"""What stands in each column."""
