"""Lists: tables with a header or without, completion reports, lines and arrays of JSON, however their bytes arrive."""

from dataclasses import replace

from fuzz.target import Target, hold, hold_words
from reelsift.manifests.chunks import ChunkWriter, SourceRow, read_chunk
from reelsift.manifests.columns import names_bucket_and_key
from reelsift.manifests.lists import read_list
from reelsift.manifests.manifest_row import MAX_EXCERPT, BadRow, GoodRow, ReadRow
from reelsift.manifests.object_names import check_bucket, check_key
from reelsift.reports.completion_report import csv_text, manifest_row

_PIECES = (1, 7, 64)


def check(data: bytes) -> None:
    """Where the bytes are cut changes nothing, good rows survive bad ones, and rows are stored and listed as read."""
    rows = list(read_list([data]))
    for row in rows:
        _check_row(row)
    numbers = [row.row for row in rows]
    hold("rows count up", where=numbers == sorted(set(numbers)))
    # An array's rows are its values, which one character can tell apart.
    most = len(data) if data.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n").startswith(b"[") else data.count(b"\n") + 1
    hold("there are no more rows than lines", where=not rows or rows[-1].row <= most)
    size = _PIECES[len(data) % len(_PIECES)]
    cut = list(read_list(data[start : start + size] for start in range(0, len(data), size)))
    hold("where bytes are cut changes nothing", where=cut == rows)
    _check_neighbours(data)
    _check_stored(rows)


def _check_row(row: ReadRow) -> None:
    if isinstance(row, BadRow):
        hold_words(row.message)
        hold("an excerpt is short", where=len(row.excerpt) <= MAX_EXCERPT)
        row.excerpt.encode()
        return
    check_bucket(row.ref.bucket)
    check_key(row.ref.key)
    if names_bucket_and_key([row.ref.bucket, row.ref.key]):
        # A bucket called "bucket" with a key called "key" reads like a header: documented at `_LineRows`.
        return
    (again,) = read_list([csv_text([manifest_row(row.ref, versions=True)]).encode()])
    listed = isinstance(again, GoodRow) and (again.ref.bucket, again.ref.key, again.ref.version_id) == (
        row.ref.bucket,
        row.ref.key,
        row.ref.version_id,
    )
    hold("an object is listed as it was read", where=listed)


def _check_neighbours(data: bytes) -> None:
    rows = list(read_list([b"first-bucket,one.mp4\n" + data + b"\nlast-bucket,two.mp4"]))
    first, last = rows[0], rows[-1]
    hold("the row before is read", where=isinstance(first, GoodRow) and first.ref.key == "one.mp4")
    hold("the row after is read", where=isinstance(last, GoodRow) and last.ref.key == "two.mp4")
    hold("the row after keeps its number", where=last.row == data.count(b"\n") + 3)


def _check_stored(rows: list[ReadRow]) -> None:
    writer = ChunkWriter(limit=3)
    chunks = [*writer.add("f.csv", rows), writer.close()]
    stored = [row for chunk in chunks if chunk is not None for row in read_chunk(chunk.body)]
    # When an object was modified, filters ask and chunks do not keep.
    kept = [replace(row, modified_ms=None, unread=()) if isinstance(row, GoodRow) else row for row in rows]
    expected = [SourceRow("f.csv", row) for row in kept]
    hold("rows are stored as they were read", where=stored == expected)


TARGET = Target(
    check,
    seeds=[
        b"reelsift-videos-test,clips/a%20b+c.mp4\r\nreelsift-videos-test,clips/%C3%A4.mp4,null\r\n",
        (
            b"\xef\xbb\xbfBucket,Key,Version Id,ETag,Size,Last-Modified-Date\n"
            b'abc,k.mp4,v,"9b2cf535f27731c974343645a3985328",5,2026-07-31T00:00:00.000Z\n'
        ),
        b'abc,k.mp4,v,succeeded,200,,"{""line"": ""f:1""}"\nabc,k.mp4,,failed,,bad_line,x\n',
        b's3://abc/a, "b".mp4\n\n   \nabc\n"abc","k',
        b"abc,k\x00.mp4\nabc,%ff.mp4\nabc,%ED%A0%80\n" + b"abc,\xff\n",
        "b,u\n".encode("utf-16"),
        b"abc,one.mp4\rabc,two.mp4\r",
        b"sep=;\nBucket;Key;Size\nabc;k.mp4;1.5e3\n",
        b"Title\tS3 URI\nOne\thttps://abc.s3.eu-west-1.amazonaws.com/k+1.mp4?versionId=v\n",
        b"Container,Blob,Size\nabc,k.mp4,5\ns3://abc/k.mp4,x,7\n",
        b"arn:aws:s3:::abc/k.mp4\ns3a://abc/k.mp4\nabc|k.mp4\nabc;k.mp4\nabc\tk.mp4\n",
        b'{"bucket": "abc", "key": "k.mp4", "size": "5"}\n{\n"uri": "s3://abc/k.mp4"\n}\n',
        b'[{"BucketName": "abc", "Key": "k.mp4"}, "s3://abc/k.mp4", {"Video": {"S3Object": {"Bucket": "abc"}}}]',
        '["s3://abc/k.mp4"]'.encode("utf-16-le"),
        b'bucket,key,context,context.owner,context.title\nabc,k,"{""url"": 5, ""tags"": []}",u-17,\xc3\xa4\n',
        b'{"bucket": "abc", "key": "k", "context": {"owner": "u", "n": 1e300, "x": [{}], "_left_out": "a,b"}}\n',
    ],
    words=(
        *("bucket", "key", "context.", "uri", "versionid", "lastmodified", "size", "succeeded", "failed"),
        *("[{", "s3://", "https://", ".s3.amazonaws.com/", "arn:aws:s3:::", "%00", "%0A", '""'),
    ),
)
