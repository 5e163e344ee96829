"""The completion report of a batch: what became of each line, in the order of its lines."""

import csv
import io
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from reelsift.aws.deployment import Deployment
from reelsift.cli.exits import CommandError
from reelsift.domain.batch import Batch, Chunk
from reelsift.domain.line import OutcomeStatus
from reelsift.domain.outcome import Outcome
from reelsift.manifests.chunks import ChunkError, read_chunk

COLUMNS = ("Bucket", "Key", "VersionId", "TaskStatus", "ErrorCode", "HTTPStatusCode", "ResultMessage")
"""As the report schema of S3 Batch Operations names and orders them (S3 user guide)."""

HTTP_OK = 200


@dataclass(slots=True)
class Tally:
    """What the summary of a report counts beyond the batch's own counts."""

    verdicts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            if outcome.verdict is not None:
                self.verdicts[outcome.verdict] += 1
            if outcome.status is OutcomeStatus.FAILED:
                self.reasons[outcome.reason or "unknown"] += 1


async def read_outcomes(deployment: Deployment, batch: Batch) -> AsyncIterator[list[Outcome]]:
    """The outcomes there are, a chunk (at most 10,000 lines) at a time, in the order of the rows."""
    async for chunk in deployment.batches.chunks(batch.batch_id):
        outcomes = [outcome async for outcome in deployment.outcomes.of_chunk(batch.batch_id, chunk.number)]
        yield await _in_row_order(deployment, chunk, outcomes)


async def _in_row_order(deployment: Deployment, chunk: Chunk, outcomes: list[Outcome]) -> list[Outcome]:
    """Only the chunk's file knows the order: by name, row 10 would come before row 2."""
    if chunk.source_key is None:
        return sorted(outcomes, key=lambda outcome: (outcome.finished_ms, outcome.id.line))
    body = await deployment.work.get(chunk.source_key)
    try:
        places = {row.name: place for place, row in enumerate(read_chunk(body))}
    except ChunkError as error:
        raise CommandError(f"s3://{deployment.work.bucket}/{chunk.source_key}: {error}") from error
    return sorted(outcomes, key=lambda outcome: places.get(outcome.id.line, len(places)))


def csv_text(rows: Iterable[tuple[object, ...]]) -> str:
    """Rows as S3 writes them: quoted only where needed, each ended by a line feed."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def csv_row(outcome: Outcome) -> tuple[object, ...]:
    """The columns of `COLUMNS`. Keys are URL-encoded as in a manifest, so that a report can be submitted as one.

    No status of HTTP is kept of what failed, so there is one only for what succeeded.
    """
    ref = outcome.ref
    return (
        ref.bucket,
        quote(ref.key, safe="/", errors="replace"),
        ref.version_id or "",
        str(outcome.status),
        outcome.reason or "",
        HTTP_OK if outcome.status is OutcomeStatus.SUCCEEDED else "",
        json.dumps(_message(outcome)),
    )


def members(outcome: Outcome) -> dict[str, Any]:
    """Everything an outcome says, as `report --json` prints it."""
    return {
        "bucket": outcome.ref.bucket or None,
        "key": outcome.ref.key or None,
        "version_id": outcome.ref.version_id,
        "etag": outcome.ref.etag,
        "size": outcome.ref.size,
        "status": str(outcome.status),
        "round": outcome.id.round,
        "finished_ms": outcome.finished_ms,
        **_message(outcome),
    }


def _message(outcome: Outcome) -> dict[str, Any]:
    return {
        "line": outcome.id.line,
        "video_id": outcome.video_id,
        "verdict": outcome.verdict,
        "peak_label": outcome.peak_label,
        "peak_confidence": outcome.peak_confidence,
        "reason": outcome.reason,
        "message": outcome.message or None,
        "minutes": round(outcome.billed_ms / 60_000, 3),
    }
