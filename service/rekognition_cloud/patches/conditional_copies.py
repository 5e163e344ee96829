"""Copies that name the content that is meant."""

from functools import wraps
from typing import Any
from urllib.parse import parse_qs, unquote, urlparse

from moto.s3.exceptions import PreconditionFailed
from moto.s3.responses import S3Response

_IF_MATCH = "x-amz-copy-source-if-match"


def patch_conditional_copies() -> None:
    """Fault: a copy is made whatever its source holds, though it says which ETag is meant."""
    for name in ("copy_object", "upload_part_copy"):
        setattr(S3Response, name, _only_if_it_matches(getattr(S3Response, name)))


def _only_if_it_matches(copy: Any) -> Any:
    @wraps(copy)
    def conditional(self: Any) -> Any:
        wanted = self.headers.get(_IF_MATCH)
        if wanted is not None:
            source = self.headers["x-amz-copy-source"]
            parsed = urlparse(source.decode() if isinstance(source, bytes) else source)
            bucket, key = unquote(parsed.path).lstrip("/").split("/", 1)
            version = parse_qs(parsed.query).get("versionId", [None])[0]
            found = self.backend.get_object(bucket, key, version_id=version)
            if found is not None and found.etag.strip('"') != wanted.strip('"'):
                raise PreconditionFailed(failed_condition=_IF_MATCH)
        return copy(self)

    return conditional
