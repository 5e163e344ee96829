"""Which rows of an inventory are videos to analyse, whatever the format they came in."""

from dataclasses import dataclass

from reelsift.domain.video import ObjectRef
from reelsift.manifests.manifest_row import GoodRow, ManifestRow
from reelsift.manifests.object_names import check_bucket, check_etag, check_key, check_version

VIDEO_SUFFIXES = (".mp4", ".mov", ".m4v")
"""What videos in MPEG-4 or MOV, the only ones that Rekognition reads, are called. An inventory lists whatever the
bucket holds: to look at each photograph in it would cost a request and a FAILED line.
"""

_BYTE_SUFFIXES = tuple(suffix.encode() for suffix in VIDEO_SUFFIXES)


@dataclass(frozen=True, slots=True)
class InventoryPage:
    """Some rows of a data file: the videos and bad rows among them, and how many there were with all others."""

    rows: list[ManifestRow]
    seen: int


def is_video(key: str | bytes) -> bool:
    """Whether a key, plain or URL-encoded, is called like a video."""
    return key.lower().endswith(VIDEO_SUFFIXES) if isinstance(key, str) else key.lower().endswith(_BYTE_SUFFIXES)


def video_row(
    row: int,
    source_bucket: str,
    *,
    bucket: str,
    key: str,
    version_id: str | None = None,
    size: int | None = None,
    etag: str | None = None,
) -> GoodRow:
    """The row of one object of the inventory of `source_bucket`; ValueError says what is wrong with it."""
    if bucket != source_bucket:
        raise ValueError(f"the row names bucket {check_bucket(bucket)} in the inventory of {source_bucket}")
    if size is not None and size < 0:
        raise ValueError("the size is not a number of bytes")
    ref = ObjectRef(bucket, check_key(key), check_version(version_id or ""), check_etag(etag or ""), size)
    return GoodRow(row, ref)
