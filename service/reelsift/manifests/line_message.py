"""A line as a JSON object: how reelsift sends single lines to itself, and how programs may send theirs."""

import json
from itertools import islice
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, field_validator

from reelsift.domain.analysis import Analysis
from reelsift.domain.context import Context
from reelsift.domain.failure import Reason
from reelsift.domain.job import Attempt
from reelsift.domain.line import Line, LineId, RecordedAnswer, chunk_of
from reelsift.domain.trouble import Trouble
from reelsift.domain.video import ObjectRef
from reelsift.manifests.json_objects import place_members
from reelsift.manifests.line_names import Arrival, check_batch_id, check_line_name
from reelsift.manifests.manifest_row import MAX_EXCERPT, excerpt
from reelsift.manifests.object_names import check_bucket, check_key, check_version
from reelsift.manifests.parsed import RejectedLine
from reelsift.manifests.told_context import told_context
from reelsift.manifests.told_values import size_of, told_etag
from reelsift.manifests.untrusted_json import Edge, explain

_MAX_MS = 253_402_300_799_999
"""The last millisecond of the year 9999: beyond it no date can be made of a time."""

_MAX_COUNT = 10**9
_MEMBERS_SHOWN = 20

_MOST_ATTEMPTS = 100
"""Attempts that a line has paid for content that is gone: one an analysis, each time that its content changes."""

_MOST_ATTEMPT_CHARACTERS = 100


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


def _etag(value: Any) -> str | None:
    return told_etag(value) if isinstance(value, str) else None


def _flag(value: Any) -> Any:
    """Templates of EventBridge write everything as text."""
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


class _Order(Edge):
    """The members that say what to analyse, and how."""

    bucket: Annotated[str, AfterValidator(check_bucket)]
    key: Annotated[str, AfterValidator(check_key)]
    version_id: Annotated[str, AfterValidator(check_version)] | None = None
    etag: Annotated[str | None, BeforeValidator(_etag)] = None
    size: Annotated[int | None, BeforeValidator(size_of)] = None
    analyses: tuple[Analysis, ...] = ()
    again: Annotated[bool, BeforeValidator(_flag)] = False
    priority: Annotated[bool, BeforeValidator(_flag)] = False
    submitted_ms: Annotated[int, Field(ge=0, le=_MAX_MS)] | None = None
    content_changes: Annotated[int, Field(ge=0, le=_MAX_COUNT)] = 0
    paid_ms: Annotated[int, Field(ge=0, le=_MAX_MS)] = 0
    paid_micros: Annotated[int, Field(ge=0, le=_MAX_MS)] = 0
    paid_attempts: tuple[str, ...] = ()
    trouble_ms: Annotated[int, Field(ge=0, le=_MAX_MS)] = 0
    trouble_seen_ms: Annotated[int, Field(ge=0, le=_MAX_MS)] | None = None
    recorded_answer: str | None = None
    recorded_analysis: Annotated[Analysis, Field(strict=False)] | None = None
    context: Annotated[Context | None, BeforeValidator(told_context)] = None

    @field_validator("analyses", mode="before")
    @classmethod
    def _named(cls, names: Any) -> tuple[Analysis, ...]:
        known = {name: analysis for analysis in Analysis for name in (analysis.value, *analysis.spec.aliases)}
        if names is None:
            return ()
        if not isinstance(names, list) or not all(isinstance(name, str) and name in known for name in names):
            raise ValueError(f"must be a list of {', '.join(Analysis)}")
        return tuple(dict.fromkeys(known[name] for name in names))

    @field_validator("paid_attempts", mode="before")
    @classmethod
    def _attempts(cls, names: Any) -> tuple[str, ...]:
        if names is None:
            return ()
        if not isinstance(names, list) or len(names) > _MOST_ATTEMPTS:
            raise ValueError(f"must be a list of {_MOST_ATTEMPTS} attempts at most")
        if not all(isinstance(name, str) and len(name) <= _MOST_ATTEMPT_CHARACTERS for name in names):
            raise ValueError("must be a list of attempts")
        return tuple(str(Attempt.parse(name)) for name in names)

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
            paid_attempts=self.paid_attempts,
            trouble=Trouble(self.trouble_ms, self.trouble_seen_ms),
            answer=None
            if self.recorded_answer is None
            else RecordedAnswer(self.recorded_answer, self.recorded_analysis),
            context=self.context,
        )


def read_line(message: Any, arrival: Arrival, name: str) -> Line | RejectedLine:
    """The line of a JSON value; `name` is what it is called where it names no batch, or no line.

    The object is named by `bucket` and `key` (plain), or in any of the ways that `place_members` knows. Optional are
    `version_id`, `etag`, `size` (bytes), `analyses` (names), `again`, `priority`, `submitted_ms` (epoch milliseconds),
    `content_changes`, `recorded_answer` with `recorded_analysis` (of an import); and `batch` with optional `line`,
    `chunk`, `round`, which mean nothing without it. An ETag or a size that cannot be read is as good as not there.
    `context` is read as `told_context` reads it. Other members are ignored, so that lines may carry their sender's
    notes.
    """
    line_id = arrival.line_id(name)
    members = message if isinstance(message, dict) else {}
    try:
        if members:
            line_id = _Name.model_validate(members).line_id(arrival, name)
        place = place_members(message)
        if place is None and not members:
            return _rejected(
                line_id, "a line must be an object with bucket and key, or a URI as s3://bucket/key", message
            )
        return _Order.model_validate(members | (place or {})).line(line_id, arrival.sent_ms)
    except ValidationError as error:
        return _rejected(line_id, explain(error), message)
    except ValueError as error:
        return _rejected(line_id, str(error), message)


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
        "paid_attempts": list(line.paid_attempts) or None,
        "trouble_ms": line.trouble.ms or None,
        "trouble_seen_ms": line.trouble.seen_ms,
        "recorded_answer": line.answer.uri if line.answer else None,
        "recorded_analysis": line.answer.analysis if line.answer else None,
        "context": None if line.context is None else dict(line.context),
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
