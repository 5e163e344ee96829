"""Names of S3 and of lines: URIs, buckets, keys, versions, ETags, batches, files, times."""

from collections.abc import Callable

from fuzz.target import Target, hold, hold_words, text_of
from reelsift.manifests.inventory_delivery import inventory_batch_id, inventory_name, is_inventory_folder
from reelsift.manifests.iso_time import read_time
from reelsift.manifests.line_names import MAX_LINE_NAME_BYTES, check_batch_id, check_line_name, file_names
from reelsift.manifests.locations import read_object_location
from reelsift.manifests.object_names import (
    MAX_KEY_BYTES,
    check_bucket,
    check_etag,
    check_key,
    check_version,
    decode_key,
)
from reelsift.manifests.told_values import told_etag, told_size, told_time
from reelsift.reports.completion_report import encoded_key

_READERS: tuple[Callable[[str], object], ...] = (
    check_bucket,
    check_version,
    check_etag,
    decode_key,
    read_time,
    check_line_name,
    read_object_location,
    told_size,
    told_time,
    told_etag,
)


def check(data: bytes) -> None:
    """Each reader takes the text, or raises a ValueError that says why."""
    text = text_of(data)
    for read in _READERS:
        try:
            read(text)
        except ValueError as error:
            hold_words(str(error), 300)
    try:
        check_batch_id(inventory_batch_id(text, data))
        key = check_key(text)
    except ValueError as error:
        hold_words(str(error), 300)
    else:
        hold("a key is one of S3's", where=len(key.encode()) <= MAX_KEY_BYTES)
        hold("a key is read as it was encoded", where=decode_key(encoded_key(key)) == key)
    hold_words(inventory_name(text), 200)
    is_inventory_folder(text)
    names = file_names([text, text, f"x/{text}", f"{text}/", "-", "-~2"])
    hold("files have names of their own", where=len(set(names)) == len(names))
    for name in names:
        check_line_name(name)
        hold("a file's name leaves room for its rows", where=len(name.encode()) <= MAX_LINE_NAME_BYTES - 16)


TARGET = Target(
    check,
    seeds=[
        b"s3://reelsift-videos-test/clips/a b,c.mp4",
        b"arn:aws:s3:::reelsift-videos-test/clips/a b.mp4",
        b"https://reelsift-videos-test.s3.dualstack.eu-west-1.amazonaws.com/clips/a+b.mp4?versionId=v&X-Amz-Date=1",
        b"https://eu-west-1.console.aws.amazon.com/s3/object/reelsift-videos-test?prefix=clips%2Fa.mp4",
        b"2022-10-14 16:21:18.000 UTC",
        b"Fri, 14 Oct 2022 16:21:18 GMT",
        b"44848.68",
        b"/Date(1665764478000)/",
        b"1.5e3",
        b"1,234,567",
        b'"9b2cf535f27731c974343645a3985328-90"',
        b"clips/M%C3%BCnchen+1%2B2.mp4",
        b"inventory/b/c/2026-07-31T00-00Z/manifest.json",
        b"2026-07-31T00:00:00.000Z",
        b"9999-12-31T23:59:59-23:59",
        b"%ED%A0%80",
        b"\xed\xa0\x80",
        "ä".encode() * 600,
        b"a~2",
    ],
    words=("s3://", "arn:", "%00", "%2F", "../", "T00-00Z", "~2", "://"),
)
