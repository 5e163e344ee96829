"""S3's own messages about new objects, as S3 Event Notifications and EventBridge send them.

The two name things differently, and only notifications encode the key (S3 user guide, "Event message structure" and
"EventBridge event message structure"; both seen in recordings).
"""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError

from reelsift.domain.video import ObjectRef
from reelsift.manifests.manifest_row import BadRow, GoodRow, ReadRow, excerpt
from reelsift.manifests.object_names import check_bucket, check_etag, check_key, check_version, decode_key
from reelsift.manifests.untrusted_json import Edge, explain

TEST_EVENT = "s3:TestEvent"
"""What S3 sends once to a queue that it is configured to notify."""

_CREATED = "ObjectCreated:"
_EVENTBRIDGE_CREATED = "Object Created"

_Size = Annotated[int, Field(ge=0, le=2**63 - 1)]
_VersionId = Annotated[str, AfterValidator(check_version)]
_ETag = Annotated[str, AfterValidator(check_etag)]


class _Bucket(Edge):
    name: Annotated[str, AfterValidator(check_bucket)]


class _NotifiedObject(Edge):
    key: Annotated[str, AfterValidator(decode_key), AfterValidator(check_key)]
    version_id: _VersionId | None = Field(None, alias="versionId")
    etag: _ETag | None = Field(None, alias="eTag")
    size: _Size | None = None


class _NotifiedEntity(Edge):
    bucket: _Bucket
    object: _NotifiedObject


class _Record(Edge):
    s3: _NotifiedEntity


class _EventBridgeObject(Edge):
    key: Annotated[str, AfterValidator(check_key)]
    version_id: _VersionId | None = Field(None, alias="version-id")
    etag: _ETag | None = None
    size: _Size | None = None


class _EventBridgeDetail(Edge):
    bucket: _Bucket
    object: _EventBridgeObject


class _EventBridgeEvent(Edge):
    detail: _EventBridgeDetail


@dataclass(frozen=True, slots=True)
class S3News:
    """What one message says: new objects by record, counted from 1, and the names of events that make none."""

    rows: tuple[ReadRow, ...]
    passed_over: tuple[str, ...]


def read_records(records: list[Any]) -> S3News:
    """The objects created according to the `Records` of an S3 event notification."""
    rows: list[ReadRow] = []
    passed_over: list[str] = []
    for row, record in enumerate(records, 1):
        event = record.get("eventName") if isinstance(record, dict) else None
        if not isinstance(event, str) or "s3" not in record:
            rows.append(BadRow(row, "the record is not one of an S3 event: it lacks eventName or s3", ""))
        elif event.removeprefix("s3:").startswith(_CREATED):
            rows.append(_created(row, record))
        else:
            passed_over.append(event)
    return S3News(tuple(rows), tuple(passed_over))


def read_eventbridge(event: dict[str, Any]) -> S3News:
    """The object created according to an EventBridge event; other sources and detail types create none."""
    source, kind = event.get("source"), event["detail-type"]
    if source != "aws.s3" or kind != _EVENTBRIDGE_CREATED:
        return S3News((), (f"{source if isinstance(source, str) else 'unknown source'} {kind}",))
    try:
        detail = _EventBridgeEvent.model_validate(event).detail
    except ValidationError as error:
        message = f"the EventBridge event names no object: {explain(error)}"
        return S3News((BadRow(1, message, _raw_key(event.get("detail"))),), ())
    return S3News((GoodRow(1, _ref(detail.bucket, detail.object)),), ())


def _created(row: int, record: dict[str, Any]) -> ReadRow:
    try:
        entity = _Record.model_validate(record).s3
    except ValidationError as error:
        return BadRow(row, f"the S3 event names no object: {explain(error)}", _raw_key(record["s3"]))
    return GoodRow(row, _ref(entity.bucket, entity.object))


def _ref(bucket: _Bucket, thing: _NotifiedObject | _EventBridgeObject) -> ObjectRef:
    return ObjectRef(bucket.name, thing.key, thing.version_id, thing.etag, thing.size)


def _raw_key(entity: Any) -> str:
    match entity:
        case {"object": {"key": str(key)}}:
            return excerpt(key)
    return ""
