"""Manifests and completion reports of S3 Batch Operations are lists of videos. They are not of the project:
RECORDED_ANSWERS names their folder.
"""

import pytest

from reelsift.manifests.lists import read_list
from reelsift.manifests.manifest_row import GoodRow
from support.needs import RECORDINGS

FOLDER = RECORDINGS / "batch"


@pytest.mark.parametrize(
    ("name", "first", "rows"),
    [
        ("userguide-manifest.csv", "objectkey1", 6),
        ("userguide-manifest-with-versions.csv", "objectkey1", 6),
        ("userguide-report-failed.csv", "image_14975", 6),
        ("userguide-report-succeeded.csv", "image_17775", 3),
    ],
)
def test_every_row_names_an_object(name: str, first: str, rows: int) -> None:
    read = list(read_list([(FOLDER / name).read_bytes()]))
    refs = [row.ref for row in read if isinstance(row, GoodRow)]
    assert (len(read), len(refs), refs[0].key) == (rows, rows, first)
    assert all(bool(ref.version_id) is ("versions" in name) for ref in refs)
