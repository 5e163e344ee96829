"""A recorded completion report of S3 Batch Operations and one of this project are read by the same reader.

The recordings are not of the project: RECORDED_ANSWERS names their folder.
"""

import hashlib
import json

from reelsift.domain.failure import Reason
from reelsift.domain.line import LineId, OutcomeStatus
from reelsift.domain.outcome import Outcome, failed
from reelsift.domain.video import ObjectRef
from reelsift.reports.completion_report import csv_row, csv_text, manifest_entry, report_manifest
from support.batch_report import ReportRow, report_rows
from support.long_lists import whole
from support.needs import RECORDINGS

FOLDER = RECORDINGS / "batch"
LINE = LineId("b", "m.csv:1", 0)
OURS = {
    "succeeded": Outcome(LINE, ObjectRef("videos", "ä b+c.mp4", "v1"), OutcomeStatus.SUCCEEDED, 1, verdict="review"),
    "failed": failed(LINE, ObjectRef("videos", 'q",.mp4'), Reason.OBJECT_MISSING, "there is\nnone", now_ms=1),
}


def recorded() -> list[ReportRow]:
    manifest = (FOLDER / "userguide-report-manifest.json").read_bytes()
    return list(report_rows(manifest, lambda file: (FOLDER / f"userguide-report-{file.status}.csv").read_bytes()))


def ours() -> list[ReportRow]:
    files = {status: csv_text([csv_row(outcome)]).encode() for status, outcome in OURS.items()}
    results = [
        {"status": status, "key": status, "md5": hashlib.md5(body, usedforsecurity=False).hexdigest()}
        for status, body in files.items()
    ]
    manifest = whole(report_manifest(created_ms=1), [manifest_entry("work", file) for file in results])
    return list(report_rows(manifest, lambda file: files[file.key]))


def test_the_recorded_report_is_read() -> None:
    rows = recorded()
    assert {row.status for row in rows} == {"succeeded", "failed"}
    assert {row.http for row in rows} == {200}
    assert {row.error for row in rows if row.status == "failed"} == {"PermanentFailure"}
    assert {row.error for row in rows if row.status == "succeeded"} == {None}


def test_ours_is_read_by_the_same_reader() -> None:
    succeeded, failed_row = ours()
    assert succeeded[:6] == ("videos", "ä b+c.mp4", "v1", "succeeded", 200, None)
    assert failed_row[:6] == ("videos", 'q",.mp4', None, "failed", None, "object_missing")
    assert json.loads(failed_row.message)["message"] == "there is\nnone"


def test_both_manifests_have_the_same_members() -> None:
    theirs = json.loads((FOLDER / "userguide-report-manifest.json").read_bytes())
    mine = json.loads(
        whole(
            report_manifest(created_ms=1), [manifest_entry("work", {"status": "failed", "key": "k", "md5": "0" * 32})]
        )
    )
    assert theirs.keys() == mine.keys()
    assert theirs["Results"][0].keys() == mine["Results"][0].keys()
    assert theirs["Format"] == mine["Format"]
    assert len(theirs["ReportCreationDate"]) == len(mine["ReportCreationDate"])
