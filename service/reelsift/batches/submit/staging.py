"""The files of a batch that is not made yet: copies of its manifests, and its chunks."""

import asyncio
import secrets
from array import array
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from reelsift.aws.deployment import Deployment
from reelsift.aws.listing import list_objects
from reelsift.aws.objects import ObjectUnusable
from reelsift.aws.table import ConditionFailed
from reelsift.batches.submit.inventory import file_parts
from reelsift.batches.submit.sources import (
    InventoryManifest,
    ListFile,
    ListObject,
    ListStream,
    NamedSource,
    Prefix,
    SingleObject,
    Source,
    StoredObject,
)
from reelsift.batches.submit.survey import Survey
from reelsift.domain.analysis import Analysis
from reelsift.domain.batch import AT_ONCE_MS, Batch, chunk_key
from reelsift.domain.failure import Reason
from reelsift.domain.filters import VIDEO_SUFFIXES, Filters, Lack, Sieve
from reelsift.domain.video import ObjectRef
from reelsift.errors import CompressedManifest, ForeignManifest, SourceUnusable
from reelsift.manifests.chunks import ChunkFile, ChunkWriter
from reelsift.manifests.foreign_files import foreign_kind
from reelsift.manifests.line_names import file_names
from reelsift.manifests.lists import ListRows
from reelsift.manifests.manifest_row import BadRow, FilteredRow, GoodRow, ManifestRow, excerpt

_UNREAD = (
    "a filter asks for the size or the time, and what the row says of it cannot be read: write bytes as 3691, and times"
    " as 2026-07-31T12:00:00Z"
)

_NO_ANSWER = (
    "the row names no recorded answer, or an unknown analysis: write where it lies (s3://bucket/key, or s3://bucket/below/"
    f" for pages of their own) in a column `answer`, and in `analysis` nothing or one of {', '.join(Analysis)}"
)

ROWS_AT_ONCE = 32
"""Chunk rows written at a time."""

_LOOKED_AT = 4096
"""Bytes that tell what a file is."""

_GZIP = b"\x1f\x8b"
"""How every gzip file begins, and no list: the second byte begins no character of UTF-8."""


class Staging:
    """Reads sources, and stores what becomes of them below a batch id that no worker knows of until `commit`.

    With `dry` nothing is stored; with `imports` each row has to name a recorded answer. `survey` counts what was read.
    """

    def __init__(self, deployment: Deployment, filters: Filters, *, dry: bool = False, imports: bool = False) -> None:
        self._deployment = deployment
        self._filters = filters
        self._dry = dry
        self._imports = imports
        self._discard = not dry
        self._sizes = array("Q")
        self.batch_id = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        self.survey = Survey(deployment.settings.data_buckets)

    @property
    def chunks(self) -> int:
        """How many chunks have been stored."""
        return len(self._sizes)

    async def read(self, sources: Sequence[NamedSource], on_step: Callable[[], None]) -> None:
        """Read the sources into the work bucket. `on_step` is called with each step forward.

        An inventory comes alone, since it names its lines after its own files. Raises SourceUnusable,
        CompressedManifest, ForeignManifest and InventoryRefused.
        """
        writer = ChunkWriter()
        names = file_names([source.name for source in sources])
        for name, (_, source) in zip(names, sources, strict=True):
            async for file, rows in self._files(name, source):
                self.survey.add(file, rows)
                if not self._dry:
                    for chunk in writer.add(file, rows):
                        await self._put(chunk)
                on_step()
        last = writer.close()
        if last is not None:
            await self._put(last)

    async def discard(self) -> None:
        """Delete what was stored, unless there may be a batch of it."""
        if self._discard:
            await self._deployment.work.delete_below(f"batches/{self.batch_id}/")

    async def commit(self, batch: Batch) -> None:
        """Write the row of the batch: after this the workers do it, whatever becomes of this process."""
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
        rows = [replace(batch.chunk(number, AT_ONCE_MS), size=size) for number, size in enumerate(self._sizes)]
        for start in range(0, len(rows), ROWS_AT_ONCE):
            await asyncio.gather(*map(self._deployment.chunks.add, rows[start : start + ROWS_AT_ONCE]))

    async def _files(self, name: str, source: Source) -> AsyncIterator[tuple[str, Sequence[ManifestRow]]]:
        """The rows of a source, and the file that their lines are named after."""
        if isinstance(source, InventoryManifest):
            async for part in file_parts(self._deployment, source, self._filters, list):
                self.survey.pass_over(part.passed_over)
                yield part.file, part.rows
        elif isinstance(source, Prefix):
            async for rows in self._listed(source):
                yield name, rows
        elif isinstance(source, SingleObject | StoredObject):
            yield name, list(self._asked_for([await self._single(source)]))
        else:
            async for rows in self._list(name, source):
                yield name, list(self._asked_for(rows))

    async def _list(
        self, name: str, source: ListFile | ListStream | ListObject
    ) -> AsyncIterator[Sequence[ManifestRow]]:
        listed = ListRows()
        pieces = _plain(name, source.pieces(self._deployment.clients.s3))
        if self._dry:
            async for piece in pieces:
                yield listed.feed(piece)
        else:
            copy_key = f"batches/{self.batch_id}/source/{name}"
            async with self._deployment.work.writer(copy_key, "text/csv") as copy:
                async for piece in pieces:
                    await copy.write(piece)
                    yield listed.feed(piece)
        yield listed.close()

    def _asked_for(self, rows: Iterable[ManifestRow]) -> Iterator[ManifestRow]:
        """Rows that somebody has written: one that lacks something is a line all the same, but for the sample."""
        sieve = Sieve(self._filters)
        for row in rows:
            if not isinstance(row, GoodRow):
                yield row
            elif self._imports and row.answer is None:
                yield BadRow(row.row, _NO_ANSWER, excerpt(row.ref.uri))
            elif not sieve.samples(row.ref.bucket, row.ref.key):
                self.survey.pass_over({Lack.SAMPLE: 1})
            elif row.unread and any(map(sieve.asks, row.unread)):
                # Taken without it, what was meant to be left out would be paid.
                yield BadRow(row.row, _UNREAD, excerpt(row.ref.uri))
            else:
                lack = sieve.lack(row.ref.key, row.ref.size, row.modified_ms)
                yield row if lack is None else FilteredRow(row.row, row.ref, lack, row.context)

    async def _single(self, source: SingleObject | StoredObject) -> GoodRow:
        ref = ObjectRef(source.bucket, source.key, source.version_id)
        try:
            video = await self._deployment.videos.head(ref)
        except ObjectUnusable as unusable:
            if unusable.failure.reason in {Reason.BUCKET_NOT_ALLOWED, Reason.OBJECT_MISSING}:
                raise SourceUnusable(ref.uri, unusable.failure) from None
            # What is wrong with it its line will say.
            return GoodRow(1, ref)
        modified = None if video.last_modified is None else round(video.last_modified.timestamp() * 1000)
        return GoodRow(1, replace(ref, etag=video.etag, size=video.size), modified)

    async def _listed(self, source: Prefix) -> AsyncIterator[Sequence[ManifestRow]]:
        sieve = Sieve(self._filters, VIDEO_SUFFIXES)
        row = 0
        async for page in list_objects(self._deployment.clients.s3, source.bucket, source.prefix):
            rows: list[ManifestRow] = []
            for listed in page:
                row += 1
                ref = listed.ref
                lack = sieve.missing(ref.bucket, ref.key, ref.size, listed.modified_ms)
                if lack is None:
                    rows.append(GoodRow(row, ref))
                else:
                    self.survey.pass_over({lack: 1})
            yield rows

    async def _put(self, chunk: ChunkFile) -> None:
        await self._deployment.work.put(chunk_key(self.batch_id, chunk.number), chunk.body, "application/gzip")
        self._sizes.append(chunk.size)


async def _plain(name: str, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The pieces of a list of text. Raises CompressedManifest and ForeignManifest for what is none: its bytes would be
    bad lines.
    """
    first = True
    async for piece in pieces:
        if first and piece.startswith(_GZIP):
            raise CompressedManifest(name)
        if first and (kind := foreign_kind(piece[:_LOOKED_AT])) is not None:
            raise ForeignManifest(name, kind)
        first = False
        yield piece
