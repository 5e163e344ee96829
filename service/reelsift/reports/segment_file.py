"""A chunk's segments as a Parquet file: a row for each, made piece by piece in bounded memory.

pyarrow is imported here only when a file is written: it takes half a second and 60 MB.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from reelsift.domain import taxonomy
from reelsift.domain.video import ObjectRef
from reelsift.reports.parquet import COMPRESSION, utf8

BATCH_ROWS = 2_000
"""Rows that are held as Python's own values, some MB, before they become columns."""

GROUP_ROWS = 50_000
GROUP_BYTES = 32 * 1024 * 1024
"""The rows of a row group, as columns some 20 MB: so much of a file is held before it is written. Texts that are
spelled in very many ways fill one with fewer rows.
"""


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
        from pyarrow.parquet import ParquetWriter  # type: ignore[import-untyped]

        self.rows = 0
        self._chunk = chunk
        self._schema = segment_schema()
        self._body = BytesIO()
        self._writer = ParquetWriter(self._body, self._schema, compression=COMPRESSION)
        self._waiting: list[tuple[Answer, Mapping[str, Any]]] = []
        self._batches: list[Any] = []

    def add(self, answer: Answer, segments: Sequence[Mapping[str, Any]]) -> None:
        """Append a row for each segment, as `domain.result` reads them."""
        self.rows += len(segments)
        self._waiting += [(answer, segment) for segment in segments]
        if len(self._waiting) >= BATCH_ROWS:
            self._convert()
        rows = sum(batch.num_rows for batch in self._batches)
        if rows >= GROUP_ROWS or sum(batch.nbytes for batch in self._batches) >= GROUP_BYTES:
            self._write_group()

    def add_nothing(self, answer: Answer) -> None:
        """Append the row of an answer without segments. It has no label, and says that there is no older one either."""
        self.add(answer, [{}])

    def take(self) -> bytes:
        """What there is of the file since the last call."""
        body = self._body.getvalue()
        # Not the position: the writer counts what it has written, and says where in the file its row groups are.
        self._body.seek(0)
        self._body.truncate()
        return body

    def close(self) -> bytes:
        """The end of the file."""
        self._write_group()
        self._writer.close()
        return self.take()

    def _convert(self) -> None:
        import pyarrow as pa  # type: ignore[import-untyped]

        columns = [
            pa.array([_VALUES[field.name](self._chunk, *row) for row in self._waiting], field.type)
            for field in self._schema
        ]
        self._batches.append(pa.RecordBatch.from_arrays(columns, schema=self._schema))
        self._waiting = []

    def _write_group(self) -> None:
        import pyarrow as pa

        if self._waiting:
            self._convert()
        if self._batches:
            self._writer.write_table(pa.Table.from_batches(self._batches), row_group_size=2 * GROUP_ROWS)
        self._batches = []


def segment_schema() -> Any:
    """Columns and types. Times are milliseconds from the video's start, confidences 0-100; `details` are JSON."""
    import pyarrow as pa

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
