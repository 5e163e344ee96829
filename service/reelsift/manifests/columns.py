"""Which column of a table, or member of a JSON object, says what: by the names that tools give them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from reelsift.domain.context import Context
from reelsift.domain.filters import Lack
from reelsift.domain.line import RecordedAnswer
from reelsift.domain.video import ObjectRef
from reelsift.manifests.encodings import as_western
from reelsift.manifests.formulas import written_cell
from reelsift.manifests.locations import bucket_of_location, is_location, read_location, read_object_location
from reelsift.manifests.manifest_row import GoodRow
from reelsift.manifests.object_names import check_bucket, check_key, check_version, decode_key
from reelsift.manifests.told_context import column_context, column_member, is_context
from reelsift.manifests.told_values import is_nothing, told_answer, told_etag, told_size, told_time

_BLANK = " \t"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NO_LETTER = re.compile(r"[\W_]")
_LONGEST_NAME = 200

_OF_WHAT = (
    "",
    "s3",
    "object",
    "s3object",
    "source",
    "src",
    "input",
    "file",
    "video",
    "media",
    "asset",
    "aws",
    "target",
)


def _named(*words: str) -> tuple[str, ...]:
    """The words alone, and with what people put before them: `key`, `s3key`, `objectkey`, `videokey`."""
    return tuple(dict.fromkeys(f"{of_what}{word}" for word in words for of_what in _OF_WHAT))


BUCKETS = _named("bucket", "bucketname", "bucketarn")
KEYS = (*_named("key", "objectkey", "keyname", "objectname", "path", "name", "filename"), "object", "file")
URIS = (
    *_named("uri", "url", "arn", "location", "path", "link"),
    *("video", "object", "file", "source", "s3", "href"),
    # SageMaker's manifests, MediaConvert's jobs and Transcribe's.
    *("sourceref", "fileinput", "mediafileuri"),
)
VERSIONS = _named("versionid", "version")
ETAGS = _named("etag")
SIZES = (*_named("size", "sizebytes", "sizeinbytes", "bytes"), "contentlength")
TIMES = _named("lastmodifieddate", "lastmodified", "lastmodifiedtime", "lastmodifiedat", "modified", "modifiedtime")
ANSWERS = ("answer", "answeruri", "answerlocation")
ANALYSES = ("analysis", "answeranalysis")
"""Names as `column_name` has them, those that say most first."""


def column_name(name: str) -> str:
    """A name without case, and without what stands between its words: `Version Id`, `version_id` and `VersionId`."""
    return _known_name(name) if len(name) <= _LONGEST_NAME else ""


@lru_cache(maxsize=1024)
def _known_name(name: str) -> str:
    return _NO_LETTER.sub("", name).casefold()


def first_of(names: Iterable[str], among: Mapping[str, int]) -> int | None:
    """The position of the first of `names` that is `among` the columns."""
    return next((among[name] for name in names if name in among), None)


def count_fields(fields: Sequence[str]) -> str:
    """How many fields a row has, in words."""
    return "1 field" if len(fields) == 1 else f"{len(fields)} fields"


class Columns:
    """Which field of a row says what.

    A row names its object by a bucket and a key (URL-encoded) or by a URI; it may tell a version, an ETag, a size, a
    time, a recorded answer and a context. Other columns are passed over. What a row tells beside its object and cannot
    be read is not known of it.
    """

    __slots__ = (
        "_analysis",
        "_answer",
        "_bucket",
        "_context",
        "_context_members",
        "_count",
        "_etag",
        "_key",
        "_modified",
        "_needed",
        "_size",
        "_tells_more",
        "_uri",
        "_version",
    )

    def __init__(self, names: Sequence[str]) -> None:
        names = unqualified(names)
        known = [column_name(name) for name in names]
        # Backwards, so that of equal names the first counts.
        positions = {name: position for position, name in reversed(list(enumerate(known)))}
        self._count = len(known)
        self._bucket = first_of(BUCKETS, positions)
        self._key = None if self._bucket is None else first_of(KEYS, positions)
        self._uri = first_of(URIS, positions) if self._key is None else None
        if self._key is None and self._uri is None:
            raise ValueError("the columns must name Bucket and Key, or URI")
        self._version = first_of(VERSIONS, positions)
        self._etag = first_of(ETAGS, positions)
        self._size = first_of(SIZES, positions)
        self._modified = first_of(TIMES, positions)
        self._answer = first_of(ANSWERS, positions)
        self._analysis = first_of(ANALYSES, positions)
        self._needed = 1 + max(position for position in (self._bucket, self._key, self._uri) if position is not None)
        self._context = next((position for position, name in enumerate(names) if is_context(name)), None)
        self._context_members = tuple(
            (member, position)
            for position, member in enumerate(column_member(name.strip(_BLANK)) for name in names)
            if member is not None
        )
        more = (self._etag, self._size, self._modified, self._answer, self._context)
        self._tells_more = bool(self._context_members) or any(position is not None for position in more)

    @property
    def uri(self) -> int | None:
        """The position of the URI, where that names the object."""
        return self._uri

    def good_row(self, row: int, fields: Sequence[str]) -> GoodRow:
        """The object that the fields of a row name; ValueError says what is wrong with it."""
        if len(fields) != self._count:
            if len(fields) < self._needed or any(fields[self._count :]):
                raise ValueError(f"the row has {count_fields(fields)} where the columns are {self._count}")
            # Excel leaves out empty fields at the end of a row.
            fields = [*fields, *[""] * (self._count - len(fields))]
        bucket, key, version = self._place(fields)
        if not self._tells_more:
            return GoodRow(row, ObjectRef(bucket, key, version))
        size = etag = modified = None
        unread: tuple[Lack, ...] = ()
        if self._size is not None:
            text = fields[self._size].strip(_BLANK)
            size = told_size(text)
            if size is None and not is_nothing(text):
                unread = (Lack.SIZE,)
        if self._etag is not None:
            etag = told_etag(fields[self._etag].strip(_BLANK))
        if self._modified is not None:
            text = fields[self._modified].strip(_BLANK)
            if not is_nothing(text):
                modified = told_time(text)
                if modified is None:
                    unread = (*unread, Lack.MODIFIED)
        ref = ObjectRef(bucket, key, version, etag, size)
        answer = None if self._answer is None else self._told_answer(fields)
        return GoodRow(row, ref, modified, unread, answer, self._told_context(fields))

    def place_bucket_alone(self, fields: Sequence[str]) -> bool:
        """Whether the field of the bucket is a location that names no key."""
        if self._bucket is None or len(fields) != self._count:
            return False
        text = fields[self._bucket].strip(_BLANK)
        return is_location(text) and not read_location(text).key

    def names_without_quotes(self, fields: Sequence[str]) -> bool:
        """Whether there are as many fields as columns, and those that name the object have no quotes."""
        naming = (self._bucket, self._key, self._uri, self._version)
        return len(fields) == self._count and not any(
            '"' in fields[position] for position in naming if position is not None
        )

    def readable(self, fields: Sequence[str]) -> Sequence[str]:
        """Fields of a row that is not UTF-8, those that do not name its object as they most likely read."""
        naming = (self._bucket, self._key, self._uri, self._version)
        return [text if position in naming else as_western(text) for position, text in enumerate(fields)]

    def _told_answer(self, fields: Sequence[str]) -> RecordedAnswer | None:
        assert self._answer is not None  # noqa: S101 - the caller has asked
        analysis = "" if self._analysis is None else fields[self._analysis]
        return told_answer(fields[self._answer], analysis)

    def _told_context(self, fields: Sequence[str]) -> Context | None:
        if self._context is None and not self._context_members:
            return None
        whole = "" if self._context is None else fields[self._context].strip(_BLANK)
        return column_context(whole, ((name, _cell(fields[position])) for name, position in self._context_members))

    def _place(self, fields: Sequence[str]) -> tuple[str, str, str | None]:
        version = None
        if self._version is not None:
            text = _cell(fields[self._version])
            # S3 calls the version of an object without versions "null": that is one.
            version = None if is_nothing(text) and text != "null" else check_version(text)
        if self._uri is not None:
            ref = read_object_location(fields[self._uri].strip(_BLANK))
            return ref.bucket, ref.key, version or ref.version_id
        assert self._bucket is not None  # noqa: S101 - where there is no URI there are both
        assert self._key is not None  # noqa: S101
        bucket = fields[self._bucket].strip(_BLANK)
        key = fields[self._key].strip(_BLANK)
        if not key.isprintable() and _CONTROL.search(key):
            raise ValueError("the key holds a control character that is not URL-encoded")
        if ":" in key and is_location(key):
            ref = read_object_location(key)
            if bucket and ref.bucket != bucket_of_location(written_cell(bucket)):
                raise ValueError("the row names two buckets")
            return ref.bucket, ref.key, version or ref.version_id
        # Hardly any bucket needs a second look, and there are millions of them.
        if ":" in bucket or bucket[:1] == "'":
            bucket = bucket_of_location(written_cell(bucket))
        return check_bucket(bucket), check_key(decode_key(key)), version


def _cell(field: str) -> str:
    """A field as it was before it was written so that it begins no formula."""
    text = field.strip(_BLANK)
    return written_cell(text) if text[:1] == "'" else text


def unqualified(names: Sequence[str]) -> Sequence[str]:
    """Names without that of the table, which Hive writes before each: `videos.bucket,videos.key`."""
    table, dot, _ = names[0].strip(_BLANK).partition(".")
    start = f"{table}."
    if not dot or is_context(table) or not all(name.strip(_BLANK).startswith(start) for name in names):
        return names
    return [name.strip(_BLANK).removeprefix(start) for name in names]


def names_bucket_and_key(fields: Sequence[str]) -> bool:
    """Whether a row reads like a header that names a bucket and a key."""
    names = {column_name(field) for field in unqualified(fields)}
    return not names.isdisjoint(BUCKETS) and not names.isdisjoint(KEYS)


def uri_column(fields: Sequence[str]) -> int | None:
    """Where a row would name a URI, if it were a header."""
    names = {column_name(field): position for position, field in reversed(list(enumerate(unqualified(fields))))}
    return first_of(URIS, names)


def only_location(fields: Sequence[str]) -> str | None:
    """The one field that says by itself where an object lies; None where there is none, or more than one."""
    found = [field.strip(_BLANK) for field in fields if is_location(field.strip(_BLANK))]
    return found[0] if len(found) == 1 else None
