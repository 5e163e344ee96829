"""Rows survive the way through chunk files."""

import gc
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.analysis import Analysis
from reelsift.domain.barrier import Barrier
from reelsift.domain.batch import CHUNK_LINES
from reelsift.domain.failure import Reason
from reelsift.domain.filters import Lack
from reelsift.domain.line import RecordedAnswer
from reelsift.domain.video import ObjectRef
from reelsift.manifests.chunks import ChunkError, ChunkFile, ChunkWriter, SourceRow, read_chunk
from reelsift.manifests.manifest_row import BadRow, FilteredRow, GoodRow, ManifestRow

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
MAYBE = st.none() | TEXT
NUMBERS = st.integers(1, 10**12)
REFS = st.builds(
    ObjectRef,
    bucket=TEXT,
    key=TEXT,
    version_id=MAYBE,
    etag=MAYBE,
    size=st.none() | st.integers(0, 10**14),
    barrier=st.none() | st.sampled_from(Barrier),
)
ANSWERS = st.builds(RecordedAnswer, TEXT, st.none() | st.sampled_from(Analysis))
CONTEXTS = st.none() | st.dictionaries(TEXT, TEXT)
ROWS = (
    st.builds(GoodRow, NUMBERS, REFS, answer=st.none() | ANSWERS, context=CONTEXTS)
    | st.builds(BadRow, NUMBERS, TEXT, TEXT, st.sampled_from(Reason))
    | st.builds(FilteredRow, NUMBERS, REFS, st.sampled_from(Lack), CONTEXTS)
)


def write(files: list[tuple[str, list[ManifestRow]]], limit: int = CHUNK_LINES) -> list[ChunkFile]:
    writer = ChunkWriter(limit)
    chunks = [chunk for file, rows in files for chunk in writer.add(file, rows)]
    last = writer.close()
    return chunks if last is None else [*chunks, last]


@given(st.lists(st.tuples(TEXT, st.lists(ROWS))), st.integers(1, 5))
def test_rows_are_read_back_as_they_were_written_in_chunks_of_the_limit(
    files: list[tuple[str, list[ManifestRow]]], limit: int
) -> None:
    chunks = write(files, limit)
    assert [found for chunk in chunks for found in read_chunk(chunk.body)] == [
        SourceRow(file, row) for file, rows in files for row in rows
    ]
    assert [chunk.number for chunk in chunks] == list(range(len(chunks)))
    assert all(chunk.lines == limit for chunk in chunks[:-1])
    for chunk in chunks:
        rows = list(read_chunk(chunk.body))
        assert 1 <= chunk.lines == len(rows) <= limit
        assert chunk.bad == sum(isinstance(found.row, BadRow) for found in rows)
        assert chunk.size == sum(found.row.ref.size or 0 for found in rows if isinstance(found.row, GoodRow))


def test_a_line_is_named_by_its_file_and_row() -> None:
    assert SourceRow("nightly.csv", GoodRow(17, ObjectRef("abc", "k"))).name == "nightly.csv:17"


def test_a_chunk_holds_ten_thousand_lines() -> None:
    rows: list[ManifestRow] = [GoodRow(row, ObjectRef("abc", f"{row}.mp4")) for row in range(1, 20_002)]
    assert [chunk.lines for chunk in write([("a.csv", rows)])] == [10_000, 10_000, 1]


def test_a_writer_that_is_given_up_leaves_nothing_open() -> None:
    writer = ChunkWriter(limit=2)
    rows = [GoodRow(row, ObjectRef("abc", f"{row}.mp4")) for row in range(1, 4)]
    assert len(list(writer.add("a.csv", rows))) == 1
    del writer
    gc.collect()


def test_the_same_rows_make_the_same_bytes() -> None:
    rows: list[ManifestRow] = [GoodRow(1, ObjectRef("abc", "k.mp4", "v", "e", 5)), BadRow(2, "why", "what")]
    assert write([("a.csv", rows)]) == write([("a.csv", rows)])


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"not gzip", "cannot be unpacked"),
        (gzip.compress(b'{"file":"a","row":1}\n' * 1000, mtime=0)[:-20], "cannot be unpacked"),
        (gzip.compress(b"\xff\n"), "cannot be unpacked"),
        (gzip.compress(b"hello\n"), "line 1 of the chunk file cannot be read"),
        (gzip.compress(b'{"file":"a","row":1,"bad":"b"}\n{"file":"a"}\n'), "line 2 of the chunk file is no row: row"),
        (gzip.compress(b'{"file":"a","row":1,"lacks":"taste"}\n'), "line 1 of the chunk file is no row: lacks"),
    ],
    ids=["not gzip", "cut short", "not UTF-8", "not JSON", "not a row", "of another version"],
)
def test_a_damaged_chunk_says_where(body: bytes, complaint: str) -> None:
    with pytest.raises(ChunkError, match=complaint):
        list(read_chunk(body))
