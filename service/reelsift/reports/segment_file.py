"""A chunk's segments as a Parquet file: a row for each.

pyarrow is imported here only when a file is written: it takes half a second and 60 MB.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reelsift.domain import taxonomy
from reelsift.domain.video import ObjectRef
from reelsift.reports.parquet import utf8
from reelsift.reports.row_file import RowFile


@dataclass(frozen=True, slots=True)
class Answer:
    """Where an answer's segments come from: the video, its object as the line names it, and the head of its result."""

    video_id: str
    ref: ObjectRef
    head: Mapping[str, Any]


class SegmentFile:
    """Makes the file. Equal answers in equal order give equal bytes; `rows` counts what was added.

    All of it takes processor time in proportion to the segments: run it in a thread.
    """

    def __init__(self, chunk: int) -> None:
        self.rows = 0
        self._chunk = chunk
        self._file = RowFile(segment_schema(), _VALUES)

    def add(self, answer: Answer, segments: Sequence[Mapping[str, Any]]) -> None:
        """Append a row for each segment, as `domain.result` reads them."""
        self.rows += len(segments)
        self._file.add([(self._chunk, answer, segment) for segment in segments])

    def add_nothing(self, answer: Answer) -> None:
        """Append the row of an answer without segments. It has no label, and says that there is no older one either."""
        self.add(answer, [{}])

    def take(self) -> bytes:
        """What there is of the file since the last call."""
        return self._file.take()

    def close(self) -> bytes:
        """The end of the file."""
        return self._file.close()


def segment_schema() -> Any:
    """Columns and types. Times are milliseconds from the video's start, confidences 0-100; `details` are JSON."""
    import pyarrow as pa  # type: ignore[import-untyped]

    text, number = pa.string(), pa.int64()
    return pa.schema(
        [
            ("video_id", text),
            ("bucket", text),
            ("key", text),
            ("analysis", text),
            ("attempt", pa.int32()),
            ("job_id", text),
            ("model_version", text),
            ("label", text),
            ("parents", pa.list_(text)),
            ("category", text),
            ("start_ms", number),
            ("end_ms", number),
            ("samples", number),
            ("max_confidence", pa.float64()),
            ("mean_confidence", pa.float64()),
            ("peak_ms", number),
            ("details", text),
            ("chunk", number),
        ]
    )


def _category(segment: Mapping[str, Any]) -> str | None:
    return utf8(taxonomy.category((*segment["parents"], segment["label"]))) if segment else None


def _details(segment: Mapping[str, Any]) -> str | None:
    # In ASCII, in which no half of a surrogate pair can stand.
    return json.dumps(segment["details"], sort_keys=True) if segment.get("details") else None


def _text(value: Any) -> str | None:
    return None if value is None else utf8(str(value))


_Value = Callable[[int, Answer, Mapping[str, Any]], Any]

_VALUES: Mapping[str, _Value] = {
    "video_id": lambda _chunk, answer, _: answer.video_id,
    "bucket": lambda _chunk, answer, _: utf8(answer.ref.bucket),
    "key": lambda _chunk, answer, _: utf8(answer.ref.key),
    "analysis": lambda _chunk, answer, _: answer.head["analysis"],
    "attempt": lambda _chunk, answer, _: answer.head["attempt"],
    "job_id": lambda _chunk, answer, _: _text(answer.head["job_id"]),
    "model_version": lambda _chunk, answer, _: _text(answer.head["model_version"]),
    "label": lambda _chunk, _answer, segment: _text(segment.get("label")),
    "parents": lambda _chunk, _answer, segment: [utf8(parent) for parent in segment.get("parents", ())],
    "category": lambda _chunk, _answer, segment: _category(segment),
    "start_ms": lambda _chunk, _answer, segment: segment.get("start_ms"),
    "end_ms": lambda _chunk, _answer, segment: segment.get("end_ms"),
    "samples": lambda _chunk, _answer, segment: segment.get("samples"),
    "max_confidence": lambda _chunk, _answer, segment: segment.get("max_confidence"),
    "mean_confidence": lambda _chunk, _answer, segment: segment.get("mean_confidence"),
    "peak_ms": lambda _chunk, _answer, segment: segment.get("peak_ms"),
    "details": lambda _chunk, _answer, segment: _details(segment),
    "chunk": lambda chunk, _answer, _: chunk,
}
"""What stands in each column."""
