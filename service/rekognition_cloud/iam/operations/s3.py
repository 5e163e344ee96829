"""Buckets and objects."""

from collections.abc import Callable
from urllib.parse import parse_qs, unquote

from moto.s3.models import FakeKey, s3_backends

from rekognition_cloud.iam.api_call import ApiCall
from rekognition_cloud.iam.operations import encryption
from rekognition_cloud.iam.rule import Operations, Rule, anything

_Arns = Callable[[ApiCall], list[str]]


def content_arn(call: ApiCall, bucket: str, key: str) -> str:
    """The ARN of an object, which has neither region nor account."""
    return f"arn:{call.partition}:s3:::{bucket}/{key}"


def _bucket(call: ApiCall) -> list[str]:
    return [f"arn:{call.partition}:s3:::{call.text('Bucket')}"]


def _object(call: ApiCall) -> list[str]:
    return [content_arn(call, call.text("Bucket"), call.text("Key"))]


def _current(call: ApiCall) -> list[str]:
    """The object, where no version of it is asked for."""
    return [] if call.text("VersionId") else _object(call)


def _version(call: ApiCall) -> list[str]:
    return _object(call) if call.text("VersionId") else []


def _bucket_without_object(call: ApiCall) -> list[str]:
    """The bucket, where the object is missing: only who may list it learns that, others read `Access Denied`."""
    bucket = s3_backends[call.account][call.partition].buckets.get(call.text("Bucket"))
    versions = bucket.keys.getlist(call.text("Key"), default=[]) if bucket else []
    if version := call.text("VersionId"):
        versions = [one for one in versions if str(one.version_id) == version]
    # The last one may be a delete marker.
    return [] if versions and isinstance(versions[-1], FakeKey) else _bucket(call)


def _with(parameter: str) -> _Arns:
    """The object, where the request has this parameter."""
    return lambda call: _object(call) if call.text(parameter) else []


def _deleted(*, versions: bool) -> _Arns:
    def arns(call: ApiCall) -> list[str]:
        return [
            content_arn(call, call.text("Bucket"), entry["Key"])
            for entry in call.parameters["Objects"]
            if bool(entry.get("VersionId")) is versions
        ]

    return arns


def _source(*, versions: bool) -> _Arns:
    """The object that is copied: `/bucket/key?versionId=…`, URL-encoded."""

    def arns(call: ApiCall) -> list[str]:
        place, _, query = call.text("CopySource").partition("?")
        if ("versionId" in parse_qs(query)) is not versions:
            return []
        return [content_arn(call, *unquote(place).lstrip("/").split("/", 1))]

    return arns


def _listing(call: ApiCall) -> dict[str, str]:
    asked = {"s3:prefix": "Prefix", "s3:delimiter": "Delimiter"}
    return {key: call.text(parameter) for key, parameter in asked.items() if parameter in call.parameters}


def _version_id(call: ApiCall) -> dict[str, str]:
    return {"s3:versionid": call.text("VersionId")}


_DECRYPT = encryption.for_objects("kms:Decrypt", encryption.of_object)
_DECRYPT_CHECKSUM = encryption.for_objects("kms:Decrypt", encryption.of_object_with_checksum)
_DECRYPT_SOURCE = encryption.for_objects("kms:Decrypt", encryption.of_source)
_DECRYPT_PART = encryption.for_objects("kms:Decrypt", encryption.of_target)
"""Parts are encrypted before they become an object, and read again when they do."""
_ENCRYPT = encryption.for_objects("kms:GenerateDataKey", encryption.of_target)

_HEAD = (
    Rule("s3:GetObject", _current),
    Rule("s3:GetObjectVersion", _version, _version_id),
    Rule("s3:ListBucket", _bucket_without_object),
)
_WRITE = (
    Rule("s3:PutObject", _object),
    Rule("s3:PutObjectTagging", _with("Tagging")),
    Rule("s3:PutObjectAcl", _with("ACL")),
    Rule("s3:PutObjectLegalHold", _with("ObjectLockLegalHoldStatus")),
    Rule("s3:PutObjectRetention", _with("ObjectLockMode")),
    _ENCRYPT,
)


def _tagging(action: str) -> tuple[Rule, ...]:
    """The tags of an object, or of one of its versions."""
    return (
        Rule(f"s3:{action}ObjectTagging", _current),
        Rule(f"s3:{action}ObjectVersionTagging", _version, _version_id),
    )


S3: Operations = {
    "GetObject": (*_HEAD, _DECRYPT),
    "HeadObject": (*_HEAD, _DECRYPT_CHECKSUM),
    "PutObject": _WRITE,
    "CreateMultipartUpload": (*_WRITE, _DECRYPT_PART),
    "UploadPart": (Rule("s3:PutObject", _object), _ENCRYPT, _DECRYPT_PART),
    "UploadPartCopy": (
        Rule("s3:PutObject", _object),
        Rule("s3:GetObject", _source(versions=False)),
        Rule("s3:GetObjectVersion", _source(versions=True)),
        _DECRYPT_SOURCE,
        _ENCRYPT,
        _DECRYPT_PART,
    ),
    "CompleteMultipartUpload": (Rule("s3:PutObject", _object), _DECRYPT_PART),
    "AbortMultipartUpload": (Rule("s3:AbortMultipartUpload", _object),),
    "ListParts": (Rule("s3:ListMultipartUploadParts", _object),),
    "CopyObject": (
        *_WRITE,
        Rule("s3:GetObject", _source(versions=False)),
        Rule("s3:GetObjectVersion", _source(versions=True)),
        _DECRYPT_SOURCE,
    ),
    "DeleteObject": (Rule("s3:DeleteObject", _current), Rule("s3:DeleteObjectVersion", _version, _version_id)),
    "DeleteObjects": (
        Rule("s3:DeleteObject", _deleted(versions=False)),
        Rule("s3:DeleteObjectVersion", _deleted(versions=True)),
    ),
    "GetObjectTagging": _tagging("Get"),
    "PutObjectTagging": _tagging("Put"),
    "DeleteObjectTagging": _tagging("Delete"),
    # One action each, whether or not a version is named.
    "GetObjectLegalHold": (Rule("s3:GetObjectLegalHold", _object),),
    "PutObjectLegalHold": (Rule("s3:PutObjectLegalHold", _object),),
    "GetObjectRetention": (Rule("s3:GetObjectRetention", _object),),
    "PutObjectRetention": (Rule("s3:PutObjectRetention", _object),),
    "GetObjectLockConfiguration": (Rule("s3:GetBucketObjectLockConfiguration", _bucket),),
    "HeadBucket": (Rule("s3:ListBucket", _bucket),),
    "ListObjects": (Rule("s3:ListBucket", _bucket, _listing),),
    "ListObjectsV2": (Rule("s3:ListBucket", _bucket, _listing),),
    "ListObjectVersions": (Rule("s3:ListBucketVersions", _bucket, _listing),),
    "ListMultipartUploads": (Rule("s3:ListBucketMultipartUploads", _bucket, _listing),),
    "ListBuckets": (Rule("s3:ListAllMyBuckets", anything),),
    "CreateBucket": (Rule("s3:CreateBucket", _bucket),),
    "DeleteBucket": (Rule("s3:DeleteBucket", _bucket),),
    "GetBucketEncryption": (Rule("s3:GetEncryptionConfiguration", _bucket),),
    "PutBucketEncryption": (Rule("s3:PutEncryptionConfiguration", _bucket),),
    "GetBucketLocation": (Rule("s3:GetBucketLocation", _bucket),),
    "GetBucketPolicy": (Rule("s3:GetBucketPolicy", _bucket),),
    "PutBucketPolicy": (Rule("s3:PutBucketPolicy", _bucket),),
    "GetBucketVersioning": (Rule("s3:GetBucketVersioning", _bucket),),
    "PutBucketVersioning": (Rule("s3:PutBucketVersioning", _bucket),),
    "GetBucketNotificationConfiguration": (Rule("s3:GetBucketNotification", _bucket),),
    "PutBucketNotificationConfiguration": (Rule("s3:PutBucketNotification", _bucket),),
}
