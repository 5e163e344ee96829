"""Decisions as rows of an audit: CSV and Parquet.

pyarrow is imported here only when a file is written: it takes half a second and 60 MB.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from reelsift.domain.decision import Decision
from reelsift.domain.video import Video
from reelsift.reports.parquet import COMPRESSION, utf8

WHOLE = "whole"

COLUMNS = (
    *("decided", "video_id", "number", "video", "version_id", "action", "status", "age", "territories"),
    *("warning_label", "demote", "demonetise", "reasons", "grounds", "categories", "note", "kind", "appeal"),
    *("withdraws", "withdrawn", "revision", "by", "principal", "automated", "content_date", "context", "digest"),
    *("previous", "chain"),
)

_NUMBERS = frozenset({"number", "age", "withdraws", "revision"})
_SWITCHES = frozenset({"demote", "demonetise", "withdrawn", "automated"})


def decision_row(
    decision: Decision, video: Video | None, context: str | None, *, withdrawn: bool, broken_at: int | None
) -> dict[str, Any]:
    """What stands in each column, None where there is nothing. `context` is JSON. People are pseudonyms."""
    restriction, reasons = decision.restriction, decision.reasons
    values = {
        "decided": datetime.fromtimestamp(decision.at_ms / 1000, UTC),
        "video_id": decision.video_id,
        "number": decision.number,
        "video": None if video is None else utf8(video.uri),
        "version_id": None if video is None else video.version_id,
        "action": str(decision.action),
        "status": None if decision.status is None else str(decision.status),
        "age": None if restriction is None else restriction.age,
        "territories": None if restriction is None else " ".join(restriction.territories) or None,
        "warning_label": None
        if restriction is None or restriction.warning_label is None
        else utf8(restriction.warning_label),
        "demote": restriction is not None and restriction.demote,
        "demonetise": restriction is not None and restriction.demonetise,
        "reasons": " ".join(reason.code for reason in reasons) or None,
        "grounds": " ".join(dict.fromkeys(str(reason.ground) for reason in reasons)) or None,
        "categories": " ".join(dict.fromkeys(str(reason.category) for reason in reasons)) or None,
        "note": utf8(decision.private.note) if decision.private is not None and decision.private.note else None,
        "kind": None if decision.kind is None else str(decision.kind),
        "appeal": None if decision.appeal is None else utf8(decision.appeal),
        "withdraws": decision.withdraws,
        "withdrawn": withdrawn,
        "revision": decision.revision or None,
        "by": decision.by,
        "principal": decision.principal,
        "automated": decision.automated,
        "content_date": decision.content_date,
        "context": None if context is None else utf8(context),
        "digest": decision.digest,
        "previous": decision.previous or None,
        "chain": WHOLE if broken_at is None else f"broken at {broken_at}",
    }
    assert tuple(values) == COLUMNS  # noqa: S101 - CSV and Parquet name them alike
    return values


def csv_values(row: Mapping[str, Any]) -> list[object]:
    """A row for CSV: times in ISO 8601, switches as `true` and `false`."""
    return [_text(row[name]) for name in COLUMNS]


class DecisionFile:
    """Makes a Parquet file of rows as they come. It takes processor time in proportion: run it in a thread."""

    def __init__(self) -> None:
        from pyarrow.parquet import ParquetWriter  # type: ignore[import-untyped]

        self._schema = decision_schema()
        self._body = BytesIO()
        self._writer = ParquetWriter(self._body, self._schema, compression=COMPRESSION)

    def add(self, rows: Sequence[Mapping[str, Any]]) -> bytes:
        """Append rows as one row group; returns what there is of the file since the last call."""
        import pyarrow as pa  # type: ignore[import-untyped]

        columns = [pa.array([row[field.name] for row in rows], field.type) for field in self._schema]
        self._writer.write_table(pa.Table.from_arrays(columns, schema=self._schema), row_group_size=max(1, len(rows)))
        return self._take()

    def close(self) -> bytes:
        """The end of the file."""
        self._writer.close()
        return self._take()

    def _take(self) -> bytes:
        body = self._body.getvalue()
        # Not the position: the writer counts what it has written, and says where in the file its row groups are.
        self._body.seek(0)
        self._body.truncate()
        return body


def decision_schema() -> Any:
    """Columns and types."""
    import pyarrow as pa

    return pa.schema([(name, _type(name)) for name in COLUMNS])


def _type(name: str) -> Any:
    import pyarrow as pa

    if name == "decided":
        return pa.timestamp("ms", tz="UTC")
    if name in _NUMBERS:
        return pa.int64()
    return pa.bool_() if name in _SWITCHES else pa.string()


def _text(value: Any) -> object:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else value
