"""A data file of an inventory, in whichever of S3's three formats."""

from collections.abc import Iterator
from typing import BinaryIO

from reelsift.domain.filters import Sieve
from reelsift.manifests.inventory import Inventory
from reelsift.manifests.inventory_columnar import orc_pages, parquet_pages
from reelsift.manifests.inventory_csv import csv_pages
from reelsift.manifests.inventory_row import InventoryPage

_READERS = {"CSV": csv_pages, "ORC": orc_pages, "Parquet": parquet_pages}


def inventory_pages(file: BinaryIO, inventory: Inventory, sieve: Sieve) -> Iterator[InventoryPage]:
    """The objects of a data file that the sieve lets through, a page of rows at a time, in bounded memory.

    Delete markers are never among them, and versions that are not current only where the sieve takes all; `row` counts
    all rows of the file from 1. Raises InventoryUnusable where the file is damaged: the pages before it are sound.
    """
    return _READERS[inventory.format](file, inventory, sieve)
