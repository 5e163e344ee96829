"""The completion report of a batch as S3 Batch Operations writes it, so that what reads AWS's reads this one."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from reelsift.domain.failure import Reason
from reelsift.domain.line import OutcomeStatus
from reelsift.domain.outcome import Outcome
from reelsift.domain.video import ObjectRef
from reelsift.manifests.formulas import without_formula
from reelsift.reports.long_list import LongList

COLUMNS = ("Bucket", "Key", "VersionId", "TaskStatus", "HTTPStatusCode", "ErrorCode", "ResultMessage")
"""In the order of the rows that AWS writes. The schema in the S3 user guide's example names ErrorCode before
HTTPStatusCode, but the rows beside it have the number first.
"""

REPORT_FORMAT = "Report_CSV_20180820"

SUCCEEDED = "succeeded"
FAILED = "failed"
"""S3 Batch Operations' own words for what became of a task; it knows no third."""

HTTP_OK = 200

_ENDING = "\r\n"


def task_status(outcome: Outcome) -> str:
    """`succeeded` where the video's result is known, be it from an earlier batch; `failed` where it is not."""
    skipped_well = outcome.status is OutcomeStatus.SKIPPED and outcome.reason is Reason.ALREADY_ANALYSED
    return SUCCEEDED if outcome.status is OutcomeStatus.SUCCEEDED or skipped_well else FAILED


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Rows as S3 writes them: quoted only where needed, each ended by a line feed.

    All CSV is written here, and people open it in spreadsheets: no cell can begin a formula.
    """
    text = io.StringIO()
    # The writer quotes what stands in its own line ending: a bare carriage return would begin a row in a spreadsheet.
    writer = csv.writer(text, lineterminator=_ENDING)
    for row in rows:
        writer.writerow([_cell(value) for value in row])
        text.seek(text.tell() - len(_ENDING))
        text.truncate()
        text.write("\n")
    return text.getvalue()


def _cell(value: object) -> object:
    return without_formula(value) if isinstance(value, str) else value


def csv_row(outcome: Outcome) -> tuple[object, ...]:
    """The columns of `COLUMNS`. Keys are URL-encoded as in a manifest.

    No status of HTTP is kept of what failed, so there is one only for what succeeded.
    """
    status = task_status(outcome)
    ref = outcome.ref
    return (
        ref.bucket,
        encoded_key(ref.key),
        ref.version_id or "",
        status,
        HTTP_OK if status == SUCCEEDED else "",
        outcome.reason or "" if status == FAILED else "",
        json.dumps(result_message(outcome)),
    )


def manifest_row(ref: ObjectRef, *, versions: bool) -> tuple[str, ...]:
    """An object as a row of a Batch Operations manifest, which names the versions of all its objects or of none."""
    row = (ref.bucket, encoded_key(ref.key))
    return (*row, ref.version_id or "") if versions else row


def encoded_key(key: str) -> str:
    """A key as manifests and reports carry it. One that begins with a hyphen, as a formula may, is encoded there too:
    so it needs no apostrophe, which S3 would take for a part of the key.
    """
    encoded = quote(key, safe="/", errors="replace")
    return f"%2D{encoded[1:]}" if encoded.startswith("-") else encoded


def result_message(outcome: Outcome) -> dict[str, Any]:
    """The final result, as ResultMessage says it: minutes of video paid for, US dollars, confidences 0-100. Of a
    re-evaluation it also says what was before.
    """
    before = outcome.before
    was = {} if before is None else {"verdict_before": before.verdict, "video_status_before": before.status}
    return was | {
        "line": outcome.id.line,
        "status": str(outcome.status),
        "reason": outcome.reason,
        "message": outcome.message or None,
        "failed_analyses": {str(analysis): str(reason) for analysis, reason in outcome.failed_analyses} or None,
        "verdict": outcome.verdict,
        "video_status": outcome.video_status,
        "peak_label": outcome.peak_label,
        "peak_confidence": outcome.peak_confidence,
        "minutes": round(outcome.billed_ms / 60_000, 3),
        "cost_usd": outcome.cost_micros / 1_000_000,
        "video_id": outcome.video_id,
        "context": None if outcome.context is None else dict(outcome.context),
    }


def members(outcome: Outcome) -> dict[str, Any]:
    """Everything an outcome says, as `report --json` prints it."""
    return {
        "bucket": outcome.ref.bucket or None,
        "key": outcome.ref.key or None,
        "version_id": outcome.ref.version_id,
        "etag": outcome.ref.etag,
        "size": outcome.ref.size,
        "round": outcome.id.round,
        "finished_ms": outcome.finished_ms or None,
        "duration_ms": outcome.duration_ms,
        "analyses": [str(analysis) for analysis in outcome.analyses],
        "peak_analysis": outcome.peak_analysis,
        "top_labels": [asdict(label) for label in outcome.top_labels],
        "result_from_uri": outcome.result_from_uri,
        **result_message(outcome),
    }


def report_manifest(*, created_ms: int) -> LongList:
    """The `manifest.json` of a report, whose entries are to be added: `manifest_entry` of each file of rows."""
    created = datetime.fromtimestamp(created_ms / 1000, UTC).isoformat(timespec="milliseconds")
    document = {
        "Format": REPORT_FORMAT,
        "ReportCreationDate": created.replace("+00:00", "Z"),
        "Results": [],
        "ReportSchema": ", ".join(COLUMNS),
    }
    return LongList(document, "Results")


def manifest_entry(bucket: str, file: Mapping[str, Any]) -> dict[str, str]:
    """A file of rows, its `status`, `key` and `md5` (hex), as the manifest names it."""
    return {
        "TaskExecutionStatus": file["status"],
        "Bucket": bucket,
        "MD5Checksum": file["md5"],
        "Key": file["key"],
    }
