"""The file of a chunk: what `submit` leaves in the work bucket for the expander, up to 10,000 lines in each.

Gzipped JSON Lines, one line a row: `{"file", "row", "bucket", "key"}` with `version_id`, `etag`, `size`, `barrier` and
`context` where they are known, and the `answer` that an import brings in; `{"file", "row", "bad", "excerpt"}` for a row
that names no object and is to end as FAILED, with a `reason` unless that is `bad_line`; or an object with what it
`lacks`, for a row that is to end as SKIPPED.
"""

import gzip
import io
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, ValidationError

from reelsift.domain.analysis import Analysis
from reelsift.domain.barrier import Barrier
from reelsift.domain.batch import CHUNK_LINES
from reelsift.domain.failure import Reason
from reelsift.domain.filters import Lack
from reelsift.domain.line import RecordedAnswer
from reelsift.domain.video import ObjectRef
from reelsift.manifests.manifest_row import BadRow, FilteredRow, GoodRow, ManifestRow
from reelsift.manifests.untrusted_json import Edge, JsonError, explain, load_json

_GZIP = zlib.MAX_WBITS | 16
_JSON = json.JSONEncoder(separators=(",", ":"))


class ChunkError(ValueError):
    """A chunk file is damaged, or another version of reelsift wrote it; the message says where."""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A row and the file it stands in; `name` is what its line is called."""

    file: str
    row: ManifestRow

    @property
    def name(self) -> str:
        return f"{self.file}:{self.row.row}"


@dataclass(frozen=True, slots=True)
class ChunkFile:
    """A chunk ready to be stored: its number from 0, how many lines it has, how many of them are bad, its bytes.

    `size` is the bytes of the videos whose size is known.
    """

    number: int
    lines: int
    bad: int
    size: int
    body: bytes


class ChunkWriter:
    """Splits a stream of rows into chunk files. Equal rows give equal bytes, so writing a chunk again changes nothing.

    Give it rows with `add`, take the files it returns, and the last one from `close`. Rows of several files may
    follow each other; their files' names must differ, since lines are named after them.
    """

    def __init__(self, limit: int = CHUNK_LINES) -> None:
        self._limit = limit
        self._number = 0
        self._open()

    def add(self, file: str, rows: Iterable[ManifestRow]) -> Iterator[ChunkFile]:
        """The chunks that `rows` of `file` (see `file_names`) fill."""
        for row in rows:
            self._body += self._gzip.compress(_encode(file, row))
            self._lines += 1
            if isinstance(row, BadRow):
                self._bad += 1
            elif isinstance(row, GoodRow):
                self._size += row.ref.size or 0
            if self._lines == self._limit:
                yield self._finish()

    def close(self) -> ChunkFile | None:
        """The last chunk; None where no row is left over."""
        return self._finish() if self._lines else None

    def _open(self) -> None:
        self._lines = 0
        self._bad = 0
        self._size = 0
        self._body = bytearray()
        # A GzipFile would have to be closed, also by a caller who gives up half-way.
        self._gzip = zlib.compressobj(level=4, wbits=_GZIP)

    def _finish(self) -> ChunkFile:
        body = bytes(self._body + self._gzip.flush())
        chunk = ChunkFile(self._number, self._lines, self._bad, self._size, body)
        self._number += 1
        self._open()
        return chunk


def read_chunk(body: bytes) -> Iterator[SourceRow]:
    """The rows of a chunk file, in order. ChunkError where it is damaged."""
    try:
        with gzip.open(io.BytesIO(body), "rt", encoding="utf-8", newline="\n") as lines:
            for number, line in enumerate(lines, 1):
                yield _decode(line, number)
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise ChunkError(f"the chunk file cannot be unpacked: {error}") from error


class _Stored(Edge):
    file: str
    row: int
    bucket: str = ""
    key: str = ""
    version_id: str | None = None
    etag: str | None = None
    size: int | None = None
    bad: str | None = None
    excerpt: str = ""
    reason: Annotated[Reason, Field(strict=False)] = Reason.BAD_LINE
    barrier: Annotated[Barrier, Field(strict=False)] | None = None
    lacks: Annotated[Lack, Field(strict=False)] | None = None
    answer: str | None = None
    context: dict[str, str] | None = None
    answer_analysis: Annotated[Analysis, Field(strict=False)] | None = None


def _encode(file: str, row: ManifestRow) -> bytes:
    stored: dict[str, Any] = {"file": file, "row": row.row}
    if isinstance(row, BadRow):
        stored |= {"bad": row.message, "excerpt": row.excerpt}
        if row.reason is not Reason.BAD_LINE:
            stored["reason"] = row.reason
    else:
        ref = row.ref
        stored |= {"bucket": ref.bucket, "key": ref.key}
        known = {"version_id": ref.version_id, "etag": ref.etag, "size": ref.size, "barrier": ref.barrier}
        stored |= {name: value for name, value in known.items() if value is not None}
        if row.context is not None:
            stored["context"] = dict(row.context)
        if isinstance(row, FilteredRow):
            stored["lacks"] = row.lacks
        elif row.answer is not None:
            stored["answer"] = row.answer.uri
            stored |= {} if row.answer.analysis is None else {"answer_analysis": row.answer.analysis}
    return _JSON.encode(stored).encode() + b"\n"


def _decode(line: str, number: int) -> SourceRow:
    try:
        # Four times as fast, but it knows no lone surrogates, and its complaints are other words.
        stored = _Stored.model_validate_json(line)
    except ValidationError:
        stored = _stored(line, number)
    if stored.bad is not None:
        return SourceRow(stored.file, BadRow(stored.row, stored.bad, stored.excerpt, stored.reason))
    ref = ObjectRef(stored.bucket, stored.key, stored.version_id, stored.etag, stored.size, stored.barrier)
    if stored.lacks is not None:
        return SourceRow(stored.file, FilteredRow(stored.row, ref, stored.lacks, stored.context))
    answer = None if stored.answer is None else RecordedAnswer(stored.answer, stored.answer_analysis)
    return SourceRow(stored.file, GoodRow(stored.row, ref, answer=answer, context=stored.context))


def _stored(line: str, number: int) -> _Stored:
    try:
        return _Stored.model_validate(load_json(line))
    except JsonError as error:
        raise ChunkError(f"line {number} of the chunk file cannot be read: {error}") from None
    except ValidationError as error:
        raise ChunkError(f"line {number} of the chunk file is no row: {explain(error)}") from None
