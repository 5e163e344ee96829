import csv
import io
import json
import re
from dataclasses import replace
from itertools import starmap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import reelsift
from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Reason
from reelsift.domain.line import LineId, OutcomeStatus
from reelsift.domain.outcome import Before, Outcome, failed, skipped
from reelsift.domain.video import ObjectRef
from reelsift.manifests.formulas import written_cell
from reelsift.manifests.lists import read_list
from reelsift.manifests.manifest_row import GoodRow
from reelsift.manifests.object_names import decode_key
from reelsift.reports.completion_report import (
    COLUMNS,
    csv_row,
    csv_text,
    manifest_entry,
    manifest_row,
    members,
    report_manifest,
    result_message,
)
from support.long_lists import whole

SERVICE = Path(reelsift.__file__).parent
LINE = LineId("b", "list.csv:3", 0)
GOOD = Outcome(
    id=LINE,
    ref=ObjectRef("videos", "in/a b,ä.mp4", "v1", "etag", 5),
    status=OutcomeStatus.SUCCEEDED,
    finished_ms=7,
    video_id="0" * 40,
    verdict="review",
    video_status="in_review",
    peak_label="Violence",
    peak_confidence=97.5,
    billed_ms=90_000,
    cost_micros=150_000,
    context={"owner": "u-17", "title": 'ä, "b"'},
)
BAD = failed(LINE, ObjectRef("", ""), Reason.BAD_LINE, 'the row, "so": oops', now_ms=7)
KEYS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=50)


def test_a_row_has_the_columns_of_batch_operations_in_the_order_of_its_rows() -> None:
    row = dict(zip(COLUMNS, csv_row(GOOD), strict=True))
    message = json.loads(str(row.pop("ResultMessage")))
    assert row == {
        "Bucket": "videos",
        "Key": "in/a%20b%2C%C3%A4.mp4",
        "VersionId": "v1",
        "TaskStatus": "succeeded",
        "HTTPStatusCode": 200,
        "ErrorCode": "",
    }
    assert message == {
        "line": "list.csv:3",
        "status": "SUCCEEDED",
        "reason": None,
        "message": None,
        "failed_analyses": None,
        "verdict": "review",
        "video_status": "in_review",
        "peak_label": "Violence",
        "peak_confidence": 97.5,
        "minutes": 1.5,
        "cost_usd": 0.15,
        "video_id": "0" * 40,
        "context": {"owner": "u-17", "title": 'ä, "b"'},
    }


def test_what_failed_of_a_line_stands_beside_what_did_not() -> None:
    part = replace(GOOD, reason=Reason.PARTLY_FAILED, failed_analyses=((Analysis.LABELS, Reason.GAVE_UP),))
    row = dict(zip(COLUMNS, csv_row(part), strict=True))
    assert (row["TaskStatus"], row["ErrorCode"]) == ("succeeded", "")
    message = json.loads(str(row["ResultMessage"]))
    assert (message["reason"], message["failed_analyses"]) == ("partly_failed", {"labels": "gave_up"})


def test_a_failure_has_its_reason_as_error_code() -> None:
    row = dict(zip(COLUMNS, csv_row(BAD), strict=True))
    assert (row["TaskStatus"], row["HTTPStatusCode"], row["ErrorCode"]) == ("failed", "", "bad_line")
    (read,) = csv.reader([csv_text([csv_row(BAD)])])
    assert json.loads(read[-1])["message"] == 'the row, "so": oops'


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (Reason.ALREADY_ANALYSED, ("succeeded", 200, "")),
        (Reason.FILTERED, ("failed", "", "filtered")),
        (Reason.CANCELLED, ("failed", "", "cancelled")),
        (Reason.MAX_COST, ("failed", "", "max_cost")),
    ],
)
def test_a_skipped_line_succeeded_only_where_its_result_is_known(reason: Reason, expected: tuple[object, ...]) -> None:
    outcome = skipped(LINE, ObjectRef("videos", "a.mp4"), reason, "words", now_ms=7)
    row = csv_row(outcome)
    assert row[3:6] == expected
    message = json.loads(str(row[6]))
    assert (message["status"], message["reason"], message["message"]) == ("SKIPPED", reason, "words")


def test_json_has_everything() -> None:
    assert members(GOOD) == {
        "bucket": "videos",
        "key": "in/a b,ä.mp4",
        "version_id": "v1",
        "etag": "etag",
        "size": 5,
        "round": 1,
        "finished_ms": 7,
        "duration_ms": None,
        "analyses": [],
        "peak_analysis": None,
        "top_labels": [],
        "result_from_uri": None,
        **result_message(GOOD),
    }


@given(st.lists(KEYS))
def test_a_report_can_be_submitted_as_a_manifest(keys: list[str]) -> None:
    refs = [ObjectRef("videos", key, None) for key in keys]
    outcomes = [failed(LINE, ref, Reason.GAVE_UP, "", now_ms=0) for ref in refs]
    text = csv_text([COLUMNS, *map(csv_row, outcomes)])
    rows = list(read_list([text.encode()]))
    assert [row.ref for row in rows if isinstance(row, GoodRow)] == list(
        starmap(ObjectRef, zip(["videos"] * len(keys), keys, strict=True))
    )


TOKENS = st.from_regex(r"'{0,2}[=+@A-Za-z0-9_.-][!#-&(-+./-~-]{9,31}", fullmatch=True)
"""Version ids as S3 could give them, and as somebody could who wants a spreadsheet to calculate. S3's own have 32
characters; the shortest could be words by which lists say that there is none, such as `-` and `undefined`.
"""


@given(st.lists(st.tuples(KEYS, st.none() | TOKENS)), st.booleans())
def test_the_manifest_of_what_failed_reads_back_as_the_same_objects(
    objects: list[tuple[str, str | None]],
    header: bool,  # noqa: FBT001 - hypothesis gives it by position
) -> None:
    refs = [ObjectRef("videos", key, version) for key, version in objects]
    rows: list[tuple[str, ...]] = [manifest_row(ref, versions=True) for ref in refs]
    text = csv_text([("Bucket", "Key", "VersionId"), *rows] if header else rows)
    assert [row.ref for row in read_list([text.encode()]) if isinstance(row, GoodRow)] == refs


FORMULA_SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # noqa: RUF001 - spreadsheets take the wide forms too
BEFORE_SIGNS = ("", "'", "''", " ", "\t", "\r", "\r\n ", "x\r", "x\n")
CELLS = st.text(max_size=8) | st.builds(
    "{}{}{}".format, st.sampled_from(BEFORE_SIGNS), st.sampled_from(FORMULA_SIGNS), st.text(max_size=8)
)


@given(st.lists(CELLS, min_size=1))
def test_no_cell_begins_a_formula_and_each_can_be_read_back(cells: list[str]) -> None:
    (written,) = csv.reader(io.StringIO(csv_text([cells]), newline=""))
    for cell in written:
        assert not cell.lstrip().startswith(FORMULA_SIGNS)
        assert not cell.startswith(("\t", "\r", "\n"))
    assert list(map(written_cell, written)) == cells


@pytest.mark.parametrize("key", ["-1+1.mp4", "=1+1.mp4", "@sum.mp4", "+1.mp4", "\t=1.mp4"])
def test_a_key_is_encoded_so_that_it_begins_no_formula_and_is_the_same_key(key: str) -> None:
    ref = ObjectRef("videos", key, '=HYPERLINK("https://example.com")')
    for row in (manifest_row(ref, versions=True), csv_row(failed(LINE, ref, Reason.GAVE_UP, "", now_ms=0))):
        _, written, *_ = next(csv.reader([csv_text([row])]))
        assert written.startswith("%") or written[0].isalnum()
        assert decode_key(written) == key
    (read,) = read_list([csv_text([manifest_row(ref, versions=True)]).encode()])
    assert isinstance(read, GoodRow)
    assert read.ref == ref


def test_all_csv_is_written_by_one_function() -> None:
    writers = [
        path for path in SERVICE.rglob("*.py") if re.search(r"csv\.(writer|DictWriter)", path.read_text("utf-8"))
    ]
    assert [path.name for path in writers] == ["completion_report.py"]


def test_a_manifest_without_versions_has_two_columns() -> None:
    assert manifest_row(ObjectRef("videos", "a b.mp4"), versions=False) == ("videos", "a%20b.mp4")


def test_the_manifest_names_format_files_and_the_order_of_the_columns() -> None:
    files = [{"status": "failed", "key": "reports/b/results/000000000-failed.csv", "md5": "0" * 32, "rows": 1}]
    manifest = json.loads(
        whole(report_manifest(created_ms=1_780_000_000_123), [manifest_entry("work", file) for file in files])
    )
    assert manifest == {
        "Format": "Report_CSV_20180820",
        "ReportCreationDate": "2026-05-28T20:26:40.123Z",
        "Results": [
            {
                "TaskExecutionStatus": "failed",
                "Bucket": "work",
                "MD5Checksum": "0" * 32,
                "Key": "reports/b/results/000000000-failed.csv",
            }
        ],
        "ReportSchema": "Bucket, Key, VersionId, TaskStatus, HTTPStatusCode, ErrorCode, ResultMessage",
    }


def test_half_a_surrogate_pair_does_not_break_a_report() -> None:
    outcome = failed(LINE, ObjectRef("videos", "\udc80.mp4", "v\udc80"), Reason.GAVE_UP, "\udc80", now_ms=0)
    assert csv_text([csv_row(outcome)]).encode(errors="replace").startswith(b"videos,%3F.mp4,v?,failed,,gave_up,")


def test_a_line_of_a_re_evaluation_says_what_was_before() -> None:
    message = result_message(replace(GOOD, before=Before("approve", "approved")))
    assert (message["verdict_before"], message["video_status_before"]) == ("approve", "approved")
    assert "verdict_before" not in result_message(GOOD)
