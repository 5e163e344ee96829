"""An object of S3 as a member of JSON names it, by whichever names."""

from collections.abc import Iterable, Mapping
from typing import Any

from reelsift.domain.filters import Lack
from reelsift.domain.line import RecordedAnswer
from reelsift.domain.video import ObjectRef
from reelsift.manifests.columns import (
    ANALYSES,
    ANSWERS,
    BUCKETS,
    ETAGS,
    KEYS,
    SIZES,
    TIMES,
    URIS,
    VERSIONS,
    column_name,
)
from reelsift.manifests.locations import bucket_of_arn, is_location, read_object_location
from reelsift.manifests.manifest_row import GoodRow
from reelsift.manifests.object_names import check_bucket, check_key, check_version, decode_key
from reelsift.manifests.told_context import COLUMN, told_context
from reelsift.manifests.told_values import is_nothing, size_of, time_of, told_answer, told_etag

WANTED = "name an object by bucket and key, or by a uri such as s3://bucket/key"

_MOST_MEMBERS = 200
_VERSIONS = tuple(name for name in VERSIONS if name != "version")
"""A `version` beside an object's name is that of an event's format. Within `S3Object` it is the object's."""
_TYPES = frozenset({"S", "N", "BOOL", "NULL", "M", "L", "SS", "NS", "B", "BS"})
"""What DynamoDB wraps a value in."""

_WRAPPERS = ("Video", "video", "S3Object", "s3Object")


def place_members(value: Any) -> dict[str, Any] | None:
    """What a value says of an object, by our own names: `bucket` and `key` (plain), and where it tells them
    `version_id`, `etag`, `size` and `modified`, unchecked; None for what names no object.

    Understood are a URI alone; objects that name bucket and key, or a URI, by the names of `columns`; those of the API
    of Rekognition (`{"Video": {"S3Object": …}}`) and of EventBridge (`{"bucket": {"name": …}, "object": {"key": …}}`);
    and the tasks of S3 Batch Operations, whose keys are URL-encoded. ValueError for a URI that cannot be read.
    """
    if isinstance(value, str):
        return _of_location(value.strip()) if is_location(value.strip()) else None
    if not isinstance(value, dict) or "JobId" in value:
        # Rekognition's own messages name the video of a job: it is no new one.
        return None
    wrapped = False
    for wrapper in _WRAPPERS:
        if isinstance(value.get(wrapper), dict):
            value, wrapped = value[wrapper], True
    match value:
        case {"bucket": str(), "key": str()}:
            # The names that lines are written with: most have them, and nothing has to be looked for.
            found = {"bucket": value["bucket"], "key": value["key"]}
        case {"bucket": {"name": str(bucket)}, "object": {"key": str(key)}}:
            inner = value["object"]
            return {"bucket": bucket, "key": key} | _told(inner, _known(inner), wrapped=wrapped)
        case _:
            named = _named(value)
            if named is None:
                return None
            found = named
    return found | _told(value, _known(value), wrapped=wrapped)


def read_json_row(row: int, value: Any) -> GoodRow:
    """The object that a value in a list of JSON names; ValueError says what is wrong with it."""
    value = _untyped(value)
    members = place_members(value)
    if members is None:
        raise ValueError(WANTED)
    size, modified = size_of(members.get("size")), time_of(members.get("modified"))
    unread = tuple(
        lack
        for lack, name, found in ((Lack.SIZE, "size", size), (Lack.MODIFIED, "modified", modified))
        if found is None and not _says_nothing(members.get(name))
    )
    version, etag = members.get("version_id"), members.get("etag")
    ref = ObjectRef(
        check_bucket(members["bucket"]),
        check_key(members["key"]),
        check_version(version) if isinstance(version, str) else None,
        told_etag(etag) if isinstance(etag, str) else None,
        size,
    )
    context = told_context(value.get(COLUMN)) if isinstance(value, dict) else None
    return GoodRow(row, ref, modified, unread, _answer(value), context)


def _untyped(value: Any) -> Any:
    """An item of DynamoDB as its members say it: `{"Item": {"key": {"S": "a.mp4"}}}`."""
    item = value["Item"] if isinstance(value, dict) and len(value) == 1 and "Item" in value else value
    if not isinstance(item, dict) or not item or not all(map(_is_typed, item.values())):
        return value
    return {name: next(iter(typed.values())) for name, typed in item.items()}


def _is_typed(value: Any) -> bool:
    return isinstance(value, dict) and len(value) == 1 and not _TYPES.isdisjoint(value)


def _answer(value: Any) -> RecordedAnswer | None:
    """The recorded answer that an object in a list names beside its video."""
    if not isinstance(value, dict):
        return None
    known = _known(value)
    uri, analysis = _first(value, known, ANSWERS), _first(value, known, ANALYSES)
    return told_answer(uri, analysis if isinstance(analysis, str) else "") if isinstance(uri, str) else None


def _says_nothing(value: Any) -> bool:
    return value is None or (isinstance(value, str) and is_nothing(value.strip()))


def _known(value: Mapping[str, Any]) -> dict[str, str]:
    """The members by their names without case and what stands between words, the first of equal ones."""
    if len(value) > _MOST_MEMBERS:
        return {}
    known: dict[str, str] = {}
    for name in value:
        known.setdefault(column_name(name), name)
    return known


def _first(value: Mapping[str, Any], known: Mapping[str, str], names: Iterable[str]) -> Any:
    return next((value[known[name]] for name in names if name in known), None)


def _named(value: Mapping[str, Any]) -> dict[str, Any] | None:
    known = _known(value)
    bucket, key = _first(value, known, BUCKETS), _first(value, known, KEYS)
    if isinstance(bucket, str) and isinstance(key, str):
        # A task of S3 Batch Operations.
        return {"bucket": bucket_of_arn(bucket), "key": decode_key(key) if "taskid" in known else key}
    if bucket is None:
        # s5cmd calls a whole URI a key.
        for uri in (_first(value, known, URIS), key):
            if isinstance(uri, str) and is_location(uri.strip()):
                return _of_location(uri.strip())
    return None


def _of_location(uri: str) -> dict[str, Any]:
    ref = read_object_location(uri)
    return {"bucket": ref.bucket, "key": ref.key} | ({} if ref.version_id is None else {"version_id": ref.version_id})


def _told(value: Mapping[str, Any], known: Mapping[str, str], *, wrapped: bool) -> dict[str, Any]:
    """What a value says beside the object's name. Our own names are meant as they stand."""
    versions = VERSIONS if wrapped else _VERSIONS
    told = {
        name: value[name] if name in value else _first(value, known, names)
        for name, names in (("version_id", versions), ("etag", ETAGS), ("size", SIZES), ("modified", TIMES))
    }
    version = told["version_id"]
    if "version_id" not in value and isinstance(version, str) and is_nothing(version) and version != "null":
        told["version_id"] = None
    return {name: member for name, member in told.items() if member is not None}
