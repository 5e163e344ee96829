from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

from pyarrow.parquet import ParquetFile, read_table  # type: ignore[import-untyped]

from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Reason
from reelsift.domain.line import LineId, OutcomeStatus
from reelsift.domain.outcome import Before, Outcome, TopLabel, failed, skipped
from reelsift.domain.video import ObjectRef
from reelsift.reports.parquet import arrow_schema, parquet_file
from reelsift.reports.report_line import NOT_NOTED_MS, ReportLine

REF = ObjectRef("videos", "ä b.mp4", "v1", "etag", 5)
GOOD = Outcome(
    id=LineId("b", "m.csv:1", 3, 2),
    ref=REF,
    status=OutcomeStatus.SUCCEEDED,
    finished_ms=1_780_000_000_123,
    reason=Reason.SHARED,
    video_id="0" * 40,
    verdict="review",
    video_status="in_review",
    peak_analysis=Analysis.CONTENT_MODERATION,
    peak_label="Smoking",
    peak_confidence=91.25,
    billed_ms=90_000,
    cost_micros=150_001,
    duration_ms=95_000,
    top_labels=(
        TopLabel(Analysis.CONTENT_MODERATION, "Smoking", 91.25),
        TopLabel(Analysis.LABELS, "Weapons", 60.0),
    ),
    result_from_uri="s3://videos/other.mp4",
    analyses=(Analysis.CONTENT_MODERATION, Analysis.LABELS),
    failed_analyses=((Analysis.LABELS, Reason.GAVE_UP),),
    context={"owner": "u-17", "title": "ä"},
    before=Before("approve"),
)


def table(*outcomes: Outcome) -> Any:
    return read_table(BytesIO(parquet_file([ReportLine(outcome, REF) for outcome in outcomes])))


def test_a_row_holds_everything() -> None:
    (row,) = table(GOOD).to_pylist()
    assert row == {
        "line": "m.csv:1",
        "chunk": 3,
        "bucket": "videos",
        "key": "ä b.mp4",
        "version_id": "v1",
        "etag": "etag",
        "size": 5,
        "status": "SUCCEEDED",
        "reason": "shared",
        "message": None,
        "analyses": ["content_moderation", "labels"],
        "failed_analyses": [{"analysis": "labels", "reason": "gave_up"}],
        "verdict": "review",
        "video_status": "in_review",
        "verdict_before": "approve",
        "video_status_before": None,
        "video_id": "0" * 40,
        "peak_analysis": "content_moderation",
        "peak_label": "Smoking",
        "peak_confidence": 91.25,
        "top_labels": [
            {"analysis": "content_moderation", "label": "Smoking", "confidence": 91.25},
            {"analysis": "labels", "label": "Weapons", "confidence": 60.0},
        ],
        "duration_ms": 95_000,
        "billed_ms": 90_000,
        "minutes": 1.5,
        "cost_usd": Decimal("0.150001"),
        "result_from_uri": "s3://videos/other.mp4",
        "finished": datetime(2026, 5, 28, 20, 26, 40, 123_000, UTC),
        "round": 2,
        "context": '{"owner":"u-17","title":"ä"}',
    }


def test_what_is_not_known_is_null() -> None:
    line = LineId("b", "m.csv:1", 3)
    cut = skipped(line, ObjectRef("", ""), Reason.CANCELLED, "", now_ms=NOT_NOTED_MS)
    (row,) = table(cut).to_pylist()
    assert [name for name, value in row.items() if value is not None] == [
        *("line", "chunk", "status", "reason", "analyses", "failed_analyses", "top_labels", "billed_ms", "minutes"),
        *("cost_usd", "round"),
    ]


def test_every_chunk_has_the_same_schema_and_its_bytes_depend_on_its_lines_alone() -> None:
    odd = failed(LineId("b", "\udc80", 3), ObjectRef("v", "\udc80"), Reason.GAVE_UP, "\udc80", now_ms=1)
    for outcomes in ([], [odd], [GOOD, odd]):
        assert table(*outcomes).schema.equals(arrow_schema())
        lines = [ReportLine(outcome, None) for outcome in outcomes]
        assert parquet_file(lines) == parquet_file(list(lines))
    assert parquet_file([ReportLine(GOOD, None)]) != parquet_file([ReportLine(replace(GOOD, verdict="reject"), None)])


def test_the_file_is_compressed() -> None:
    file = ParquetFile(BytesIO(parquet_file([ReportLine(GOOD, REF)])))
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"
