"""An inventory is read in all of S3's formats, and what is wrong with it is told without losing the rest."""

import io
import json
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from typing import Any, get_args

import pyarrow as pa  # type: ignore[import-untyped]
import pytest
from pyarrow import parquet

from reelsift.domain.barrier import Barrier
from reelsift.domain.failure import Reason
from reelsift.domain.filters import VIDEO_SUFFIXES, Filters, Lack, Sieve
from reelsift.domain.video import ObjectRef
from reelsift.manifests.inventory import DataFile, Inventory, InventoryFormat, InventoryUnusable, read_manifest
from reelsift.manifests.inventory_file import PAGE_ROWS, inventory_pages
from reelsift.manifests.manifest_row import BadRow, GoodRow, ManifestRow
from unit.manifests.inventory_builder import (
    ALL_VERSIONS,
    CURRENT,
    STORAGE,
    Entry,
    checksum,
    data_file,
    manifest,
    opened,
)

BUCKET = "reelsift-videos"
WORK = "reelsift-work"
ETAG = "9b2cf535f27731c974343645a3985328"
VIDEOS = Sieve(Filters(), VIDEO_SUFFIXES)
NOON = round(datetime(2026, 7, 31, 12, tzinfo=UTC).timestamp() * 1000)
FORMATS: tuple[InventoryFormat, ...] = get_args(InventoryFormat)
ODD_KEYS = ("a b+ü%20.mp4", 'comma, and "quote".MOV', "100%.M4v", "line\nbreak.mp4", "京都/祭り.mp4", "s3://x/y.mp4")


def inventory(kind: InventoryFormat, columns: tuple[str, ...] = ALL_VERSIONS) -> Inventory:
    written = manifest(kind, {}, columns)
    return read_manifest(written, checksum(written), WORK)


def read(
    kind: InventoryFormat, body: bytes, columns: tuple[str, ...] = ALL_VERSIONS, sieve: Sieve = VIDEOS
) -> tuple[list[ManifestRow], int, str]:
    """The rows of a data file, how many were looked at, and the complaint where it could not be read to its end."""
    rows: list[ManifestRow] = []
    seen = 0
    complaint = ""
    try:
        for page in inventory_pages(opened(body), inventory(kind, columns), sieve):
            rows += page.rows
            seen += page.seen
    except InventoryUnusable as unusable:
        complaint = unusable.message
    return rows, seen, complaint


def refs(rows: list[ManifestRow]) -> list[ObjectRef]:
    assert all(isinstance(row, GoodRow) for row in rows), rows
    return [row.ref for row in rows if isinstance(row, GoodRow)]


@pytest.mark.parametrize("kind", FORMATS)
def test_keys_arrive_as_they_are_in_the_bucket(kind: InventoryFormat) -> None:
    rows, seen, complaint = read(kind, data_file(kind, [Entry(key) for key in ODD_KEYS]))
    assert [ref.key for ref in refs(rows)] == list(ODD_KEYS)
    assert (seen, complaint) == (len(ODD_KEYS), "")


@pytest.mark.parametrize("kind", FORMATS)
def test_size_etag_and_version_come_along(kind: InventoryFormat) -> None:
    rows, _, _ = read(kind, data_file(kind, [Entry("a.mp4", "v1", size=7), Entry("b.mp4", None, size=0, etag=None)]))
    assert refs(rows) == [ObjectRef(BUCKET, "a.mp4", "v1", ETAG, 7), ObjectRef(BUCKET, "b.mp4", None, None, 0)]


@pytest.mark.parametrize("kind", FORMATS)
def test_only_the_current_versions_of_videos_are_lines_named_after_their_row(kind: InventoryFormat) -> None:
    entries = [
        Entry("folder/", size=0),
        Entry("a.mp4", "old", is_latest=False),
        Entry("a.mp4", "new"),
        Entry("gone.mp4", "marker", is_delete_marker=True, size=None, etag=None),
        Entry("gone.mp4", "last", is_latest=False),
        Entry("photo.jpg"),
        Entry("mp4"),
        Entry("b.MoV"),
    ]
    rows, seen, _ = read(kind, data_file(kind, entries))
    assert [(row.row, row.ref.key, row.ref.version_id) for row in rows if isinstance(row, GoodRow)] == [
        (3, "a.mp4", "new"),
        (8, "b.MoV", None),
    ]
    assert (len(rows), seen) == (2, len(entries))


@pytest.mark.parametrize("kind", FORMATS)
def test_an_inventory_of_current_versions_needs_no_column_that_tells_them_apart(kind: InventoryFormat) -> None:
    rows, _, _ = read(kind, data_file(kind, [Entry("a.mp4")], CURRENT), CURRENT)
    assert refs(rows) == [ObjectRef(BUCKET, "a.mp4", None, ETAG, 1_000)]


@pytest.mark.parametrize("kind", FORMATS)
def test_the_order_of_the_columns_is_the_inventory_s_own(kind: InventoryFormat) -> None:
    columns = ("e_tag", "key", "is_delete_marker", "bucket", "size", "is_latest", "version_id")
    rows, _, _ = read(kind, data_file(kind, [Entry("a b.mp4", "v1")], columns), columns)
    assert refs(rows) == [ObjectRef(BUCKET, "a b.mp4", "v1", ETAG, 1_000)]


@pytest.mark.parametrize("kind", FORMATS)
def test_bucket_and_key_are_enough(kind: InventoryFormat) -> None:
    rows, _, _ = read(kind, data_file(kind, [Entry("a.mp4")], ("bucket", "key")), ("bucket", "key"))
    assert refs(rows) == [ObjectRef(BUCKET, "a.mp4")]


@pytest.mark.parametrize("kind", FORMATS)
def test_an_object_called_like_the_columns_is_no_header(kind: InventoryFormat) -> None:
    written = manifest(kind, {}, ("bucket", "key"), source="bucket")
    entries = [Entry("key", bucket="bucket"), Entry("a.mp4", bucket="bucket")]
    pages = inventory_pages(
        opened(data_file(kind, entries, ("bucket", "key"))),
        read_manifest(written, checksum(written), WORK),
        Sieve(Filters()),
    )
    assert refs([row for page in pages for row in page.rows]) == [
        ObjectRef("bucket", "key"),
        ObjectRef("bucket", "a.mp4"),
    ]


@pytest.mark.parametrize("kind", FORMATS)
def test_a_bad_row_is_told_and_costs_its_neighbours_nothing(kind: InventoryFormat) -> None:
    entries = [
        Entry("a.mp4"),
        Entry(b"\xff\xfe.mp4"),
        Entry("b.mp4", bucket="somebody-elses"),
        Entry("x" * 1_100 + ".mp4"),
        Entry("c.mp4", etag="not an etag"),
        Entry("d.mp4", size=-1),
        Entry("e.mp4"),
    ]
    rows, seen, complaint = read(kind, data_file(kind, entries))
    complaints = {row.row: row.message for row in rows if isinstance(row, BadRow)}
    assert [row.ref.key for row in rows if isinstance(row, GoodRow)] == ["a.mp4", "e.mp4"]
    assert list(complaints) == [2, 3, 4, 5, 6]
    for row, words in (
        (2, "not UTF-8"),
        (3, "bucket somebody-elses in the"),
        (4, "bytes long"),
        (5, "ETag"),
        (6, "size"),
    ):
        assert words in complaints[row]
    assert (seen, complaint) == (7, "")


@pytest.mark.parametrize("kind", FORMATS)
def test_what_is_passed_over_is_counted_by_what_it_lacks(kind: InventoryFormat) -> None:
    later = datetime(2026, 8, 1, tzinfo=UTC)
    entries = [
        Entry("in/a b.mp4", "v1"),
        Entry("in/a b.mp4", "v0", is_latest=False),
        Entry("in/gone.mp4", "v2", is_delete_marker=True, size=None),
        Entry("in/photo.jpg"),
        Entry(b"in/\xff.jpg"),
        Entry("out/c.mp4"),
        Entry("in/small.mp4", size=9),
        Entry("in/later.mp4", modified=later),
        Entry("in/unknown.mp4", size=None),
    ]
    sieve = Sieve(Filters(globs=("in/*",), min_size=10, modified_before_ms=NOON), VIDEO_SUFFIXES)
    pages = list(inventory_pages(opened(data_file(kind, entries)), inventory(kind), sieve))
    assert sum(page.seen for page in pages) == len(entries)
    assert [ref.key for page in pages for ref in refs(page.rows)] == ["in/a b.mp4", "in/unknown.mp4"]
    assert sum((page.passed_over for page in pages), Counter()) == {
        Lack.VERSION: 1,
        Lack.DELETE_MARKER: 1,
        Lack.SUFFIX: 2,
        Lack.GLOB: 1,
        Lack.SIZE: 1,
        Lack.MODIFIED: 1,
    }


@pytest.mark.parametrize("kind", FORMATS)
def test_all_versions_are_lines_where_they_are_asked_for_and_delete_markers_never(kind: InventoryFormat) -> None:
    entries = [
        Entry("a.mp4", "v2"),
        Entry("a.mp4", "v1", is_latest=False),
        Entry("a.mp4", None, is_latest=False),
        Entry("a.mp4", "v0", is_latest=False, is_delete_marker=True, size=None),
    ]
    rows, _, _ = read(kind, data_file(kind, entries), sieve=Sieve(Filters(all_versions=True), VIDEO_SUFFIXES))
    # What a bucket held before it had versions is addressed so.
    assert [ref.version_id for ref in refs(rows)] == ["v2", "v1", "null"]


@pytest.mark.parametrize("kind", FORMATS)
def test_a_sample_of_an_inventory_is_that_of_a_listing(kind: InventoryFormat) -> None:
    sieve = Sieve(Filters(sample=30), VIDEO_SUFFIXES)
    keys = [f"{number} ü.mp4" for number in range(100)]
    rows, _, _ = read(kind, data_file(kind, [Entry(key) for key in keys]), sieve=sieve)
    assert [ref.key for ref in refs(rows)] == [key for key in keys if sieve.samples(BUCKET, key)]


def test_a_time_in_another_unit_or_zone_is_the_same_time() -> None:
    sieve = Sieve(Filters(modified_after_ms=NOON), VIDEO_SUFFIXES)
    for unit in (pa.timestamp("us", "UTC"), pa.timestamp("ns"), pa.timestamp("s", "Europe/Berlin"), pa.string()):
        times = [datetime(2026, 7, 31, hour, tzinfo=UTC) for hour in (11, 12, 13)]
        values = [time.isoformat() for time in times] if unit == pa.string() else times
        table = pa.table(
            {
                "bucket": [BUCKET] * 3,
                "key": [f"{time.hour}.mp4" for time in times],
                "last_modified_date": pa.array(values, unit),
            }
        )
        file = io.BytesIO()
        parquet.write_table(table, file)
        (page,) = inventory_pages(opened(file.getvalue()), inventory("Parquet"), sieve)
        assert [ref.key for ref in refs(page.rows)] == ["12.mp4", "13.mp4"], unit


@pytest.mark.parametrize("kind", FORMATS)
def test_a_row_without_a_key_is_told(kind: InventoryFormat) -> None:
    rows, _, _ = read(kind, data_file(kind, [Entry(""), Entry("a.mp4")]))
    assert isinstance(rows[0], BadRow)
    assert rows[0].message == "the key is empty"
    assert isinstance(rows[1], GoodRow)


@pytest.mark.parametrize("kind", FORMATS)
def test_many_rows_come_in_pages_and_in_order(kind: InventoryFormat) -> None:
    count = 2 * PAGE_ROWS + 1
    body = data_file(kind, [Entry(f"{number:06}.mp4") for number in range(count)])
    pages = list(inventory_pages(opened(body), inventory(kind), VIDEOS))
    rows = [row for page in pages for row in page.rows]
    assert len(pages) > 2
    assert max(page.seen for page in pages) < count
    assert [(row.row, row.ref.key) for row in rows if isinstance(row, GoodRow)] == [
        (number + 1, f"{number:06}.mp4") for number in range(count)
    ]


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_without_rows_is_sound(kind: InventoryFormat) -> None:
    assert read(kind, data_file(kind, [])) == ([], 0, "")


@pytest.mark.parametrize(
    ("kind", "options"),
    [("Parquet", {"row_group_size": 300}), ("ORC", {"stripe_size": 4096, "batch_size": 100})],
)
def test_each_row_group_of_parquet_and_each_stripe_of_orc_is_read(
    kind: InventoryFormat, options: dict[str, Any]
) -> None:
    entries = [Entry(f"{number:04}-{'x' * 200}.mp4") for number in range(1_000)]
    rows, seen, _ = read(kind, data_file(kind, entries, ALL_VERSIONS, **options))
    assert (len(rows), seen) == (1_000, 1_000)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_that_is_cut_short_tells_so(kind: InventoryFormat) -> None:
    entries = [Entry(f"{number:06}-{number * 7919}.mp4") for number in range(3_000)]
    rows, _, complaint = read(kind, data_file(kind, entries)[:-2_000])
    assert complaint.startswith("it cannot be ")
    assert all(isinstance(row, GoodRow) for row in rows)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_that_is_something_else_tells_so(kind: InventoryFormat) -> None:
    assert read(kind, b"hello\n" * 100)[2].startswith("it cannot be ")


@pytest.mark.parametrize("kind", ["Parquet", "ORC"])
def test_a_file_with_other_columns_than_an_inventory_s_tells_so(kind: InventoryFormat) -> None:
    rows, _, complaint = read(kind, data_file(kind, [Entry("a.mp4")], ("bucket", "size")))
    assert rows == []
    assert complaint == "its columns are unknown: there is no column key among bucket, size"


def test_a_csv_row_with_other_fields_than_the_schema_s_is_told() -> None:
    rows, _, _ = read("CSV", data_file("CSV", [Entry("a.mp4")], ("bucket", "key")))
    assert isinstance(rows[0], BadRow)
    assert rows[0].message == "the row has 2 fields where fileSchema names 8"


def test_a_csv_flag_that_is_neither_is_told() -> None:
    columns = ("bucket", "key", "size", "version_id")
    rows, _, _ = read(
        "CSV", data_file("CSV", [Entry("a.mp4", "v")], columns), ("bucket", "key", "is_latest", "version_id")
    )
    assert isinstance(rows[0], BadRow)
    assert rows[0].message == "IsLatest and IsDeleteMarker are true or false"


@pytest.mark.parametrize("kind", FORMATS)
def test_what_keeps_an_object_from_being_read_stands_in_the_list(kind: InventoryFormat) -> None:
    tiered = "INTELLIGENT_TIERING"
    entries = {
        Entry("plain.mp4"): None,
        Entry("instant.mp4", storage_class="GLACIER_IR"): None,
        Entry("frequent.mp4", storage_class=tiered, access_tier="FREQUENT"): None,
        Entry("instant-tier.mp4", storage_class=tiered, access_tier="ARCHIVE_INSTANT_ACCESS"): None,
        Entry("nothing-known.mp4", storage_class=None, encryption=None): None,
        Entry("kms.mp4", encryption="SSE-KMS"): None,
        Entry("glacier.mp4", storage_class="GLACIER"): Barrier.GLACIER,
        Entry("deep.mp4", storage_class="DEEP_ARCHIVE"): Barrier.DEEP_ARCHIVE,
        Entry("tier.mp4", storage_class=tiered, access_tier="ARCHIVE_ACCESS"): Barrier.ARCHIVE_ACCESS,
        Entry("short.mp4", storage_class=tiered, access_tier="ARCHIVE"): Barrier.ARCHIVE_ACCESS,
        Entry("deep-tier.mp4", storage_class=tiered, access_tier="DEEP_ARCHIVE_ACCESS"): Barrier.DEEP_ARCHIVE_ACCESS,
        Entry("customer.mp4", encryption="SSE-C"): Barrier.CUSTOMER_KEY,
        Entry("both.mp4", storage_class="GLACIER", encryption="SSE-C"): Barrier.CUSTOMER_KEY,
    }
    columns = ("bucket", "key", "size", *STORAGE)
    rows, seen, complaint = read(kind, data_file(kind, list(entries), columns), columns)
    assert (seen, complaint) == (len(entries), "")
    found = {row.ref.key: row.ref.barrier for row in rows if isinstance(row, GoodRow)}
    assert found == {entry.key: barrier for entry, barrier in entries.items()}


def test_a_manifest_tells_format_columns_and_files() -> None:
    written = manifest("CSV", {"inventory/b/c/data/1.csv.gz": b"one"}, CURRENT)
    read_back = read_manifest(written, checksum(written), WORK)
    assert read_back == Inventory(
        BUCKET,
        "CSV",
        ("bucket", "key", "size", "lastmodifieddate", "etag", "storageclass"),
        (DataFile("inventory/b/c/data/1.csv.gz", 3, "f97c5d29941bfb1b2fdab0874906ab82"),),
    )


def test_a_checksum_may_be_written_in_any_way() -> None:
    written = manifest("ORC", {})
    for spelling in (checksum(written), checksum(written).strip().upper(), b"\r\n " + checksum(written) + b"\r\n"):
        assert read_manifest(written, spelling, WORK).format == "ORC"


@pytest.mark.parametrize("wrong", [b"", b"0" * 32, b"\xff\xfe", b"no checksum at all" * 1_000])
def test_a_manifest_that_its_checksum_does_not_match_is_not_believed(wrong: bytes) -> None:
    with pytest.raises(InventoryUnusable, match=r"^manifest.json cannot be used: its MD5 is [0-9a-f]{32}, where"):
        read_manifest(manifest("CSV", {}), wrong, WORK)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"fileFormat": "Avro"}, "fileFormat: must be 'CSV', 'ORC' or 'Parquet'"),
        ({"fileSchema": "Bucket, Size"}, "its fileSchema is unknown: there is no column key among bucket, size"),
        ({"fileSchema": ""}, "its fileSchema is unknown: there is no column bucket or key among its columns"),
        ({"destinationBucket": "arn:aws:s3:::elsewhere"}, "its data files lie in bucket elsewhere, while the manifest"),
        ({"destinationBucket": "reelsift-work"}, "destinationBucket: must be the ARN of a bucket"),
        ({"sourceBucket": "no bucket!"}, "sourceBucket: the bucket is not a bucket name"),
        ({"files": None}, "files: must be a list"),
        ({"files": [{"key": "k", "size": -1, "MD5checksum": "x"}]}, "files.0.size: must be at least 0"),
        ({"files": [{"key": "k", "size": 1}]}, "files.0.MD5checksum: is missing"),
    ],
)
def test_a_manifest_that_is_none_says_what_is_wrong(changes: dict[str, Any], complaint: str) -> None:
    written = json.dumps(json.loads(manifest("CSV", {})) | changes).encode()
    with pytest.raises(InventoryUnusable) as caught:
        read_manifest(written, checksum(written), WORK)
    assert complaint in caught.value.message
    assert caught.value.reason is Reason.BAD_LINE


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        (b"{", "it is not JSON"),
        (b"\xff", "it is not UTF-8"),
        (b"[]", "it is not the manifest of an S3 Inventory"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_manifest_at_all_says_so(written: bytes, complaint: str) -> None:
    with pytest.raises(InventoryUnusable, match=complaint):
        read_manifest(written, checksum(written), WORK)


def test_a_worker_that_has_met_no_parquet_has_not_loaded_pyarrow() -> None:
    loaded = (
        "import sys, reelsift.worker.lifecycle, reelsift.batches.submit.submission; print('pyarrow' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert told.stdout == "False\n"


def test_of_a_csv_that_was_cut_off_every_whole_row_before_the_cut_is_read() -> None:
    body = data_file("CSV", [Entry(f"{number:04d}.mp4", etag=f"{number:032x}") for number in range(100)])
    rows, seen, complaint = read("CSV", body[: len(body) // 2])
    assert "cannot be unpacked" in complaint
    assert 0 < seen < 100
    assert [row.ref.key for row in rows if isinstance(row, GoodRow)] == [f"{number:04d}.mp4" for number in range(seen)]


def test_a_manifest_of_a_million_bad_files_is_refused_without_reading_them_all() -> None:
    written = manifest("CSV", {})[:-2].rstrip(b"]\n ") + b"{}," * 600_000 + b"{}]}"
    with pytest.raises(InventoryUnusable, match="more than 1000000 values"):
        read_manifest(written, checksum(written), WORK)


def test_of_many_bad_files_the_first_one_is_told() -> None:
    written = json.dumps(json.loads(manifest("CSV", {})) | {"files": [{}] * 1000}).encode()
    with pytest.raises(InventoryUnusable, match=r"files\.0\.key: is missing") as raised:
        read_manifest(written, checksum(written), WORK)
    assert "files.1" not in raised.value.message


def test_a_parquet_file_with_a_column_whose_name_is_not_utf_8_tells_so() -> None:
    written = data_file("Parquet", [Entry("a.mp4")])
    assert b"e_tag" in written
    rows, _, complaint = read("Parquet", written.replace(b"e_tag", b"\xb5_tag"))
    assert rows == []
    assert complaint.startswith("it cannot be read: ")


def test_a_schema_of_what_cannot_be_stored_is_told_in_words_that_can() -> None:
    written = json.dumps(json.loads(manifest("CSV", {})) | {"fileSchema": "\udc00" * 500}).encode()
    with pytest.raises(InventoryUnusable, match="its fileSchema is unknown") as raised:
        read_manifest(written, checksum(written), WORK)
    assert len(raised.value.message.encode()) < 400
