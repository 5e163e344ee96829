"""Recorded inventories of S3 are understood. They are not of the project: RECORDED_ANSWERS names their folder."""

import hashlib
from pathlib import Path

import pytest

from reelsift.domain.filters import Filters, Sieve
from reelsift.domain.video import ObjectRef
from reelsift.manifests.inventory import Inventory, read_manifest
from reelsift.manifests.inventory_file import inventory_pages
from reelsift.manifests.manifest_row import GoodRow
from support.needs import RECORDINGS

FOLDER = RECORDINGS / "inventory"
BUCKET = "filemanager-inventory-test"


def recorded(name: str) -> tuple[Inventory, Path]:
    """A real inventory, held against its real checksum, and its data file."""
    manifest = (FOLDER / "real" / f"{name}_manifest.json").read_bytes()
    checksum = (FOLDER / "real" / f"{name}_manifest.checksum").read_bytes()
    inventory = read_manifest(manifest, checksum, BUCKET)
    (file,) = inventory.files
    return inventory, FOLDER / "real" / file.key


@pytest.mark.parametrize("name", ["csv_inventory", "parquet_inventory"])
def test_a_real_inventory_s_files_are_what_its_manifest_promises(name: str) -> None:
    inventory, path = recorded(name)
    body = path.read_bytes()
    assert (inventory.files[0].size, inventory.files[0].md5) == (
        len(body),
        hashlib.md5(body, usedforsecurity=False).hexdigest(),
    )


@pytest.mark.parametrize("name", ["csv_inventory", "parquet_inventory"])
def test_a_real_inventory_s_current_objects_are_listed(name: str) -> None:
    """None of them is called like a video, so here every name will do."""
    inventory, path = recorded(name)
    with path.open("rb") as file:
        pages = list(inventory_pages(file, inventory, Sieve(Filters())))
    rows = [(row.row, row.ref) for page in pages for row in page.rows if isinstance(row, GoodRow)]
    assert sum(page.seen for page in pages) == 5
    assert rows == [
        (1, ObjectRef(BUCKET, "inventory-test/", None, "d41d8cd98f00b204e9800998ecf8427e", 0)),
        (
            3,
            ObjectRef(
                BUCKET,
                "inventory-test/key1",
                "tpinzcbxOfWpZsmjvVgdHEvSohsY4TA0",
                "d8e8fca2dc0f896fd7cb4cb0031ba249",
                5,
            ),
        ),
    ]


@pytest.mark.parametrize("kind", ["CSV", "ORC", "Parquet"])
def test_the_user_guide_s_manifests_are_read(kind: str) -> None:
    manifest = (FOLDER / f"userguide-manifest-{kind.lower()}.json").read_bytes()
    checksum = hashlib.md5(manifest, usedforsecurity=False).hexdigest().encode()
    bucket = "example-inventory-destination-bucket" if kind == "CSV" else "example-destination-bucket"
    inventory = read_manifest(manifest, checksum, bucket)
    assert (inventory.source_bucket, inventory.format, len(inventory.files)) == ("example-source-bucket", kind, 1)
    assert inventory.files[0].key.startswith(("Inventory/", "inventory/"))


def test_every_recorded_inventory_is_covered_here() -> None:
    names = {path.name for path in FOLDER.rglob("*") if path.is_file()}
    kinds = {f"userguide-manifest-{kind}.json" for kind in ("csv", "orc", "parquet")}
    real = {f"{kind}_inventory_manifest.{end}" for kind in ("csv", "parquet") for end in ("json", "checksum")}
    assert names == kinds | real | {"csv_inventory.csv.gz", "parquet_inventory.parquet"}
