"""Objects: conditional writes under many threads, and lists of versions."""

import threading
from functools import wraps
from typing import Any
from urllib.parse import quote_plus

from moto.core.responses import ActionResult
from moto.s3.exceptions import InvalidObjectState, S3ClientError
from moto.s3.models import ARCHIVE_STORAGE_CLASSES, FakeKey, S3Backend
from moto.s3.responses import S3Response

_WRITES = ("put_object", "delete_object", "_key_response_post")

_KEY_MD5 = "x-amz-server-side-encryption-customer-key-md5"

_REFUSED = 300
"""The first of HTTP's statuses that are no success."""

TIER_METADATA = "x-amz-meta-archive-status"
"""No time passes here in which an object could move into an archive tier: its metadata says in which one it is."""


def patch_s3() -> None:
    patch_conditional_writes()
    patch_version_listing()
    patch_customer_keys()
    patch_archive_tiers()


def patch_conditional_writes() -> None:
    """Fault: nothing keeps other threads out between the check of If-Match or If-None-Match and the write, so that two
    clients both create what only one may.
    """
    lock = threading.RLock()

    def one_at_a_time(write: Any) -> Any:
        @wraps(write)
        def locked(*arguments: Any, **named: Any) -> Any:
            with lock:
                return write(*arguments, **named)

        return locked

    for name in _WRITES:
        setattr(S3Response, name, one_at_a_time(getattr(S3Response, name)))


def patch_version_listing() -> None:
    """Fault: a list of versions ignores `encoding-type=url`. Who decodes its keys, as Terraform does when it empties a
    bucket, gets keys that do not exist where there is a plus or a per cent sign.
    """
    list_versions = S3Response.list_object_versions

    def list_object_versions(self: Any) -> Any:
        if self.querystring.get("encoding-type", [None])[0] != "url":
            return list_versions(self)
        serialized = self.serialized
        # The answer passes here on its way out of the method that makes it.
        self.serialized = lambda answer: serialized(ActionResult(_url_encoded(answer.result)))
        return list_versions(self)

    S3Response.list_object_versions = list_object_versions


def _url_encoded(listing: dict[str, Any]) -> dict[str, Any]:
    encoded = listing | {"EncodingType": "url"}
    for name in ("Prefix", "Delimiter", "KeyMarker", "NextKeyMarker"):
        if encoded.get(name):
            encoded[name] = quote_plus(encoded[name], safe="/")
    for name, key in (("Versions", "Key"), ("DeleteMarkers", "Key"), ("CommonPrefixes", "Prefix")):
        if name in encoded:
            encoded[name] = [each | {key: quote_plus(each[key], safe="/")} for each in encoded[name]]
    return encoded


def patch_customer_keys() -> None:
    """Fault: whoever has put an object under a key of their own (SSE-C) need not show the key to read it."""
    put, get, head = S3Response.put_object, S3Response.get_object, S3Response.head_object

    def put_object(self: Any) -> Any:
        answer = put(self)
        if md5 := self.headers.get(_KEY_MD5):
            self.backend.get_object(self.bucket_name, self.parse_key_name()).customer_key_md5 = md5
        return answer

    def get_object(self: Any) -> Any:
        key = _asked_for(self)
        if key is not None and customer_key_md5(key) not in {None, self.headers.get(_KEY_MD5)}:
            raise S3ClientError(
                "InvalidRequest",
                "The object was stored using a form of Server Side Encryption. The correct parameters must be provided"
                " to retrieve the object.",
            )
        return get(self)

    def head_object(self: Any, bucket_name: str, query: dict[str, Any], key_name: str, headers: Any) -> Any:
        status, answered, body = head(self, bucket_name, query, key_name, headers)
        if status < _REFUSED and customer_key_md5(_asked_for(self)) not in {None, headers.get(_KEY_MD5)}:
            return 400, {}, ""
        return status, answered, body

    S3Response.put_object = put_object
    S3Response.get_object = get_object
    S3Response.head_object = head_object


def patch_archive_tiers() -> None:
    """Fault: S3 Intelligent-Tiering has no archive tiers."""
    get, head, restore = S3Response.get_object, S3Response.head_object, S3Backend.restore_object

    def get_object(self: Any) -> Any:
        key = _asked_for(self)
        if key is not None and archive_tier(key) is not None:
            raise InvalidObjectState(storage_class=key.storage_class)
        return get(self)

    def head_object(self: Any, bucket_name: str, query: dict[str, Any], key_name: str, headers: Any) -> Any:
        status, answered, body = head(self, bucket_name, query, key_name, headers)
        if status < _REFUSED and (tier := archive_tier(_asked_for(self))):
            answered["x-amz-archive-status"] = tier
        return status, answered, body

    def restore_object(self: Any, bucket_name: str, key_name: str, days: str | None, type_: str | None) -> Any:
        key = self.get_object(bucket_name, key_name)
        if key is None or archive_tier(key) is None:
            return restore(self, bucket_name, key_name, days, type_)
        # It moves back into the tier of frequent access, and stays there.
        key.left_archive_tier = True
        return False

    S3Response.get_object = get_object
    S3Response.head_object = head_object
    S3Backend.restore_object = restore_object


def _asked_for(response: Any) -> Any:
    """The object that a request names; None where there is no such object or version."""
    version = response.querystring.get("versionId", [None])[0]
    return response.backend.get_object(response.bucket_name, response.parse_key_name(), version_id=version)


def customer_key_md5(key: FakeKey) -> str | None:
    """The MD5 of the key that a customer has put an object under; None for no such key."""
    return getattr(key, "customer_key_md5", None)


def archive_tier(key: FakeKey) -> str | None:
    """The archive tier of an object of S3 Intelligent-Tiering; None where it is in none, or was restored."""
    if key.storage_class != "INTELLIGENT_TIERING" or getattr(key, "left_archive_tier", False):
        return None
    tier: str | None = key.metadata.get(TIER_METADATA)
    return tier


def is_readable(key: FakeKey) -> bool:
    """Whether anybody may read an object who has no more than the permission to."""
    archived = key.storage_class in ARCHIVE_STORAGE_CLASSES and 'ongoing-request="false"' not in key.response_dict.get(
        "x-amz-restore", ""
    )
    return not archived and archive_tier(key) is None and customer_key_md5(key) is None
