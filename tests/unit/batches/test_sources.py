from pathlib import Path

import pytest

from reelsift.batches.submit.sources import (
    CsvFile,
    CsvObject,
    InventoryManifest,
    Prefix,
    SingleObject,
    Source,
    parse_source,
)
from reelsift.errors import NoSuchFile, ReelsiftError, SourceIsFolder, UriWithoutBucket


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("s3://lists/2026/july.csv", CsvObject("lists", "2026/july.csv")),
        ("s3://lists/JULY.CSV", CsvObject("lists", "JULY.CSV")),
        ("s3://lists/july.csv.gz", CsvObject("lists", "july.csv.gz")),
        ("s3://videos/in/", Prefix("videos", "in/")),
        ("s3://videos/", Prefix("videos", "")),
        ("s3://videos", Prefix("videos", "")),
        ("s3://videos/a.mp4", SingleObject("videos", "a.mp4")),
        ("s3://w/x/my-manifest.json", SingleObject("w", "x/my-manifest.json")),
        ("s3://w/inventory/b/c/t/manifest.json", InventoryManifest("w", "inventory/b/c/t/manifest.json")),
    ],
)
def test_a_source_is_told_by_its_shape(text: str, source: Source) -> None:
    assert parse_source(text) == source


def test_a_file_may_have_any_name(tmp_path: Path) -> None:
    file = tmp_path / "ä list"
    file.touch()
    assert parse_source(str(file)) == CsvFile(file)


@pytest.mark.parametrize(
    ("text", "refusal", "says"),
    [
        ("s3://", UriWithoutBucket, "s3:// names no bucket"),
        ("s3:///manifest.json", UriWithoutBucket, "s3:///manifest.json names no bucket"),
        ("missing.csv", NoSuchFile, "There is no file missing.csv"),
        ("/", SourceIsFolder, "/ is a folder"),
    ],
)
def test_what_is_no_source_is_refused(text: str, refusal: type[ReelsiftError], says: str) -> None:
    with pytest.raises(refusal, match=says):
        parse_source(text)
