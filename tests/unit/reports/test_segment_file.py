"""The Parquet file of a chunk's segments."""

from io import BytesIO
from typing import Any

from pyarrow.parquet import ParquetFile, read_table  # type: ignore[import-untyped]

from reelsift.domain.video import ObjectRef
from reelsift.reports.row_file import BATCH_ROWS, GROUP_BYTES, GROUP_ROWS
from reelsift.reports.segment_file import Answer, SegmentFile, segment_schema
from support.report_sample import segment

HEAD = {"analysis": "content_moderation", "attempt": 2, "job_id": "j" * 64, "model_version": "7.0"}
ANSWER = Answer("0" * 40, ObjectRef("videos", "ä b.mp4", "v1", "etag", 5), HEAD)


def written(*parts: tuple[Answer, list[dict[str, Any]]]) -> bytes:
    file, body = SegmentFile(3), b""
    for answer, segments in parts:
        if segments:
            file.add(answer, segments)
        else:
            file.add_nothing(answer)
        body += file.take()
    return body + file.close()


def rows(body: bytes) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read_table(BytesIO(body)).to_pylist()
    return found


def test_a_row_holds_everything_about_a_segment() -> None:
    found = segment("Exposed Female Nipple", 500, 2_500, 91.25, details={"é": 1, "a": [2]})
    assert rows(written((ANSWER, [found]))) == [
        {
            "video_id": "0" * 40,
            "bucket": "videos",
            "key": "ä b.mp4",
            "analysis": "content_moderation",
            "attempt": 2,
            "job_id": "j" * 64,
            "model_version": "7.0",
            "label": "Exposed Female Nipple",
            "parents": found["parents"],
            "category": "Explicit",
            "start_ms": 500,
            "end_ms": 2_500,
            "samples": 4,
            "max_confidence": 91.25,
            "mean_confidence": 88.25,
            "peak_ms": 500,
            "details": '{"a": [2], "\\u00e9": 1}',
            "chunk": 3,
        }
    ]


def test_an_answer_without_segments_has_a_row_without_a_label() -> None:
    (row,) = rows(written((ANSWER, [])))
    assert {name for name, value in row.items() if value not in (None, [])} == {
        *("video_id", "bucket", "key", "analysis", "attempt", "job_id", "model_version", "chunk")
    }


def test_equal_answers_give_equal_bytes_and_every_file_has_the_same_schema() -> None:
    odd = Answer("1" * 40, ObjectRef("videos", "\udc80"), HEAD | {"job_id": None, "model_version": None})
    for parts in ([], [(odd, [segment("\udc80", 0, 1)])], [(ANSWER, [segment("A", 0, 1)]), (odd, [])]):
        assert written(*parts) == written(*parts)
        assert read_table(BytesIO(written(*parts))).schema.equals(segment_schema())


def test_a_file_of_very_many_segments_is_written_a_row_group_at_a_time() -> None:
    file, some = SegmentFile(0), [segment("A", 0, 1)] * 250
    pieces = []
    for _ in range(0, 2 * GROUP_ROWS + BATCH_ROWS, len(some)):
        file.add(ANSWER, some)
        pieces.append(file.take())
    pieces.append(file.close())
    assert len([piece for piece in pieces[:-1] if len(piece) > 100]) == 2, "both groups, before the end"
    found = ParquetFile(BytesIO(b"".join(pieces)))
    groups = [found.metadata.row_group(number).num_rows for number in range(found.num_row_groups)]
    assert sum(groups) == file.rows == found.metadata.num_rows
    assert groups == [GROUP_ROWS, GROUP_ROWS, BATCH_ROWS]
    assert found.metadata.row_group(0).column(0).compression == "ZSTD"


def test_a_row_group_of_large_details_has_fewer_rows() -> None:
    details = {"spellings": {f"{number:0100}": 1 for number in range(300)}}
    file, some = SegmentFile(0), [segment("A", 0, 1, details=details)] * 250
    pieces = []
    for _ in range(0, 3 * BATCH_ROWS, len(some)):
        file.add(ANSWER, some)
        pieces.append(file.take())
    pieces.append(file.close())
    found = ParquetFile(BytesIO(b"".join(pieces)))
    groups = [found.metadata.row_group(number).num_rows for number in range(found.num_row_groups)]
    assert groups == [BATCH_ROWS] * 3
    assert BATCH_ROWS * len(str(details)) > GROUP_BYTES
