"""The bucket that decisions are exported to and locked in, and the row that says when that was done last."""

import base64
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from reelsift.aws.table import Table

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client

PREFIX = "decisions/"

_KEY = {"batch_id": "archive", "part": "decisions"}
"""The name of no batch: these end with a time."""


@dataclass(frozen=True, slots=True)
class ArchiveState:
    """When the next export is due, or how long the worker has it that is at it; when the last one ended, None before
    the first; and how many decisions it and those before have brought. Times are epoch milliseconds.
    """

    due_at_ms: int | None = None
    last_ms: int | None = None
    decisions: int = 0


class DecisionArchive:
    """Writes and reads of the archive. Object Lock keeps what is written: nothing is ever written over or deleted."""

    def __init__(self, client: "S3Client", bucket: str, table: Table) -> None:
        """`table` is that of the batches."""
        self.client = client
        self.bucket = bucket
        self._table = table

    async def put(self, key: str, body: bytes) -> None:
        """Write an object. Its checksum goes with it: a bucket with Object Lock takes none without."""
        md5 = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
        await self.client.put_object(
            Bucket=self.bucket, Key=key, Body=body, ContentMD5=md5, ContentType="application/gzip"
        )

    async def get(self, key: str) -> bytes:
        answer = await self.client.get_object(Bucket=self.bucket, Key=key)
        async with answer["Body"] as body:
            return await body.read()

    async def keys(self) -> AsyncIterator[str]:
        """The keys of all objects, in order: of days, and of times within them."""
        paginator = self.client.get_paginator("list_objects_v2")
        async for page in paginator.paginate(Bucket=self.bucket, Prefix=PREFIX):
            for entry in page.get("Contents", []):
                yield entry["Key"]

    async def state(self) -> ArchiveState:
        """How far the export is: a consistent read."""
        row: dict[str, Any] = await self._table.get(_KEY) or {}
        return ArchiveState(row.get("due_at_ms"), row.get("last_ms"), row.get("decisions", 0))

    async def change(self, state: ArchiveState, **changes: Any) -> ArchiveState:
        """Change the row, whose due time is as it was read. Raises ConditionFailed."""
        changed = replace(state, **changes)
        members = {"due_at_ms": changed.due_at_ms, "last_ms": changed.last_ms, "decisions": changed.decisions}
        sets = {name: value for name, value in members.items() if value is not None}
        first = state.due_at_ms is None
        await self._table.update(
            _KEY,
            "SET " + ", ".join(f"#{name} = :{name}" for name in sets),
            "attribute_not_exists(#due_at_ms)" if first else "#due_at_ms = :was",
            **sets,
            **({} if first else {"was": state.due_at_ms}),
        )
        return changed
