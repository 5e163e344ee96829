"""The jobs table: one row a job, every transition conditional on the state and attempt it was read in."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from reelsift.aws.table import Table
from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.job import Job, JobKey, JobState
from reelsift.domain.line import LineId
from reelsift.domain.video import Video

OPEN_INDEX = "open"
"""Sparse index of the jobs that are not CLOSED, by the time to look at them again."""

FLAGGED_INDEX = "flagged"
"""Sparse index of the videos whose verdict is not `approve`, by the time of the verdict."""

_PLAIN = (
    "attempt",
    "model_settings",
    "created_ms",
    "asked_ms",
    "start_input",
    "sends",
    "slot",
    "failures",
    "refusal",
    "priority",
    "job_id",
    "verdict",
    "alerts",
    "peak_label",
    "peak_confidence",
    "model_version",
    "duration_ms",
    "billed_ms",
    "raw_key",
    "result_key",
    "starting_ms",
    "running_ms",
    "ended_ms",
    "completion_received_ms",
    "settled_ms",
    "closed_ms",
    "reserved_micros",
    "reserved_batch",
    "reserved_day",
    "content",
    "duplicate_of_id",
    "result_from_uri",
)
"""Fields of Job that stand in the row under their own name."""


class Jobs:
    """Reads and conditional writes of jobs."""

    def __init__(self, table: Table) -> None:
        self.table = table

    async def get(self, key: JobKey) -> Job | None:
        """The job as it is now: a consistent read."""
        row = await self.table.get(_key(key))
        return _job(row) if row else None

    async def get_many(self, keys: Sequence[JobKey]) -> list[Job]:
        """The jobs of up to 100 keys that exist, in the order of the keys."""
        rows = {(row["video_id"], row["analysis"]): row for row in await self.table.get_many([_key(k) for k in keys])}
        return [_job(rows[k.video_id, k.analysis]) for k in keys if (k.video_id, k.analysis) in rows]

    async def of_video(self, video_id: str) -> list[Job]:
        """All jobs of a video."""
        return [_job(row) async for row in self.table.query("#video_id = :video", video=video_id)]

    async def due(self, now_ms: int, limit: int) -> list[Job]:
        """Open jobs whose time to look has come, longest overdue first. The index may lag behind the rows."""
        rows = self.table.query(
            "#open = :open AND #due_at <= :now", index=OPEN_INDEX, limit=limit, open="job", now=now_ms
        )
        return [_job(row) async for row in rows]

    async def count_open(self, batch_id: str | None = None) -> dict[JobState, int]:
        """How many jobs are in each state but CLOSED: all, or those that a line of this batch pays for."""
        counts: dict[JobState, int] = {}
        rows = self.table.query("#open = :open", index=OPEN_INDEX, attributes=("state", "batch_id"), open="job")
        async for row in rows:
            if batch_id not in {None, row["batch_id"]}:
                continue
            state = JobState(row["state"])
            counts[state] = counts.get(state, 0) + 1
        return counts

    async def flagged(self, verdict: str, *, since_ms: int = 0, limit: int | None = None) -> AsyncIterator[Job]:
        """Videos of a verdict other than `approve`, newest first."""
        rows = self.table.query(
            "#flagged = :verdict AND #settled_ms >= :since",
            index=FLAGGED_INDEX,
            backwards=True,
            limit=limit,
            verdict=verdict,
            since=since_ms,
        )
        async for row in rows:
            yield _job(row)

    def put_new(self, job: Job) -> dict[str, Any]:
        """For a transaction: the first row of a job. Refused where there is one."""
        return self.table.transact_put(_row(job), "attribute_not_exists(#video_id)")

    def put_next(self, job: Job, was: Job) -> dict[str, Any]:
        """For a transaction: the row of a job's next attempt. Refused unless the job is as `was` was read."""
        return self.table.transact_put(
            _row(job), "#state = :state AND #attempt = :attempt", state=was.state, attempt=was.attempt
        )

    async def change(self, job: Job, *, unchanged: Sequence[str] = (), **changes: Any) -> Job:
        """Change fields of a job that still is in the state and attempt it was read in, and return it.

        `unchanged` names further attributes of the row that must be as they were read. Raises ConditionFailed.
        """
        changed = replace(job, **changes)
        expression, condition, values = _difference(job, changed, unchanged)
        await self.table.update(_key(job.key), expression, condition, **values)
        return changed

    def change_item(self, job: Job, *, unchanged: Sequence[str] = (), **changes: Any) -> tuple[Job, dict[str, Any]]:
        """As `change`, for a transaction: the job as it will be, and the item."""
        changed = replace(job, **changes)
        expression, condition, values = _difference(job, changed, unchanged)
        return changed, self.table.transact_update(_key(job.key), expression, condition, **values)

    async def postpone(self, job: Job, due_at_ms: int) -> Job:
        """Put off the next look at a job. Of several who try, one succeeds; the others get ConditionFailed."""
        return await self.change(job, unchanged=("due_at",), due_at_ms=due_at_ms)


def _difference(job: Job, changed: Job, unchanged: Sequence[str]) -> tuple[str, str, dict[str, Any]]:
    before, after = _row(job), _row(changed)
    values: dict[str, Any] = {"was_state": before["state"], "was_attempt": before["attempt"]}
    conditions = ["#state = :was_state", "#attempt = :was_attempt"]
    for name in unchanged:
        conditions.append(f"#{name} = :was_{name}")
        values[f"was_{name}"] = before[name]
    changes = {name: value for name, value in after.items() if value != before.get(name)}
    values |= changes
    expression = "SET " + ", ".join(f"#{name} = :{name}" for name in changes)
    gone = [name for name in before if name not in after]
    if gone:
        expression += " REMOVE " + ", ".join(f"#{name}" for name in gone)
    return expression, " AND ".join(conditions), values


def _key(key: JobKey) -> dict[str, str]:
    return {"video_id": key.video_id, "analysis": key.analysis}


def _row(job: Job) -> dict[str, Any]:
    """The attributes of a job; a field that is None has none, so that the indexes stay sparse."""
    video, line, failure = job.video, job.admitted_by, job.failure
    row = {name: getattr(job, name) for name in _PLAIN} | {
        "video_id": video.video_id,
        "analysis": str(job.analysis),
        "state": str(job.state),
        "bucket": video.bucket,
        "key": video.key,
        "etag": video.etag,
        "version_id": video.version_id,
        "size": video.size,
        "last_modified": video.last_modified.isoformat() if video.last_modified else None,
        "batch_id": line.batch_id,
        "line": line.line,
        "chunk": line.chunk,
        "round": line.round,
        "failure_reason": str(failure.reason) if failure else None,
        "failure_message": failure.message if failure else None,
        "failure_retryable": failure.retryable if failure else None,
        "open": None if job.state is JobState.CLOSED else "job",
        "due_at": None if job.state is JobState.CLOSED else job.due_at_ms,
        "top_labels": [list(label) for label in job.top_labels] or None,
        "flagged": job.verdict if job.verdict not in {None, "approve"} else None,
    }
    return {name: value for name, value in row.items() if value is not None}


def _job(row: dict[str, Any]) -> Job:
    failure = None
    if "failure_reason" in row:
        failure = Failure(
            Reason(row["failure_reason"]), row.get("failure_message", ""), bool(row.get("failure_retryable"))
        )
    plain = {name: row[name] for name in _PLAIN if name in row}
    if "peak_confidence" in plain:
        plain["peak_confidence"] = float(plain["peak_confidence"])
    return Job(
        video=Video(
            bucket=row["bucket"],
            key=row["key"],
            etag=row["etag"],
            version_id=row.get("version_id"),
            size=row.get("size"),
            last_modified=datetime.fromisoformat(row["last_modified"]) if "last_modified" in row else None,
        ),
        analysis=Analysis(row["analysis"]),
        state=JobState(row["state"]),
        admitted_by=LineId(row["batch_id"], row["line"], row["chunk"], row["round"]),
        due_at_ms=row.get("due_at"),
        failure=failure,
        top_labels=tuple((label, float(confidence)) for label, confidence in row.get("top_labels", ())),
        **plain,
    )
