"""Chunk files in the work bucket: what is read is what was written, and what is damaged says so."""

import gzip

from fuzz.target import Target, hold, hold_words
from reelsift.manifests.chunks import ChunkError, ChunkWriter, SourceRow, read_chunk


def check(data: bytes) -> None:
    """The first byte says whether the rest is the text of a chunk or the file as it lies there."""
    body = data[1:] if data[:1] == b"z" else gzip.compress(data[1:], compresslevel=0)
    rows: list[SourceRow] = []
    try:
        rows.extend(read_chunk(body))
    except ChunkError as error:
        hold_words(str(error))
    for row in rows[:20]:
        writer = ChunkWriter()
        list(writer.add(row.file, [row.row]))
        written = writer.close()
        hold("a row is a chunk's", where=written is not None and written.lines == 1)
        hold("a row is stored as it was read", where=written is not None and list(read_chunk(written.body)) == [row])


TARGET = Target(
    check,
    seeds=[
        b't{"file":"f.csv","row":1,"bucket":"abc","key":"k.mp4","version_id":"v","etag":"e","size":5}\n',
        b't{"file":"f.csv","row":2,"bad":"no","excerpt":"x"}\n{"file":"f.csv","row":3,"bad":"no","reason":"gave_up"}\n',
        b't{"file":"f.csv","row":4,"bucket":"abc","key":"k","lacks":"suffix"}',
        b"z" + gzip.compress(b'{"file":"f","row":1,"bucket":"abc","key":"k"}\n', mtime=0),
        b"z" + gzip.compress(b'{"file":"f","row":1}\n', mtime=0)[:-5],
        b"t\xff\n{}\n",
    ],
    words=('"file"', '"row"', '"bucket"', '"key"', '"bad"', '"excerpt"', '"reason"', '"lacks"', '"size"', '"etag"'),
)
