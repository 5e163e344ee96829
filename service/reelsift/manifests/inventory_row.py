"""Which rows of an inventory are videos to analyse, whatever the format they came in."""

from collections import Counter
from dataclasses import dataclass, field

from reelsift.domain.filters import Lack, Sieve
from reelsift.domain.video import NULL_VERSION, ObjectRef
from reelsift.manifests.manifest_row import GoodRow, ManifestRow
from reelsift.manifests.object_names import check_bucket, check_etag, check_key, check_version


@dataclass(slots=True)
class InventoryPage:
    """Some rows of a data file: the videos and bad rows among them, how many there were with all others, and of those
    how many lacked what.
    """

    rows: list[ManifestRow] = field(default_factory=list)
    seen: int = 0
    passed_over: Counter[Lack] = field(default_factory=Counter)

    def add(self, found: ManifestRow | Lack) -> None:
        """Note what became of one more row."""
        self.seen += 1
        if isinstance(found, Lack):
            self.passed_over[found] += 1
        else:
            self.rows.append(found)


def version_lack(sieve: Sieve, *, is_latest: bool, is_delete_marker: bool) -> Lack | None:
    """What an entry lacks for being no current version of an object; a delete marker is no version of a video."""
    if is_delete_marker:
        return Lack.DELETE_MARKER
    return None if is_latest or sieve.all_versions else Lack.VERSION


def video_row(
    row: int,
    source_bucket: str,
    *,
    bucket: str,
    key: str,
    version_id: str | None = None,
    size: int | None = None,
    etag: str | None = None,
    is_latest: bool = True,
) -> GoodRow:
    """The row of one object of the inventory of `source_bucket`; ValueError says what is wrong with it.

    Of versions that are not current one without an id can only be that from before the bucket had versions.
    """
    if bucket != source_bucket:
        raise ValueError(f"the row names bucket {check_bucket(bucket)} in the inventory of {source_bucket}")
    if size is not None and size < 0:
        raise ValueError("the size is not a number of bytes")
    ref = ObjectRef(
        bucket,
        check_key(key),
        check_version(version_id or ("" if is_latest else NULL_VERSION)),
        check_etag(etag or ""),
        size,
    )
    return GoodRow(row, ref)
