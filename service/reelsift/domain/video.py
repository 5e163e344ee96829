"""A video: one content of one S3 object."""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime

from reelsift.domain.barrier import Barrier
from reelsift.domain.context import Context

MAX_VIDEO_BYTES = 10 * 1024**3
"""Rekognition Video reads objects of at most 10 GB (AWS General Reference)."""

VIDEO_ID = re.compile(r"[0-9a-f]{40}")

NULL_VERSION = "null"
"""The version id S3 gives what was written while a bucket's versioning was off; it names no fixed content."""


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """What a line says of its object: an address, and whatever else its source happened to know.

    `key` is plain (never URL-encoded); `etag` carries no quotes; `size` is in bytes; `barrier` is what kept the object
    from being read when its list was made.
    """

    bucket: str
    key: str
    version_id: str | None = None
    etag: str | None = None
    size: int | None = None
    barrier: Barrier | None = None

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


@dataclass(frozen=True, slots=True)
class Video:
    """One content of one S3 object, as HeadObject described it.

    The version only addresses the object; the identity is bucket, key and ETag. `sha256` is the hexadecimal digest of
    the whole content, where S3 knows it and was asked. `context` is what the object's metadata say for the context of
    its lines, just after HEAD and in deployments that ask for it; it makes no video another one.
    """

    bucket: str
    key: str
    etag: str
    version_id: str | None = None
    size: int | None = None
    last_modified: datetime | None = None
    sha256: str | None = None
    context: Context | None = field(default=None, compare=False)

    @property
    def video_id(self) -> str:
        """40 hexadecimal digits of SHA-256 over bucket, key and ETag. NUL cannot stand in a bucket or an ETag."""
        identity = f"{self.bucket}\0{self.etag}\0{self.key}"
        return hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:40]

    @property
    def pinned(self) -> bool:
        """Whether a version fixes the content, so that it cannot change while it is analysed."""
        return self.version_id is not None and self.version_id != NULL_VERSION

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.key}"
