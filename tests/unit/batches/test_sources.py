from pathlib import Path

import pytest

from reelsift.batches.submit.sources import (
    InventoryManifest,
    ListFile,
    ListObject,
    Prefix,
    SingleObject,
    Source,
    StoredObject,
    parse_source,
)
from reelsift.errors import NoLocation, NoSuchFile, ReelsiftError, SourceIsFolder, UriWithoutBucket


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("s3://lists/2026/july.csv", ListObject("lists", "2026/july.csv")),
        ("s3://lists/JULY.CSV", ListObject("lists", "JULY.CSV")),
        ("s3://lists/july.csv.gz", ListObject("lists", "july.csv.gz")),
        ("s3://videos/in/", Prefix("videos", "in/")),
        ("s3://videos/", Prefix("videos", "")),
        ("s3://videos", Prefix("videos", "")),
        ("s3://videos/a.mp4", SingleObject("videos", "a.mp4")),
        ("s3://w/x/my-manifest.json", StoredObject("w", "x/my-manifest.json")),
        ("s3://lists/july", StoredObject("lists", "july")),
        ("S3://lists/july.TSV", StoredObject("lists", "july.TSV")),
        ("https://videos.s3.eu-west-1.amazonaws.com/in/", Prefix("videos", "in/")),
        ("https://videos.s3.eu-west-1.amazonaws.com/a+b.mp4?versionId=v", SingleObject("videos", "a b.mp4", "v")),
        ("arn:aws:s3:::videos/a.MP4", SingleObject("videos", "a.MP4")),
        ("arn:aws:s3:::videos", Prefix("videos", "")),
        ("s3a://videos/in/", Prefix("videos", "in/")),
        (
            "s3://w/inventory/b/c/hive/dt=2026-07-31-01-00/symlink.txt",
            InventoryManifest("w", "inventory/b/c/2026-07-31T01-00Z/manifest.json"),
        ),
        ("s3://w/inventory/b/c/t/manifest.json", InventoryManifest("w", "inventory/b/c/t/manifest.json")),
    ],
)
def test_a_source_is_told_by_its_shape(text: str, source: Source) -> None:
    assert parse_source(text) == source


def test_a_file_may_have_any_name(tmp_path: Path) -> None:
    file = tmp_path / "ä list"
    file.touch()
    assert parse_source(str(file)) == ListFile(file)


@pytest.mark.parametrize(
    ("text", "refusal", "says"),
    [
        ("s3://", UriWithoutBucket, "s3:// names no bucket"),
        ("s3:///manifest.json", UriWithoutBucket, "s3:///manifest.json names no bucket"),
        ("https://example.com/a.mp4", NoLocation, "https://example.com/a.mp4: the URL is none of an object in S3"),
        ("missing.csv", NoSuchFile, "There is no file missing.csv"),
        ("/", SourceIsFolder, "/ is a folder"),
    ],
)
def test_what_is_no_source_is_refused(text: str, refusal: type[ReelsiftError], says: str) -> None:
    with pytest.raises(refusal, match=says):
        parse_source(text)
