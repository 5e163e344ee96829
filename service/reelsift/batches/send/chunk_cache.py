"""The chunk files that a worker has read last: parsed once, however often lines of them are sent."""

from collections import OrderedDict
from dataclasses import dataclass

from reelsift.aws.objects import WorkBucket
from reelsift.aws.outcomes import ChunkProgress, Outcomes
from reelsift.batches.chunk_file import chunk_rows
from reelsift.domain.batch import Chunk
from reelsift.manifests.chunks import ChunkError, SourceRow

CHUNKS_KEPT = 2
"""Parsed chunks that stay in memory, each some 10 MB: the one that is sent, and the one read ahead. Where more batches
take turns their chunks are parsed again each time, which takes a tenth of a second.
"""


@dataclass(slots=True)
class ChunkLines:
    """The rows of a chunk, and which of its lines had ended when they were read.

    What has ended is read anew each time the sending of the chunk begins anew: `rewound` says for which time this is.
    """

    rows: list[SourceRow]
    progress: ChunkProgress
    rewound: int

    def is_open(self, row: SourceRow) -> bool:
        """Whether the line of a row is to be sent: it has no outcome that is known here."""
        return row.name not in self.progress.ended

    def reach(self, chunk: Chunk, room: int) -> tuple[int, int]:
        """Up to which row a worker may take on the chunk where there is room for so many more open lines; and how many
        of the rows that nobody had taken on are open.
        """
        if not self.progress.ended:
            upto = min(chunk.end, chunk.claimed + room)
            return upto, upto - chunk.claimed
        upto, open_lines = chunk.claimed, 0
        while upto < chunk.end:
            open_lines += self.is_open(self.rows[upto])
            if open_lines > room:
                return upto, room
            upto += 1
        return upto, open_lines


class ChunkCache:
    """Reads chunks, and keeps the last few."""

    def __init__(self, work: WorkBucket, outcomes: Outcomes) -> None:
        self._work = work
        self._outcomes = outcomes
        self._kept: OrderedDict[str, ChunkLines] = OrderedDict()

    async def lines(self, chunk: Chunk, *, anew: bool = False) -> ChunkLines:
        """The lines of a chunk. Which have ended is read `anew` where a worker is known to have stopped among them.

        Raises ChunkError where the chunk's file is gone, damaged, or not what its row says.
        """
        key = chunk.source_key or ""
        kept = self._kept.pop(key, None)
        if kept is None:
            kept = ChunkLines(await self._rows(chunk), ChunkProgress(), 0)
        if anew or kept.rewound != chunk.rewound:
            kept.progress = await self._outcomes.progress(chunk.batch_id, chunk.number)
            kept.rewound = chunk.rewound
        self._kept[key] = kept
        while len(self._kept) > CHUNKS_KEPT:
            self._kept.popitem(last=False)
        return kept

    async def _rows(self, chunk: Chunk) -> list[SourceRow]:
        rows = await chunk_rows(self._work, chunk)
        if len(rows) != chunk.total:
            raise ChunkError(f"the chunk file has {len(rows)} lines where the table says {chunk.total}")
        return rows
