"""A chunk's lines as a Parquet file, with everything that is known of them.

pyarrow is imported here only when a file is written: it takes half a second and 60 MB.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from io import BytesIO
from typing import Any

from reelsift.domain.context import context_text
from reelsift.domain.cost import MINUTE_MS
from reelsift.domain.outcome import Outcome
from reelsift.reports.report_line import ReportLine

COMPRESSION = "zstd"


def parquet_file(lines: Sequence[ReportLine]) -> bytes:
    """The file. Equal lines give equal bytes. Its path says batch and date: they are no columns of it."""
    import pyarrow as pa  # type: ignore[import-untyped]
    from pyarrow.parquet import write_table  # type: ignore[import-untyped]

    schema = arrow_schema()
    # A column at a time: values of all columns at once would be as much again as the lines themselves.
    columns = [pa.array([_value(line, field.name) for line in lines], field.type) for field in schema]
    body = BytesIO()
    write_table(pa.Table.from_arrays(columns, schema=schema), body, compression=COMPRESSION)
    return body.getvalue()


def arrow_schema() -> Any:
    """Columns and types. Minutes are those of video paid for, confidences 0-100, money is exact to the millionth."""
    import pyarrow as pa

    text, number = pa.string(), pa.int64()
    return pa.schema(
        [
            ("line", text),
            ("chunk", number),
            ("bucket", text),
            ("key", text),
            ("version_id", text),
            ("etag", text),
            ("size", number),
            ("status", text),
            ("reason", text),
            ("message", text),
            ("analyses", pa.list_(text)),
            ("failed_analyses", pa.list_(pa.struct([("analysis", text), ("reason", text)]))),
            ("verdict", text),
            ("video_status", text),
            ("verdict_before", text),
            ("video_status_before", text),
            ("video_id", text),
            ("peak_analysis", text),
            ("peak_label", text),
            ("peak_confidence", pa.float64()),
            ("top_labels", pa.list_(pa.struct([("analysis", text), ("label", text), ("confidence", pa.float64())]))),
            ("duration_ms", number),
            ("billed_ms", number),
            ("minutes", pa.float64()),
            ("cost_usd", pa.decimal128(18, 6)),
            ("result_from_uri", text),
            ("finished", pa.timestamp("ms", tz="UTC")),
            ("round", pa.int32()),
            ("context", text),
        ]
    )


def _value(line: ReportLine, column: str) -> Any:
    value = _VALUES[column](line.outcome)
    return utf8(value) if isinstance(value, str) else value


class UnreadableLines(ValueError):
    """A file is not one of lines, or damaged."""


def lines_of_videos(body: bytes, videos: Collection[str]) -> list[tuple[str, str]]:
    """The lines that a file has of these videos, each with the id of its video. Raises UnreadableLines."""
    import pyarrow as pa
    from pyarrow import compute
    from pyarrow.parquet import read_table

    try:
        table = read_table(pa.BufferReader(body), columns=["line", "video_id"])
    except (pa.ArrowException, OSError) as error:
        # Arrow calls some damage an OSError, as if a disk had failed: nobody is to wait for that to pass.
        raise UnreadableLines(str(error)) from error
    if table.column_names != ["line", "video_id"]:
        raise UnreadableLines(f"it has only these columns: {table.column_names}")
    found = table.filter(compute.is_in(table["video_id"], value_set=pa.array(sorted(videos), pa.string())))
    return list(zip(found["line"].to_pylist(), found["video_id"].to_pylist(), strict=True))


def utf8(text: str) -> str:
    """Halves of surrogate pairs, which JSON lets through and Parquet does not, become question marks."""
    return text.encode(errors="replace").decode()


_VALUES: Mapping[str, Callable[[Outcome], Any]] = {
    "line": lambda outcome: outcome.id.line,
    "chunk": lambda outcome: outcome.id.chunk,
    "bucket": lambda outcome: outcome.ref.bucket or None,
    "key": lambda outcome: outcome.ref.key or None,
    "version_id": lambda outcome: outcome.ref.version_id,
    "etag": lambda outcome: outcome.ref.etag,
    "size": lambda outcome: outcome.ref.size,
    "status": lambda outcome: outcome.status,
    "reason": lambda outcome: outcome.reason,
    "message": lambda outcome: outcome.message or None,
    "analyses": lambda outcome: list(outcome.analyses),
    "failed_analyses": lambda outcome: [
        {"analysis": analysis, "reason": reason} for analysis, reason in outcome.failed_analyses
    ],
    "verdict": lambda outcome: outcome.verdict,
    "video_status": lambda outcome: outcome.video_status,
    "verdict_before": lambda outcome: None if outcome.before is None else outcome.before.verdict,
    "video_status_before": lambda outcome: None if outcome.before is None else outcome.before.status,
    "video_id": lambda outcome: outcome.video_id,
    "peak_analysis": lambda outcome: outcome.peak_analysis,
    "peak_label": lambda outcome: outcome.peak_label,
    "peak_confidence": lambda outcome: outcome.peak_confidence,
    "top_labels": lambda outcome: [
        {"analysis": found.analysis, "label": utf8(found.label), "confidence": found.confidence}
        for found in outcome.top_labels
    ],
    "duration_ms": lambda outcome: outcome.duration_ms,
    "billed_ms": lambda outcome: outcome.billed_ms,
    "minutes": lambda outcome: outcome.billed_ms / MINUTE_MS,
    "cost_usd": lambda outcome: Decimal(outcome.cost_micros).scaleb(-6),
    "result_from_uri": lambda outcome: outcome.result_from_uri,
    "finished": lambda outcome: outcome.finished_ms or None,
    "round": lambda outcome: outcome.id.round,
    "context": lambda outcome: context_text(outcome.context),
}
"""What stands in each column."""
