"""A data file of an inventory, in whichever of S3's three formats."""

from collections.abc import Iterator
from typing import BinaryIO

from reelsift.manifests.inventory import Inventory
from reelsift.manifests.inventory_columnar import orc_pages, parquet_pages
from reelsift.manifests.inventory_csv import csv_pages
from reelsift.manifests.inventory_row import InventoryPage

_READERS = {"CSV": csv_pages, "ORC": orc_pages, "Parquet": parquet_pages}


def inventory_pages(file: BinaryIO, inventory: Inventory) -> Iterator[InventoryPage]:
    """The videos that a data file lists, a page of rows at a time, in bounded memory.

    Listed are the current versions of objects called `.mp4`, `.mov` or `.m4v`, in any case; `row` counts all rows of
    the file from 1. Raises InventoryUnusable where the file is damaged: the pages before it are sound.
    """
    return _READERS[inventory.format](file, inventory)
