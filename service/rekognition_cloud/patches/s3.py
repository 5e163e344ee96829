"""Objects: conditional writes under many threads, and lists of versions."""

import threading
from functools import wraps
from typing import Any
from urllib.parse import quote_plus

from moto.core.responses import ActionResult
from moto.s3.responses import S3Response

_WRITES = ("put_object", "delete_object", "_key_response_post")


def patch_s3() -> None:
    patch_conditional_writes()
    patch_version_listing()


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
