"""The KMS keys that S3 and DynamoDB use for whoever asks them: of an object, of a bucket, of a table.

The keys that AWS makes for a service (`alias/aws/s3`) let in everybody who may use the service, so nobody needs
anything for them; nor is anything asked of a key that does not exist here.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, unquote

from moto.dynamodb.models import dynamodb_backends
from moto.kms.models import kms_backends
from moto.s3.models import FakeKey, s3_backends

from rekognition_cloud.iam.api_call import ApiCall
from rekognition_cloud.iam.rule import Keys, Rule

_Arns = Callable[[ApiCall], Iterable[str]]


def for_objects(action: str, resources: _Arns) -> Rule:
    """An action on a key, by way of S3."""
    return Rule(action, resources, _via("s3"))


def for_tables(action: str, resources: _Arns) -> Rule:
    """An action on a key, by way of DynamoDB."""
    return Rule(action, resources, _via("dynamodb"))


def of_object(call: ApiCall) -> list[str]:
    """The key of the object, or version of it, that a call names."""
    return _of_version(call, call.text("Bucket"), call.text("Key"), call.text("VersionId"))


def of_object_with_checksum(call: ApiCall) -> list[str]:
    """The same where HEAD asks for the checksum too, which is encrypted."""
    return of_object(call) if call.text("ChecksumMode") else []


def of_source(call: ApiCall) -> list[str]:
    """The key of the object that is copied."""
    place, _, query = call.text("CopySource").partition("?")
    bucket, key = unquote(place).lstrip("/").split("/", 1)
    return _of_version(call, bucket, key, parse_qs(query).get("versionId", [""])[0])


def of_target(call: ApiCall) -> list[str]:
    """The key that what is written is put under: the one it names, or the bucket's own."""
    bucket = s3_backends[call.account][call.partition].buckets.get(call.text("Bucket"))
    if bucket is None:
        return []
    named = call.text("SSEKMSKeyId")
    if named or call.text("ServerSideEncryption"):
        return _customers(call, named)
    rule = (bucket.encryption or {}).get("Rule") or {}
    default: dict[str, Any] = rule.get("ApplyServerSideEncryptionByDefault") or {}
    return _customers(call, default.get("KMSMasterKeyID") or "")


def of_tables(names: Callable[[ApiCall], Iterable[str]]) -> _Arns:
    """The keys of the tables whose ARNs `names` gives; that of a table is its indexes' too."""

    def keys(call: ApiCall) -> Iterator[str]:
        for arn in names(call):
            table = dynamodb_backends[call.account][call.region].tables.get(arn.partition("/")[2].partition("/")[0])
            specification = (table.sse_specification if table is not None else None) or {}
            if specification.get("Enabled"):
                yield from _customers(call, specification.get("KMSMasterKeyId") or "")

    return keys


def _of_version(call: ApiCall, bucket: str, key: str, version: str) -> list[str]:
    found = s3_backends[call.account][call.partition].buckets.get(bucket)
    versions = found.keys.getlist(key, default=[]) if found else []
    if version:
        versions = [one for one in versions if str(one.version_id) == version]
    if not versions or not isinstance(versions[-1], FakeKey) or versions[-1].encryption != "aws:kms":
        return []
    return _customers(call, versions[-1].kms_key_id or "")


def _customers(call: ApiCall, named: str) -> list[str]:
    """The ARN of a key by its id, ARN or alias, where it is one of the customer's."""
    if not named:
        return []
    backend = kms_backends[call.account][call.region]
    with suppress(AttributeError, KeyError, TypeError):
        key = backend.keys.get(backend.any_id_to_key_id(named))
        return [] if key is None or key.key_manager == "AWS" else [key.arn]
    return []


def _via(service: str) -> Callable[[ApiCall], Keys]:
    return lambda call: {"kms:viaservice": f"{service}.{call.region}.amazonaws.com"}
