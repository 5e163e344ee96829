"""What the lines of a chunk came to, read from the tables and the chunk's file: about 10,000 at a time."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from reelsift.aws.deployment import Deployment
from reelsift.aws.errors import code_of
from reelsift.domain.batch import CHUNK_LINES, Chunk
from reelsift.manifests.chunks import ChunkError, SourceRow, read_chunk
from reelsift.reports.report_line import ReportLine, report_lines

if TYPE_CHECKING:
    from reelsift.domain.outcome import Outcome

OUTCOMES_AT_ONCE = 200
"""Outcomes unpacked before other work gets its turn, about 10 ms."""


@dataclass(frozen=True, slots=True)
class ChunkLines:
    """The lines of a chunk that have ended, in the order of the manifest.

    `damage` says why the chunk's file could not be read: then the lines stand in the order in which they ended, and
    those without an outcome of their own are missing.
    """

    lines: list[ReportLine]
    damage: str | None = None


async def read_lines(deployment: Deployment, chunk: Chunk, *, final: bool) -> ChunkLines:
    """The lines of a chunk that has a file. It is to be read before this; `final` says that it is complete, and that a
    change of it will be noticed.
    """
    outcomes: list[Outcome] = []
    async for outcome in deployment.outcomes.of_chunk(chunk.batch_id, chunk.number):
        outcomes.append(outcome)
        if len(outcomes) % OUTCOMES_AT_ONCE == 0:
            await asyncio.sleep(0)
    assert chunk.source_key is not None  # noqa: S101 - a chunk without a file is read by `read_direct_lines`
    damage: str | None = None
    rows: list[SourceRow] = []
    try:
        rows = await _rows(deployment, chunk.source_key)
    except ChunkError as error:
        damage = f"s3://{deployment.work.bucket}/{chunk.source_key}: {error}"
    return ChunkLines(await asyncio.to_thread(report_lines, chunk, rows, outcomes, final=final), damage)


async def read_direct_lines(deployment: Deployment, chunk: Chunk) -> AsyncIterator[list[ReportLine]]:
    """The lines of a chunk that only counts, which may be any number: in pieces, each in the order of their ends."""
    piece: list[Outcome] = []
    async for outcome in deployment.outcomes.of_chunk(chunk.batch_id, chunk.number):
        piece.append(outcome)
        if len(piece) == CHUNK_LINES:
            yield report_lines(chunk, (), piece, final=False)
            piece = []
    if piece:
        yield report_lines(chunk, (), piece, final=False)


async def _rows(deployment: Deployment, key: str) -> list[SourceRow]:
    try:
        body = await deployment.work.get(key)
    except ClientError as error:
        if code_of(error) != "NoSuchKey":
            raise
        raise ChunkError("the chunk file was deleted") from None
    return await asyncio.to_thread(lambda: list(read_chunk(body)))
