"""The chunk files that a worker read last: parsed once, however many portions they are sent in."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass

from botocore.exceptions import ClientError

from reelsift.aws.deployment import Deployment
from reelsift.aws.errors import code_of
from reelsift.aws.outcomes import Progress
from reelsift.domain.batch import Chunk
from reelsift.manifests.chunks import ChunkError, SourceRow, read_chunk

CHUNKS_KEPT = 2
"""Parsed chunks that stay in memory, each some 10 MB: the one that is sent, and the one read ahead. Where more batches
take turns theirs are parsed again, a tenth of a second for each portion.
"""


@dataclass(slots=True)
class ChunkLines:
    """The rows of a chunk, and which of their lines had ended when its sending began, for the time it was `rewound`."""

    rows: list[SourceRow]
    progress: Progress
    rewound: int


class ChunkShelf:
    """Reads chunks, and keeps the last few."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._kept: OrderedDict[str, ChunkLines] = OrderedDict()

    async def lines(self, chunk: Chunk, *, anew: bool = False) -> ChunkLines:
        """The lines of a chunk. Which have ended is read `anew` where a worker is known to have stopped among them.

        Raises ChunkError where its file is gone, damaged, or not what the chunk's row says.
        """
        key = chunk.source_key or ""
        kept = self._kept.pop(key, None)
        if kept is None:
            kept = ChunkLines(await self._rows(chunk), Progress(), 0)
        if anew or kept.rewound != chunk.rewound:
            kept.progress = await self._deployment.outcomes.progress(chunk.batch_id, chunk.number)
            kept.rewound = chunk.rewound
        self._kept[key] = kept
        while len(self._kept) > CHUNKS_KEPT:
            self._kept.popitem(last=False)
        return kept

    async def _rows(self, chunk: Chunk) -> list[SourceRow]:
        assert chunk.source_key is not None  # noqa: S101 - a chunk without a file is never open
        try:
            body = await self._deployment.work.get(chunk.source_key)
        except ClientError as error:
            if code_of(error) != "NoSuchKey":
                raise
            raise ChunkError("the chunk file does not exist") from None
        rows = await asyncio.to_thread(lambda: list(read_chunk(body)))
        if len(rows) != chunk.total:
            raise ChunkError(f"the chunk file has {len(rows)} lines where the table says {chunk.total}")
        return rows
