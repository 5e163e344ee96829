"""A batch in the making: read, shown, and only then made."""

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self

from botocore.exceptions import BotoCoreError, ClientError

from reelsift.aws.deployment import Deployment
from reelsift.aws.errors import AwsUnavailable
from reelsift.aws.objects import list_keys
from reelsift.aws.table import ConditionFailed
from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.sources import Prefix, Source
from reelsift.cli.submission_inventory import InventoryManifest
from reelsift.domain.batch import Batch, chunk_key
from reelsift.manifests.chunks import ChunkFile, ChunkWriter, SourceRow
from reelsift.manifests.csv_lines import CsvRows
from reelsift.manifests.line_names import file_names
from reelsift.manifests.manifest_row import BadRow, GoodRow, ManifestRow
from reelsift.manifests.messages import TICK_MESSAGE

BAD_SHOWN = 5
"""Bad lines that are shown before anything is submitted."""

BUCKETS_COUNTED = 100
"""Foreign buckets told apart: a file that is no manifest could name a million."""

ROWS_AT_ONCE = 32
"""Chunk rows written at a time."""


@dataclass(slots=True)
class Contents:
    """What the sources of a batch hold. `size` is the bytes of the `sized` lines whose source tells a size."""

    lines: int = 0
    bad: int = 0
    chunks: int = 0
    sized: int = 0
    size: int = 0
    first_bad: list[SourceRow] = field(default_factory=list)
    foreign_buckets: Counter[str] = field(default_factory=Counter)

    def add(self, file: str, rows: Iterable[ManifestRow], allowed_buckets: frozenset[str]) -> None:
        for row in rows:
            self.lines += 1
            if isinstance(row, BadRow):
                self.bad += 1
                if len(self.first_bad) < BAD_SHOWN:
                    self.first_bad.append(SourceRow(file, row))
                continue
            if row.ref.size is not None:
                self.sized += 1
                self.size += row.ref.size
            bucket = row.ref.bucket
            if bucket not in allowed_buckets:
                known = bucket in self.foreign_buckets or len(self.foreign_buckets) < BUCKETS_COUNTED
                self.foreign_buckets[bucket if known else "…"] += 1


class Submission:
    """Files of a batch that nobody knows of until `commit`; an asynchronous context manager.

    Where it ends without having come to `commit`, the files are taken away again.
    """

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._discard = True
        self.batch_id = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        self.contents = Contents()

    async def stage(self, sources: Sequence[tuple[str, Source | InventoryManifest]], told: Callable[[], None]) -> None:
        """Read the sources, named as the user named them, into the work bucket: copies of CSV manifests, and chunks.

        An inventory comes alone, since it names its lines after its own files. `told` is called with each step forward.
        Raises CommandError for a prefix in a bucket that is not allowed, or an inventory that cannot be used.
        """
        writer = ChunkWriter()
        names = file_names([text for text, _ in sources])
        for name, (_, source) in zip(names, sources, strict=True):
            async for file, rows in self._files(name, source):
                self.contents.add(file, rows, self._deployment.settings.data_buckets)
                for chunk in writer.add(file, rows):
                    await self._put(chunk)
                told()
        last = writer.close()
        if last is not None:
            await self._put(last)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: object, error: object, trace: object) -> None:
        if self._discard:
            await self._deployment.work.delete_below(f"batches/{self.batch_id}/")

    async def commit(self, batch: Batch) -> None:
        """Make the batch: after this the workers do it, whatever becomes of this process."""
        # Where the answer does not arrive the batch may exist, and its files with it.
        self._discard = False
        try:
            await self._deployment.batches.create(batch)
        except ConditionFailed:
            # botocore sends a request again whose answer got lost: then it meets its own row.
            if await self._deployment.batches.get(batch.batch_id) != batch:
                raise

    async def open_chunks(self, batch: Batch) -> None:
        """Write the rows by which workers find the chunks; those that are missing a worker writes later."""
        for start in range(0, batch.chunks, ROWS_AT_ONCE):
            numbers = range(start, min(start + ROWS_AT_ONCE, batch.chunks))
            await asyncio.gather(
                *(self._deployment.batches.add_chunk(batch.chunk(number, batch.created_ms)) for number in numbers)
            )

    async def _files(
        self, name: str, source: Source | InventoryManifest
    ) -> AsyncIterator[tuple[str, Sequence[ManifestRow]]]:
        """The rows of a source, and the file that their lines are named after."""
        if isinstance(source, InventoryManifest):
            async for file, rows in source.rows(self._deployment):
                yield file, rows
            return
        async for rows in self._rows(name, source):
            yield name, rows

    async def wake(self, *, priority: bool) -> None:
        """Tell a fleet at zero tasks that there is work: of rows in a table its scaling knows nothing.

        Where SQS refuses, the scheduled tick does the same later, so this never fails.
        """
        with suppress(ClientError, BotoCoreError, OSError, AwsUnavailable):
            await self._deployment.intake_for(priority=priority).send([TICK_MESSAGE])

    async def _rows(self, name: str, source: Source) -> AsyncIterator[Sequence[ManifestRow]]:
        if isinstance(source, Prefix):
            async for rows in self._listed(source):
                yield rows
            return
        csv = CsvRows()
        copy_key = f"batches/{self.batch_id}/source/{name}"
        async with self._deployment.work.writer(copy_key, "text/csv") as copy:
            async for piece in source.pieces(self._deployment.clients.s3):
                await copy.write(piece)
                yield csv.feed(piece)
        yield csv.close()

    async def _listed(self, source: Prefix) -> AsyncIterator[Sequence[ManifestRow]]:
        allowed = self._deployment.settings.data_buckets
        if source.bucket not in allowed:
            raise CommandError(
                f"bucket {source.bucket} is not among the data buckets ({', '.join(sorted(allowed))}):"
                " nothing of it would be read; REELSIFT_DATA_BUCKETS names them",
                Exit.WRONG_USE,
            )
        row = 0
        async for ref in list_keys(self._deployment.clients.s3, source.bucket, source.prefix):
            row += 1
            yield [GoodRow(row, ref)]

    async def _put(self, chunk: ChunkFile) -> None:
        await self._deployment.work.put(chunk_key(self.batch_id, chunk.number), chunk.body, "application/gzip")
        self.contents.chunks += 1
