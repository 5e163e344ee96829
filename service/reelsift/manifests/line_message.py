"""A line as a JSON object: how reelsift sends single lines to itself, and how programs may send theirs."""

import json
from itertools import islice
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError, field_validator

from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Reason
from reelsift.domain.line import Line, LineId, chunk_of
from reelsift.domain.trouble import Trouble
from reelsift.domain.video import ObjectRef
from reelsift.manifests.line_names import Arrival, check_batch_id, check_line_name
from reelsift.manifests.manifest_row import MAX_EXCERPT, excerpt
from reelsift.manifests.object_names import check_bucket, check_etag, check_key, check_version
from reelsift.manifests.parsed import RejectedLine
from reelsift.manifests.untrusted_json import Edge, explain

_MAX_MS = 253_402_300_799_999
"""The last millisecond of the year 9999: beyond it no date can be made of a time."""

_MAX_COUNT = 10**9
_MAX_BYTES = 2**63 - 1
_MEMBERS_SHOWN = 20


class _Name(Edge):
    """The members that name a line, read first: a bad line of a known batch is counted in that batch."""

    batch: Annotated[str, AfterValidator(check_batch_id)] | None = None
    line: Annotated[str, AfterValidator(check_line_name)] | None = None
    chunk: Annotated[int, Field(ge=0, le=_MAX_COUNT)] | None = None
    round: Annotated[int, Field(ge=1, le=_MAX_COUNT)] = 1

    def line_id(self, arrival: Arrival, name: str) -> LineId:
        if self.batch is None:
            return arrival.line_id(name)
        line = self.line or name
        return LineId(self.batch, line, chunk_of(line) if self.chunk is None else self.chunk, self.round)


class _Order(Edge):
    """The members that say what to analyse, and how."""

    bucket: Annotated[str, AfterValidator(check_bucket)]
    key: Annotated[str, AfterValidator(check_key)]
    version_id: Annotated[str, AfterValidator(check_version)] | None = None
    etag: Annotated[str, AfterValidator(check_etag)] | None = None
    size: Annotated[int, Field(ge=0, le=_MAX_BYTES)] | None = None
    analyses: tuple[Analysis, ...] = ()
    again: bool = False
    priority: bool = False
    submitted_ms: Annotated[int, Field(ge=0, le=_MAX_MS)] | None = None
    content_changes: Annotated[int, Field(ge=0, le=_MAX_COUNT)] = 0
    paid_ms: Annotated[int, Field(ge=0, le=_MAX_MS)] = 0
    paid_micros: Annotated[int, Field(ge=0, le=_MAX_MS)] = 0
    trouble_ms: Annotated[int, Field(ge=0, le=_MAX_MS)] = 0
    trouble_seen_ms: Annotated[int, Field(ge=0, le=_MAX_MS)] | None = None

    @field_validator("analyses", mode="before")
    @classmethod
    def _named(cls, names: Any) -> tuple[Analysis, ...]:
        known = {name: analysis for analysis in Analysis for name in (analysis.value, *analysis.spec.aliases)}
        if names is None:
            return ()
        if not isinstance(names, list) or not all(isinstance(name, str) and name in known for name in names):
            raise ValueError(f"must be a list of {', '.join(Analysis)}")
        return tuple(dict.fromkeys(known[name] for name in names))

    def line(self, line_id: LineId, sent_ms: int) -> Line:
        return Line(
            id=line_id,
            ref=ObjectRef(self.bucket, self.key, self.version_id, self.etag, self.size),
            # A line was not asked for after its message was sent, whatever the clock of its sender says.
            submitted_ms=sent_ms if self.submitted_ms is None else min(self.submitted_ms, sent_ms),
            analyses=self.analyses,
            again=self.again,
            priority=self.priority,
            content_changes=self.content_changes,
            paid_ms=self.paid_ms,
            paid_micros=self.paid_micros,
            trouble=Trouble(self.trouble_ms, self.trouble_seen_ms),
        )


def read_line(message: Any, arrival: Arrival, name: str) -> Line | RejectedLine:
    """The line of a JSON value; `name` is what it is called where it names no batch, or no line.

    Members: `bucket`, `key` (plain); optional `version_id`, `etag`, `size` (bytes), `analyses` (names), `again`,
    `priority`, `submitted_ms` (epoch milliseconds), `content_changes`; and `batch` with optional `line`, `chunk`,
    `round`, which mean nothing without it. Other members are ignored, so that lines may carry their sender's notes.
    """
    line_id = arrival.line_id(name)
    if not isinstance(message, dict):
        return _rejected(line_id, "a line must be an object with bucket and key", message)
    try:
        line_id = _Name.model_validate(message).line_id(arrival, name)
        return _Order.model_validate(message).line(line_id, arrival.sent_ms)
    except ValidationError as error:
        return _rejected(line_id, explain(error), message)


def encode_line(line: Line) -> str:
    """The message of one line. `parse_message` reads it back as the same line, whatever message carries it.

    Only ASCII, since SQS refuses some characters that S3 keys may hold.
    """
    members: dict[str, Any] = {
        "bucket": line.ref.bucket,
        "key": line.ref.key,
        "version_id": line.ref.version_id,
        "etag": line.ref.etag,
        "size": line.ref.size,
        "batch": line.id.batch_id,
        "line": line.id.line,
        "chunk": line.id.chunk,
        "round": line.id.round,
        "analyses": list(line.analyses) or None,
        "again": line.again or None,
        "priority": line.priority or None,
        "submitted_ms": line.submitted_ms,
        "content_changes": line.content_changes or None,
        "paid_ms": line.paid_ms or None,
        "paid_micros": line.paid_micros or None,
        "trouble_ms": line.trouble.ms or None,
        "trouble_seen_ms": line.trouble.seen_ms,
    }
    return json.dumps({name: value for name, value in members.items() if value is not None})


def _rejected(line_id: LineId, message: str, line: Any) -> RejectedLine:
    if isinstance(line, dict):
        shown = {name: _shallow(value) for name, value in islice(line.items(), _MEMBERS_SHOWN)}
        return RejectedLine(line_id, Reason.BAD_LINE, message, excerpt(json.dumps(shown)))
    return RejectedLine(line_id, Reason.BAD_LINE, message, excerpt(json.dumps(_shallow(line))))


def _shallow(value: Any) -> Any:
    """`value` without what it contains: to encode a thousand levels for their first characters could fail."""
    if isinstance(value, str):
        return value[:MAX_EXCERPT]
    return "..." if isinstance(value, list | dict) else value
