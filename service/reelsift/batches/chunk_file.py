"""The file in the work bucket that holds the lines of a chunk."""

import asyncio

from botocore.exceptions import ClientError

from reelsift.aws.errors import code_of
from reelsift.aws.objects import WorkBucket
from reelsift.domain.batch import Chunk
from reelsift.manifests.chunks import ChunkError, SourceRow, read_chunk


async def chunk_rows(work: WorkBucket, chunk: Chunk) -> list[SourceRow]:
    """All rows of a chunk that has a file. Raises ChunkError where the file is gone or damaged."""
    assert chunk.source_key is not None  # noqa: S101 - callers ask for chunks that have a file
    try:
        body = await work.get(chunk.source_key)
    except ClientError as error:
        if code_of(error) != "NoSuchKey":
            raise
        raise ChunkError("the chunk file does not exist") from None
    return await asyncio.to_thread(lambda: list(read_chunk(body)))
