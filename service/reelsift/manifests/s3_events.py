"""S3's own messages about new objects, as S3 Event Notifications and EventBridge send them.

The two name things differently, and only notifications encode the key (S3 user guide, "Event message structure" and
"EventBridge event message structure"; both seen in recordings).
"""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError

from reelsift.domain.video import ObjectRef
from reelsift.manifests.manifest_row import BadRow, GoodRow, ReadRow, excerpt
from reelsift.manifests.object_names import check_bucket, check_key, check_version, decode_key
from reelsift.manifests.told_values import size_of, told_etag
from reelsift.manifests.untrusted_json import Edge, explain

TEST_EVENT = "s3:TestEvent"
"""What S3 sends once to a queue that it is configured to notify."""

_CREATED = "ObjectCreated:"
_OTHERS = (
    *("ObjectRemoved:", "ObjectTagging:", "ObjectAcl:", "ObjectRestore:", "ObjectAccessed:", "ObjectAnnotation:"),
    *("ReducedRedundancyLostObject", "Replication:", "LifecycleExpiration:", "LifecycleTransition"),
    *("IntelligentTiering", "TestEvent"),
)
"""How the names of events begin that make no object (S3 user guide, "Supported event types"); MinIO's besides."""

_EVENTBRIDGE_CREATED = "Object Created"
_OTHER_DETAILS = frozenset(
    {
        *("Object Deleted", "Object Restore Initiated", "Object Restore Completed", "Object Restore Expired"),
        *("Object Storage Class Changed", "Object Access Tier Changed", "Object ACL Updated"),
        *("Object Tags Added", "Object Tags Deleted"),
    }
)
_OTHER_REASONS = frozenset({"DeleteObject", "Lifecycle Expiration"})
_OTHER_MEMBERS = frozenset(
    {"deletion-type", "restore-expiry-time", "destination-storage-class", "destination-access-tier"}
)

_CLOUDTRAIL = "AWS API Call via CloudTrail"
_CALLS_THAT_CREATE = frozenset({"PutObject", "PostObject", "CopyObject", "CompleteMultipartUpload", "RenameObject"})

_SCHEDULED = (("aws.events", "Scheduled Event"), ("aws.scheduler", "Scheduled Event"))
"""A schedule, of a rule or of EventBridge Scheduler, wakes a fleet that sleeps, and asks for nothing."""

# What an event tells beside its object never spoils it: templates of EventBridge write numbers as text.
_Size = Annotated[int | None, BeforeValidator(size_of)]
_VersionId = Annotated[str, AfterValidator(check_version)]
_ETag = Annotated[str | None, BeforeValidator(lambda etag: told_etag(etag) if isinstance(etag, str) else None)]


class _Bucket(Edge):
    name: Annotated[str, AfterValidator(check_bucket)]


class _NotifiedObject(Edge):
    key: Annotated[str, AfterValidator(decode_key), AfterValidator(check_key)]
    version_id: _VersionId | None = Field(None, alias="versionId")
    etag: _ETag = Field(None, alias="eTag")
    size: _Size = None


class _NotifiedEntity(Edge):
    bucket: _Bucket
    object: _NotifiedObject


class _Record(Edge):
    s3: _NotifiedEntity


class _EventBridgeObject(Edge):
    key: Annotated[str, AfterValidator(check_key)]
    version_id: _VersionId | None = Field(None, alias="version-id")
    etag: _ETag = None
    size: _Size = None


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


class UnknownEventError(ValueError):
    """An event of which nobody can tell whether it makes an object; the message says which it is."""


def read_record(row: int, record: Any) -> S3News:
    """The object created according to one of the `Records` of an S3 event notification, or of CloudTrail."""
    if is_call(record):
        return read_call(record, row)
    event = record.get("eventName") if isinstance(record, dict) else None
    if not isinstance(event, str) or "s3" not in record:
        return S3News((BadRow(row, "the record is not one of an S3 event: it lacks eventName or s3", ""),), ())
    name = event.removeprefix("s3:")
    if name.startswith(_CREATED):
        return S3News((_created(row, record),), ())
    if name.startswith(_OTHERS):
        return S3News((), (event,))
    return S3News((BadRow(row, f"nobody knows whether the event {excerpt(event)} makes an object", ""),), ())


def read_eventbridge(event: dict[str, Any]) -> S3News:
    """The object created according to an event of EventBridge, S3's own or a call that CloudTrail has seen.

    Raises UnknownEventError for an event of anything else.
    """
    source, kind = event.get("source"), event["detail-type"]
    name = f"{source if isinstance(source, str) else 'unknown source'} {kind}"
    if source == "aws.s3" and kind == _EVENTBRIDGE_CREATED:
        return _detailed(event)
    if (source == "aws.s3" and kind in _OTHER_DETAILS) or (source, kind) in _SCHEDULED:
        return S3News((), (name,))
    if source == "aws.s3" and kind == _CLOUDTRAIL and is_call(event.get("detail")):
        return read_call(event["detail"])
    raise UnknownEventError(
        f"the event {excerpt(name)!r} is none of S3's about objects: send a line with the members bucket and key"
    )


def is_detail(value: dict[str, Any]) -> bool:
    """Whether an object is the `detail` of an S3 event of EventBridge alone, as an input path leaves it."""
    return isinstance(value.get("bucket"), dict) and isinstance(value.get("object"), dict)


def read_detail(detail: dict[str, Any]) -> S3News:
    """The object created according to the `detail` of an event, whose kind only its members tell."""
    reason = detail.get("reason")
    if (isinstance(reason, str) and reason in _OTHER_REASONS) or not _OTHER_MEMBERS.isdisjoint(detail):
        return S3News((), ("an event of EventBridge",))
    return _detailed({"detail": detail})


def is_call(value: Any) -> bool:
    """Whether a value is CloudTrail's record of a call."""
    if not isinstance(value, dict) or "s3" in value:
        # S3's own events have requestParameters too.
        return False
    return "requestParameters" in value and isinstance(value.get("eventName"), str)


def read_call(call: dict[str, Any], row: int = 1) -> S3News:
    """The object that a call of S3 has made, as CloudTrail records it; its key is plain."""
    name = str(call["eventName"])
    if call.get("eventSource") != "s3.amazonaws.com":
        return S3News((BadRow(row, f"the call {excerpt(name)} is none of S3", ""),), ())
    if name not in _CALLS_THAT_CREATE or call.get("errorCode") is not None:
        return S3News((), (name,))
    asked, answered = call["requestParameters"], call.get("responseElements")
    parameters = asked if isinstance(asked, dict) else {}
    version = answered.get("x-amz-version-id") if isinstance(answered, dict) else None
    detail = {
        "bucket": {"name": parameters.get("bucketName")},
        "object": {"key": parameters.get("key"), "version-id": version},
    }
    return _detailed({"detail": detail}, row, f"CloudTrail's record of {name}")


def _detailed(event: dict[str, Any], row: int = 1, what: str = "the EventBridge event") -> S3News:
    try:
        detail = _EventBridgeEvent.model_validate(event).detail
    except ValidationError as error:
        message = f"{what} names no object: {explain(error)}"
        return S3News((BadRow(row, message, _raw_key(event.get("detail"))),), ())
    return S3News((GoodRow(row, _ref(detail.bucket, detail.object)),), ())


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
