import pytest

from reelsift.cli.submission_inventory import InventoryManifest, parse_inventory


def test_the_manifest_of_an_inventory_is_known_by_its_name() -> None:
    assert parse_inventory("s3://w/inventory/b/c/t/manifest.json") == InventoryManifest(
        "w", "inventory/b/c/t/manifest.json"
    )


@pytest.mark.parametrize(
    "text",
    ["s3://w/x/manifest.csv", "s3://w/x/my-manifest.json", "manifest.json", "s3:///manifest.json", "-", "s3://w/"],
)
def test_other_sources_are_none(text: str) -> None:
    assert parse_inventory(text) is None
