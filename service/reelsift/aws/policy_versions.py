"""The live policy: a pointer in the batches table, the log of its changes, and the documents in the work bucket."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from reelsift.aws.errors import AwsUnavailable, code_of
from reelsift.aws.objects import WorkBucket
from reelsift.aws.table import ConditionFailed, Table, TransactionRefused
from reelsift.domain.analysis import Analysis
from reelsift.domain.policy import Policy, digest_of_document
from reelsift.domain.policy_version import PolicyVersion
from reelsift.domain.policy_yaml import PolicyError

_PARTITION = "policy"
_LIVE = {"batch_id": _PARTITION, "part": "live"}
_EPOCH = "epoch#"
_WORKER = "worker#"


@dataclass(frozen=True, slots=True)
class WorkerReport:
    """What a worker judges by: nothing older than an epoch, as it said at `seen_ms` (epoch milliseconds)."""

    worker: str
    epoch: int
    seen_ms: int


class PolicyUnreadable(AwsUnavailable):
    """The live policy cannot be read: its row, or the document that it names. What it is to decide waits."""


class PolicyMoved(Exception):
    """Somebody else has changed the live policy meanwhile."""


class PolicyVersions:
    """Reads and conditional writes of the versions. A change is one transaction of pointer and log: there is none of
    them without the other, and none without its document, which is stored before.
    """

    def __init__(self, table: Table, work: WorkBucket) -> None:
        self._table = table
        self._work = work

    async def live(self) -> PolicyVersion | None:
        """The version that holds at this moment, by a consistent read; None where the deployment has none yet. Raises
        PolicyUnreadable where the row is damaged.
        """
        row = await self._table.get(_LIVE)
        return None if row is None else _read_version(row)

    async def of_epoch(self, epoch: int) -> PolicyVersion | None:
        """The version of an epoch, as the log has it."""
        row = await self._table.get(_entry_key(epoch))
        return None if row is None else _read_version(row)

    async def log(self, limit: int | None = None) -> AsyncIterator[PolicyVersion]:
        """The versions, the newest first."""
        rows = self._table.query(
            "#batch_id = :policy AND begins_with(#part, :epoch)",
            backwards=True,
            limit=limit,
            policy=_PARTITION,
            epoch=_EPOCH,
        )
        async for row in rows:
            yield _read_version(row)

    async def policy_of(self, version: PolicyVersion) -> Policy:
        """The policy of a version, by its document. Raises PolicyUnreadable where that is gone, damaged, or is not
        understood by this release.
        """
        key = document_key(version.document)
        where = f"{key}, the policy of epoch {version.epoch},"
        try:
            stored = await self._work.get(key)
        except ClientError as error:
            if code_of(error) != "NoSuchKey":
                raise
            raise PolicyUnreadable(f"{where} is gone from the work bucket") from error
        if digest_of_document(stored) != version.document:
            raise PolicyUnreadable(f"{where} is damaged: its content is another")
        try:
            # Words without number take seconds.
            return await asyncio.to_thread(Policy.stored, stored.decode())
        except (PolicyError, UnicodeDecodeError) as error:
            raise PolicyUnreadable(f"{where} cannot be used: {error}") from error

    async def put_document(self, policy: Policy) -> None:
        """Store the document of a policy under its digest. Who stores it again, stores the same."""
        await self._work.put(document_key(policy.document_digest), policy.document.encode(), "application/json")

    async def change(self, version: PolicyVersion, after: PolicyVersion | None) -> None:
        """Make a version live, whose document is stored, on condition that `after` is live; None: that none is. Raises
        PolicyMoved.
        """
        members = _members(version)
        parts = {
            "live": self._table.transact_put(
                _LIVE | members,
                "attribute_not_exists(#part)" if after is None else "#epoch = :after",
                **({} if after is None else {"after": after.epoch}),
            ),
            "entry": self._table.transact_put(_entry_key(version.epoch) | members, "attribute_not_exists(#part)"),
        }
        try:
            await self._table.transact(parts)
        except TransactionRefused:
            # DynamoDB's own repetition of a request whose answer was lost is refused too, after it has succeeded.
            if await self.of_epoch(version.epoch) != version:
                raise PolicyMoved from None

    async def report(self, worker: str, epoch: int, *, now_ms: int) -> None:
        """Note that a worker judges by nothing older than an epoch from now on: one write unit."""
        await self._table.update(_worker_key(worker), "SET #epoch = :epoch, #seen_ms = :now", epoch=epoch, now=now_ms)

    async def end_report(self, worker: str) -> None:
        """Note that a worker judges no more."""
        with suppress(ConditionFailed):
            await self._table.delete(_worker_key(worker), "attribute_exists(#part)")

    async def reports(self) -> AsyncIterator[WorkerReport]:
        """What workers have reported last. Of one that was killed it stays until `end_reports`."""
        rows = self._table.query(
            "#batch_id = :policy AND begins_with(#part, :worker)", policy=_PARTITION, worker=_WORKER
        )
        async for row in rows:
            yield WorkerReport(row["part"].removeprefix(_WORKER), row["epoch"], row["seen_ms"])

    async def end_reports(self, *, before_ms: int) -> None:
        """Delete the reports of workers that were last heard of before a time (epoch milliseconds)."""
        gone = [report.worker async for report in self.reports() if report.seen_ms < before_ms]
        await self._table.write_many(deletes=[_worker_key(worker) for worker in gone])


def document_key(digest: str) -> str:
    """Where the work bucket keeps a document."""
    return f"policies/{digest}.json"


def _worker_key(worker: str) -> dict[str, str]:
    return {"batch_id": _PARTITION, "part": _WORKER + worker}


def _entry_key(epoch: int) -> dict[str, str]:
    return {"batch_id": _PARTITION, "part": f"{_EPOCH}{epoch:09d}"}


def _members(version: PolicyVersion) -> dict[str, Any]:
    row = {
        "epoch": version.epoch,
        "document": version.document,
        "judging": version.judging,
        "handling": version.handling,
        "by": version.by,
        "at_ms": version.at_ms,
        "note": version.note,
        "auto_reject": version.auto_reject,
        "auto_reject_by": version.auto_reject_by,
        "auto_reject_at_ms": version.auto_reject_at_ms,
        "known_models": {str(analysis): list(models) for analysis, models in version.known_models.items()},
    }
    return {name: value for name, value in row.items() if value is not None}


def _read_version(row: Mapping[str, Any]) -> PolicyVersion:
    try:
        return PolicyVersion(
            epoch=int(row["epoch"]),
            document=row["document"],
            judging=row["judging"],
            handling=row["handling"],
            by=row["by"],
            at_ms=row["at_ms"],
            note=row.get("note", ""),
            auto_reject=row["auto_reject"],
            auto_reject_by=row.get("auto_reject_by"),
            auto_reject_at_ms=row.get("auto_reject_at_ms"),
            # Of an analysis that only a later release has, this one judges nothing.
            known_models={
                analysis: tuple(row["known_models"][analysis])
                for analysis in Analysis
                if str(analysis) in row["known_models"]
            },
        )
    except (KeyError, TypeError, ValueError) as error:
        raise PolicyUnreadable(f"row policy/{row.get('part')} of the batches table is damaged: {error!r}") from error
