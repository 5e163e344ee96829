"""The jobs table: one row a job, every transition conditional on the state and attempt it was read in."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

import structlog

from reelsift.aws.table import ConditionFailed, Item, Table
from reelsift.aws.unreadable import UnreadableRows
from reelsift.domain import transitions
from reelsift.domain.analysis import Analysis
from reelsift.domain.context import context_text, read_context_text
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.job import Answered, Asked, Job, JobKey, JobState, Reserved, Result, SharedContent, Start, Times
from reelsift.domain.line import LineId
from reelsift.domain.trouble import Trouble
from reelsift.domain.video import Video

OPEN_INDEX = "open"
"""Sparse index of the jobs that are not CLOSED, by the time to check on them."""

_PLAIN = ("attempt", "failures", "undelivered")
"""Members of Job that stand in the row under their own name."""

_GROUPED: dict[str, dict[str, str]] = {
    "asked": {"model_settings": "model_settings", "at_ms": "asked_ms"},
    "start": {
        "slot": "slot",
        "input": "start_input",
        "sends": "sends",
        "job_id": "job_id",
        "refusal": "refusal",
        "imported_from": "imported_from",
    },
    "reserved": {"micros": "reserved_micros", "batch_id": "reserved_batch", "day": "reserved_day"},
    "result": {
        name: name
        for name in (
            "duration_ms",
            "billed_ms",
            "model_version",
            "peak_label",
            "raw_key",
            "result_key",
        )
    },
    "times": {
        name: name
        for name in (
            "created_ms",
            "starting_ms",
            "running_ms",
            "ended_ms",
            "completion_received_ms",
            "settled_ms",
            "closed_ms",
        )
    },
    "content": {"sha256": "content", "duplicate_of_id": "duplicate_of_id", "result_from_uri": "result_from_uri"},
}
"""The attribute of the row for the members of each group that need no translation: the row is flat."""

_log = structlog.get_logger(__name__)

Unchanged = Literal["sends", "due_at"]
"""What else of a row may have to be as it was read: who has replayed a Start changes `sends`, who claims a job its
time.
"""


class Jobs:
    """Reads and conditional writes of jobs."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._unreadable = UnreadableRows("analysis")

    async def get(self, key: JobKey) -> Job | None:
        """The job as it is now: a consistent read."""
        row = await self.table.get(_key(key))
        return _job(row) if row else None

    async def get_many(self, keys: Sequence[JobKey]) -> list[Job]:
        """The jobs of the keys that exist, in the order of the keys."""
        rows = {(row["video_id"], row["analysis"]): row for row in await self.table.get_many([_key(k) for k in keys])}
        return [_job(rows[k.video_id, k.analysis]) for k in keys if (k.video_id, k.analysis) in rows]

    async def get_readable(self, keys: Sequence[JobKey]) -> tuple[dict[JobKey, Job], set[JobKey]]:
        """The jobs of the keys that exist, and the keys of those that this version cannot read."""
        read = {
            JobKey(row["video_id"], Analysis(row["analysis"])): self._unreadable.read(row, read_job)
            for row in await self.table.get_many([_key(key) for key in keys])
        }
        found = {key: job for key, job in read.items() if job is not None}
        return found, read.keys() - found.keys()

    async def of_video(self, video_id: str) -> list[Job]:
        """All jobs of a video."""
        return [_job(row) async for row in self.table.query("#video_id = :video", video=video_id)]

    async def page(
        self, *, part: int, parts: int, limit: int, after: JobKey | None = None
    ) -> tuple[list[Job], JobKey | None]:
        """Up to `limit` jobs of one of the `parts` that the table is read in side by side, those of a video one after
        the other, and the job behind which the next page begins, None where this was the last.

        A row that a later version has written, or somebody edited, is logged and left out.
        """
        rows, last = await self.table.scan_page(
            part=part, parts=parts, limit=limit, after=None if after is None else _key(after)
        )
        return self._readable(rows), None if last is None else JobKey(last["video_id"], Analysis(last["analysis"]))

    async def due(self, now_ms: int, limit: int) -> list[Job]:
        """Open jobs that are due to be checked, longest overdue first. The index may lag behind the rows.

        Those that this version cannot read are passed over, however many they are: a later version that was taken back
        leaves any number behind, and nobody moves their time.
        """
        found: list[Job] = []
        behind: dict[str, Any] | None = None
        while True:
            query = self.table.query(
                "#open = :open AND #due_at <= :now",
                index=OPEN_INDEX,
                limit=limit,
                behind=behind,
                open="job",
                now=now_ms,
            )
            rows = [row async for row in query]
            found += self._readable(rows)
            if len(rows) < limit or len(found) >= limit:
                return found[:limit]
            behind = {name: rows[-1][name] for name in ("video_id", "analysis", "open", "due_at")}

    async def in_trouble(self, limit: int, batch_id: str | None = None) -> list[Job]:
        """Up to so many open jobs that AWS or this program fails over, or over which workers die, those first that are
        checked next: all, or those that a line of this batch pays for.
        """
        rows = self.table.query(
            "#open = :open",
            index=OPEN_INDEX,
            filter_expression=(
                "attribute_exists(#trouble) OR attribute_exists(#program_failures) OR #taken_up > :once"
            ),
            open="job",
            once=1,
        )
        found: list[Job] = []
        async for row in rows:
            if batch_id in {None, row["batch_id"]}:
                found += self._readable([row])
            if len(found) == limit:
                break
        return found

    async def open_of_object(self, bucket: str, key: str) -> list[Job]:
        """The open jobs of whatever an object holds or held."""
        rows = self.table.query(
            "#open = :open",
            index=OPEN_INDEX,
            filter_expression="#bucket = :bucket AND #key = :key",
            open="job",
            bucket=bucket,
            key=key,
        )
        return self._readable([row async for row in rows])

    def _readable(self, rows: Iterable[dict[str, Any]]) -> list[Job]:
        """The jobs of rows, but for those that this version cannot read."""
        read = [self._unreadable.read(row, read_job) for row in rows]
        return [job for job in read if job is not None]

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

    def put_item(self, job: Job, was: Job | None) -> Item:
        """For a transaction: the row of a job's next attempt. Refused unless the job is as `was` was read, or, with
        None, there is no such job yet.
        """
        condition, values = _as_was(was)
        return self.table.transact_put(_row(job), condition, **values)

    async def change(self, job: Job, changed: Job, *, unchanged: Sequence[Unchanged] = ()) -> Job:
        """Write what a transition has changed of a job that still is in the state and attempt it was read in; returns
        the changed job. `unchanged` names what else must be as it was read. Raises ConditionFailed.
        """
        expression, condition, values = _difference(job, changed, unchanged)
        await self.table.update(_key(job.key), expression, condition, **values)
        return changed

    def change_item(self, job: Job, changed: Job, *, unchanged: Sequence[Unchanged] = ()) -> dict[str, Any]:
        """As `change`, for a transaction."""
        expression, condition, values = _difference(job, changed, unchanged)
        return self.table.transact_update(_key(job.key), expression, condition, **values)

    async def forget(self, job: Job) -> None:
        """Delete the row of a CLOSED job. Raises ConditionFailed where it is no longer as it was read."""
        condition = "#state = :state AND #attempt = :attempt"
        await self.table.delete(_key(job.key), condition, state=str(JobState.CLOSED), attempt=job.attempt)

    async def postpone(self, job: Job, due_at_ms: int) -> Job:
        """Put off the next check of a job. Of several who try, one succeeds; the others get ConditionFailed."""
        return await self.change(job, replace(job, due_at_ms=due_at_ms), unchanged=("due_at",))

    async def take_up(self, job: Job, due_at_ms: int) -> Job:
        """The same, and count it: for a step over which a worker may die."""
        return await self.change(job, transitions.taken_up(job, due_at_ms=due_at_ms), unchanged=("due_at",))

    async def put_down(self, job: Job) -> None:
        """Take that count back, unless the job has left its state meanwhile, which does so too."""
        with suppress(ConditionFailed):
            await self.change(job, transitions.put_down(job))


def _as_was(was: Job | None) -> tuple[str, dict[str, Any]]:
    """The condition that a job is in the state and attempt it was read in, or is not there, and its values."""
    if was is None:
        return "attribute_not_exists(#video_id)", {}
    return "#state = :state AND #attempt = :attempt", {"state": was.state, "attempt": was.attempt}


def _difference(job: Job, changed: Job, unchanged: Sequence[Unchanged]) -> tuple[str, str, dict[str, Any]]:
    before, after = _row(job), _row(changed)
    values: dict[str, Any] = {"was_state": before["state"], "was_attempt": before["attempt"]}
    conditions = ["#state = :was_state", "#attempt = :was_attempt"]
    for name in unchanged:
        conditions.append(f"#{name} = :was_{name}")
        values[f"was_{name}"] = before[name]
    # The state is always written, so that there is something to write.
    changes = {name: value for name, value in after.items() if value != before.get(name) or name == "state"}
    values |= changes
    expression = "SET " + ", ".join(f"#{name} = :{name}" for name in changes)
    gone = [name for name in before if name not in after]
    if gone:
        expression += " REMOVE " + ", ".join(f"#{name}" for name in gone)
    return expression, " AND ".join(conditions), values


def _key(key: JobKey) -> dict[str, str]:
    return {"video_id": key.video_id, "analysis": key.analysis}


def _row(job: Job) -> dict[str, Any]:
    """The attributes of a job; a member that is None has none, so that the indexes stay sparse."""
    video, line, result = job.video, job.asked.by, job.result
    row = {
        **{name: getattr(job, name) for name in _PLAIN},
        **{
            attribute: getattr(getattr(job, group), name)
            for group, names in _GROUPED.items()
            for name, attribute in names.items()
        },
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
        "failure_reason": str(result.failure.reason) if result.failure else None,
        "failure_message": result.failure.message if result.failure else None,
        "failure_retryable": result.failure.retryable if result.failure else None,
        # Hardly any job has these: no other row is to grow by them.
        "context": context_text(job.asked.context),
        "program_failures": job.program_failures or None,
        "taken_up": job.taken_up or None,
        "trouble_ms": job.trouble.ms or None,
        "trouble_seen_ms": job.trouble.seen_ms,
        "trouble": job.trouble.cause,
        "earlier_attempt": job.earlier.attempt if job.earlier else None,
        "earlier_result_key": job.earlier.result_key if job.earlier else None,
        "earlier_settled_ms": job.earlier.settled_ms if job.earlier else None,
        "open": None if job.state is JobState.CLOSED else "job",
        "due_at": None if job.state is JobState.CLOSED else job.due_at_ms,
        "peak_confidence": result.peak_confidence,
        "top_labels": [list(label) for label in result.top_labels] or None,
    }
    return {name: value for name, value in row.items() if value is not None}


def read_job(row: Mapping[str, Any]) -> Job:
    """The job that a row is about, wherever it is kept."""
    return _job(dict(row))


def _job(row: dict[str, Any]) -> Job:
    grouped = {
        group: {name: row[attribute] for name, attribute in names.items() if attribute in row}
        for group, names in _GROUPED.items()
    }
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
        due_at_ms=row.get("due_at"),
        asked=Asked(
            by=LineId(row["batch_id"], row["line"], row["chunk"], row["round"]),
            context=read_context_text(row.get("context")),
            **grouped["asked"],
        ),
        start=Start(**grouped["start"]),
        reserved=Reserved(**grouped["reserved"]),
        result=Result(
            failure=_failure(row),
            peak_confidence=float(row["peak_confidence"]) if "peak_confidence" in row else None,
            top_labels=tuple((label, float(confidence)) for label, confidence in row.get("top_labels", ())),
            **grouped["result"],
        ),
        times=Times(**grouped["times"]),
        content=SharedContent(**grouped["content"]),
        trouble=Trouble(row.get("trouble_ms", 0), row.get("trouble_seen_ms"), row.get("trouble")),
        program_failures=row.get("program_failures", 0),
        taken_up=row.get("taken_up", 0),
        earlier=_earlier(row),
        **{name: row[name] for name in _PLAIN if name in row},
    )


def _earlier(row: dict[str, Any]) -> Answered | None:
    if "earlier_attempt" not in row:
        return None
    return Answered(row["earlier_attempt"], row["earlier_result_key"], row.get("earlier_settled_ms"))


def _failure(row: dict[str, Any]) -> Failure | None:
    if "failure_reason" not in row:
        return None
    return Failure(Reason(row["failure_reason"]), row.get("failure_message", ""), bool(row.get("failure_retryable")))
