"""The columns of a manifest: which field of a row says what."""

import re
from collections.abc import Sequence

from reelsift.domain.video import ObjectRef
from reelsift.manifests.iso_time import read_time
from reelsift.manifests.manifest_row import GoodRow
from reelsift.manifests.object_names import check_bucket, check_etag, check_key, check_version, decode_key

_BLANK = " \t"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_REQUIRED = frozenset({"bucket", "key"})
_SIZE = re.compile(r"[0-9]{1,18}")


def names_columns(fields: Sequence[str]) -> bool:
    """Whether a row reads like a header: it holds the words `bucket` and `key`."""
    return _REQUIRED.issubset(map(_column_name, fields))


def count_fields(fields: Sequence[str]) -> str:
    """How many fields a row has, in words."""
    return "1 field" if len(fields) == 1 else f"{len(fields)} fields"


class Columns:
    """Which field of a row says what. Names are those of Batch Operations, Inventory or a header, in any case and
    with any `_`, `-` or blank between words; `Bucket` and `Key` must be among them, `VersionId`, `ETag`, `Size` and
    `LastModifiedDate` may, and others (`Ignore`) are passed over.
    """

    __slots__ = ("_bucket", "_count", "_etag", "_key", "_modified", "_size", "_version")

    def __init__(self, names: Sequence[str]) -> None:
        known = [_column_name(name) for name in names]
        if not _REQUIRED.issubset(known):
            raise ValueError("the columns must name Bucket and Key")
        # Backwards, so that of equal names the first counts.
        positions = {name: position for position, name in reversed(list(enumerate(known)))}
        self._count = len(known)
        self._bucket = positions["bucket"]
        self._key = positions["key"]
        self._version = positions.get("versionid")
        self._etag = positions.get("etag")
        self._size = positions.get("size")
        self._modified = positions.get("lastmodifieddate", positions.get("lastmodified"))

    def good_row(self, row: int, fields: Sequence[str]) -> GoodRow:
        """The object that the fields of a row name; ValueError says what is wrong with it."""
        ref = self._ref(fields)
        modified = "" if self._modified is None else fields[self._modified].strip(_BLANK)
        return GoodRow(row, ref, read_time(modified) if modified else None)

    def _ref(self, fields: Sequence[str]) -> ObjectRef:
        if len(fields) != self._count:
            raise ValueError(f"the row has {count_fields(fields)} where the columns are {self._count}")
        bucket = fields[self._bucket].strip(_BLANK)
        key = fields[self._key].strip(_BLANK)
        if not key.isprintable() and _CONTROL.search(key):
            raise ValueError("the key holds a control character that is not URL-encoded")
        return ObjectRef(
            check_bucket(bucket),
            check_key(decode_key(key)),
            None if self._version is None else check_version(fields[self._version].strip(_BLANK)),
            None if self._etag is None else check_etag(fields[self._etag].strip(_BLANK)),
            None if self._size is None else _size(fields[self._size].strip(_BLANK)),
        )


def _column_name(column: str) -> str:
    return re.sub(r"[\s_-]", "", column).casefold()


def _size(text: str) -> int | None:
    if not text:
        return None
    if not _SIZE.fullmatch(text):
        raise ValueError("the size is not a number of bytes")
    return int(text)
