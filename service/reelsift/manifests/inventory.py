"""An S3 Inventory: its manifest, checked against its checksum, and the data files that list the objects.

What the files look like is described in the S3 user guide, "Amazon S3 Inventory list" and "Locating your inventory
list", and seen in recordings.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, FailFast, Field, ValidationError

from reelsift.domain.failure import Reason
from reelsift.manifests.line_names import file_names
from reelsift.manifests.manifest_row import excerpt
from reelsift.manifests.object_names import check_bucket, check_key
from reelsift.manifests.untrusted_json import Edge, JsonError, explain, load_json

MANIFEST_NAME = "manifest.json"
CHECKSUM_NAME = "manifest.checksum"

MAX_MANIFEST_BYTES = 16 * 1024 * 1024
"""A manifest spends about 200 bytes on a data file: room for 80,000, which list more objects than any bucket has."""

MAX_VALUES = 1_000_000
"""Commas and opening brackets of a manifest: four a data file. Of nothing else 16 MiB would take 400 MB to read."""

MAX_CHECKSUM_BYTES = 1024
"""The checksum is 32 hexadecimal digits and a line break."""

InventoryFormat = Literal["CSV", "ORC", "Parquet"]


class InventoryUnusable(Exception):
    """An inventory, or one of its files, cannot be read, now or later; `message` says which and why."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file of an inventory: its key in the inventory's bucket, its size in bytes, its MD5 in hexadecimal digits."""

    key: str
    size: int
    md5: str


@dataclass(frozen=True, slots=True)
class Inventory:
    """What a manifest says. `columns` are those of the rows of CSV, which has no header; other formats name theirs."""

    source_bucket: str
    format: InventoryFormat
    columns: tuple[str, ...]
    files: tuple[DataFile, ...]

    @property
    def named_files(self) -> list[tuple[str, DataFile]]:
        """The data files, each with the name that its lines are named after."""
        # The manifest's own line is among the names, should one of its files be called like it.
        _, *names = file_names([MANIFEST_NAME, *(file.key for file in self.files)])
        return list(zip(names, self.files, strict=True))


class _File(Edge):
    key: Annotated[str, AfterValidator(check_key)]
    size: Annotated[int, Field(ge=0)]
    md5: Annotated[str, Field(alias="MD5checksum", min_length=1)]


_BUCKET_ARN = re.compile(r"arn:aws[a-z-]*:s3:::.+")


def _check_arn(text: str) -> str:
    if not _BUCKET_ARN.fullmatch(text):
        raise ValueError("must be the ARN of a bucket, such as arn:aws:s3:::name")
    return text


class _Manifest(Edge):
    source_bucket: Annotated[str, Field(alias="sourceBucket"), AfterValidator(check_bucket)]
    destination_bucket: Annotated[str, Field(alias="destinationBucket"), AfterValidator(_check_arn)]
    file_format: Annotated[InventoryFormat, Field(alias="fileFormat")]
    file_schema: Annotated[str, Field(alias="fileSchema")]
    # The first bad file is enough: messages about a million would take more memory than a worker has.
    files: Annotated[list[_File], FailFast()]


_SIGNS = (b"fileSchema", b"MD5checksum", b"destinationBucket")


def is_of_inventory(manifest: bytes) -> bool:
    """Whether a manifest.json may be an inventory's, damaged or not: lists of other programs are called so, too."""
    return any(sign in manifest for sign in _SIGNS)


def read_manifest(manifest: bytes, checksum: bytes, bucket: str) -> Inventory:
    """The inventory that lies in `bucket` and whose manifest.json and manifest.checksum these are.

    Raises InventoryUnusable where they do not belong together, or are none.
    """
    found, promised = hashlib.md5(manifest, usedforsecurity=False).hexdigest(), _digest(checksum)
    if found != promised:
        raise _unusable(f"its MD5 is {found}, where {CHECKSUM_NAME} says {promised}: one of the two is damaged")
    if sum(map(manifest.count, (b",", b"[", b"{"))) > MAX_VALUES:
        raise _unusable(f"it is not the manifest of an S3 Inventory: it holds more than {MAX_VALUES} values")
    try:
        read = _Manifest.model_validate(load_json(manifest.decode()))
    except UnicodeDecodeError:
        raise _unusable("it is not UTF-8") from None
    except JsonError as error:
        raise _unusable(str(error)) from None
    except ValidationError as error:
        raise _unusable(f"it is not the manifest of an S3 Inventory: {explain(error)}") from None
    destination = read.destination_bucket.rpartition(":")[2]
    if destination != bucket:
        raise _unusable(f"its data files lie in bucket {destination}, while the manifest lies in {bucket}")
    return Inventory(
        source_bucket=read.source_bucket,
        format=read.file_format,
        columns=_columns(read.file_schema) if read.file_format == "CSV" else (),
        files=tuple(DataFile(file.key, file.size, file.md5.lower()) for file in read.files),
    )


def column_name(name: str) -> str:
    """A column's name as CSV (`VersionId`, `ETag`) and the other formats (`version_id`, `e_tag`) have it in common."""
    return name.strip().replace("_", "").casefold()


def check_columns(names: list[str]) -> None:
    """Raises ValueError where columns of these names (as `column_name` has them) do not say what objects there are."""
    missing = [name for name in ("bucket", "key") if name not in names]
    if missing:
        raise ValueError(
            f"there is no column {' or '.join(missing)} among {excerpt(', '.join(names)) or 'its columns'}"
        )


def _columns(schema: str) -> tuple[str, ...]:
    """The columns of a CSV, in the order of its fields."""
    names = [column_name(name) for name in schema.split(",")]
    try:
        check_columns(names)
    except ValueError as error:
        raise _unusable(f"its fileSchema is unknown: {error}") from None
    return tuple(names)


def _digest(checksum: bytes) -> str:
    return checksum[:MAX_CHECKSUM_BYTES].decode(errors="replace").strip().lower() or "nothing"


def _unusable(why: str) -> InventoryUnusable:
    return InventoryUnusable(Reason.BAD_LINE, f"{MANIFEST_NAME} cannot be used: {why}")
