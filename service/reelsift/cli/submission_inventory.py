"""An S3 Inventory as a source of a batch, read where the command runs."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reelsift.cli.exits import CommandError
from reelsift.manifests.inventory import MANIFEST_NAME, InventoryUnusable
from reelsift.manifests.object_names import URI_SCHEME

if TYPE_CHECKING:
    from reelsift.aws.deployment import Deployment
    from reelsift.manifests.manifest_row import ManifestRow


@dataclass(frozen=True, slots=True)
class InventoryManifest:
    """The manifest.json of an inventory, in any bucket that may be read."""

    bucket: str
    key: str

    async def rows(self, deployment: "Deployment") -> AsyncIterator[tuple[str, "Sequence[ManifestRow]"]]:
        """The videos it lists, with the name of the data file that lists them. A data file that is damaged is a bad
        row. Raises CommandError where nothing can be made of the inventory.
        """
        from reelsift.worker.inventory_files import InventoryFiles

        files = InventoryFiles(deployment.clients.s3, self.bucket, self.key)
        try:
            inventory = await files.open(deployment.settings.data_buckets)
        except InventoryUnusable as unusable:
            raise CommandError(f"{URI_SCHEME}{self.bucket}/{self.key}: {unusable.message}") from None
        async for portion in files.portions(inventory, _on):
            yield portion.file, portion.rows


def parse_inventory(text: str) -> InventoryManifest | None:
    """The inventory that a SOURCE of the command line names; None where it names none."""
    bucket, _, key = text.removeprefix(URI_SCHEME).partition("/")
    if not text.startswith(URI_SCHEME) or not bucket or key.rpartition("/")[2] != MANIFEST_NAME:
        return None
    return InventoryManifest(bucket, key)


async def _on() -> None:
    """Reading goes on: a command is stopped by Ctrl-C."""
