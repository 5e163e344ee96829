"""An S3 Inventory as a source of a batch: read by whoever submits it, in whole or in part."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING

from reelsift.domain.filters import VIDEO_SUFFIXES, Sieve
from reelsift.errors import InventoryRefused
from reelsift.manifests.inventory import InventoryUnusable

if TYPE_CHECKING:
    from reelsift.aws.deployment import Deployment
    from reelsift.batches.submit.sources import InventoryManifest
    from reelsift.batches.submit.survey import Survey
    from reelsift.domain.batch import SourceFile
    from reelsift.domain.filters import Filters
    from reelsift.inventories.files import FilePart

MAX_SURVEYED_BYTES = 256 * 1024 * 1024
"""Data files that are read before an inventory is handed to the workers: those of some million objects."""


async def file_parts(
    deployment: "Deployment",
    source: "InventoryManifest",
    filters: "Filters",
    choose: "Callable[[Sequence[SourceFile]], Sequence[SourceFile]]",
) -> "AsyncIterator[FilePart]":
    """What the data files that are chosen list. One that is damaged is a bad row.

    Raises InventoryRefused where nothing can be made of the inventory.
    """
    from reelsift.inventories.files import InventoryFiles, source_files

    files = InventoryFiles(deployment.clients.s3, source.bucket, source.key)
    try:
        inventory = await files.open(deployment.settings.data_buckets)
    except InventoryUnusable as unusable:
        raise InventoryRefused(source.uri, unusable.message) from None
    sieve = Sieve(filters, VIDEO_SUFFIXES)
    for file in choose(source_files("", inventory)):
        async with aclosing(files.parts_of(file, inventory, sieve, _on)) as read:
            async for part in read:
                yield part


async def survey_inventory(
    deployment: "Deployment",
    source: "InventoryManifest",
    filters: "Filters",
    survey: "Survey",
    on_step: Callable[[], None],
    limit: int = MAX_SURVEYED_BYTES,
) -> None:
    """Count what an inventory lists, from an evenly spread part of its data files where they have more than `limit`
    bytes. `on_step` is called with each step forward. Raises InventoryRefused.
    """

    def choose(files: "Sequence[SourceFile]") -> "Sequence[SourceFile]":
        chosen = evenly_spread(files, limit)
        read = sum(file.size for file in chosen)
        survey.scale = sum(file.size for file in files) / read if read else 1.0
        return chosen

    async for part in file_parts(deployment, source, filters, choose):
        survey.pass_over(part.passed_over)
        survey.add(part.file, part.rows)
        on_step()


def evenly_spread(files: "Sequence[SourceFile]", limit: int) -> "Sequence[SourceFile]":
    """All of the files, or as many of them, at least one, as have about `limit` bytes together."""
    size = sum(file.size for file in files)
    if size <= limit:
        return files
    number = max(1, len(files) * limit // size)
    return [files[index * len(files) // number] for index in range(number)]


async def _on() -> None:
    """Nothing is to be done between two parts."""
