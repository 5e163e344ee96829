"""A part of the copy gives back what went in."""

from io import BytesIO

import pytest
from pyarrow.parquet import read_table, write_table  # type: ignore[import-untyped]

from reelsift.archive.part import PartFile, UnreadablePart, month_folder, open_part, segment_of
from reelsift.domain.analysis import Analysis
from reelsift.domain.result import segment_members
from support.archive import seen

HEAD = {"analysis": "text", "attempt": 3, "model_version": "3.0", "duration_ms": 9_000, "seen_from": 80.0}


def test_segments_come_out_as_they_went_in() -> None:
    spellings = {"spellings": {"b": 2, "a": 1}}
    segments = [
        seen(Analysis.TEXT, "a", 99.123456789, details=spellings, last_ms=800),
        seen(Analysis.TEXT, "ñ", 80.0, "p", "q"),
    ]
    file = PartFile()
    file.add("a" * 40, HEAD, [segment_members(segments[0])])
    file.add("a" * 40, HEAD, [segment_members(segments[1])], begin=1)
    rows = open_part(BytesIO(file.close())).read().to_pylist()
    assert [segment_of(row) for row in rows] == segments
    assert list(segment_of(rows[0]).details["spellings"]) == ["b", "a"]
    assert [(row["number"], row["seen_from"], row["duration_ms"]) for row in rows] == [
        (0, 80.0, 9_000),
        (1, 80.0, 9_000),
    ]
    assert file.answers == 1


def test_an_answer_without_segments_has_a_row() -> None:
    file = PartFile()
    file.add("a" * 40, HEAD, [])
    (row,) = open_part(BytesIO(file.close())).read().to_pylist()
    assert (row["attempt"], row["number"], row["label"], row["parents"]) == (3, 0, None, [])


def test_what_nobody_noted_is_unknown() -> None:
    """Results that were made before it was noted from which confidence on something could be seen."""
    file = PartFile()
    file.add("a" * 40, {"analysis": "labels", "attempt": 1, "model_version": None}, [])
    (row,) = open_part(BytesIO(file.close())).read().to_pylist()
    assert (row["seen_from"], row["duration_ms"], row["model_version"]) == (None, None, None)


def test_half_a_surrogate_pair_is_a_question_mark() -> None:
    file = PartFile()
    file.add("a" * 40, HEAD, [segment_members(seen(Analysis.TEXT, "\udc80", 90.0))])
    assert open_part(BytesIO(file.close())).read()["label"].to_pylist() == ["?"]


def test_a_file_of_another_format_is_not_read() -> None:
    file = PartFile()
    file.add("a" * 40, HEAD, [])
    table = read_table(BytesIO(file.close()))
    other = BytesIO()
    write_table(table.replace_schema_metadata({b"reelsift.archive": b"2"}), other)
    for body in (other.getvalue(), b"", b"PAR1 is not all there is to it PAR1"):
        with pytest.raises(UnreadablePart):
            open_part(BytesIO(body))


def test_a_month_is_that_of_utc() -> None:
    assert month_folder(1_780_271_999_999) == "archive/segments/2026-05/"
    assert month_folder(1_780_272_000_000) == "archive/segments/2026-06/"
