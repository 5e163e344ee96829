"""What keeps the object of a sealed video from being deleted."""

from dataclasses import dataclass
from enum import StrEnum


class ProtectionKind(StrEnum):
    """How an object is protected: by a legal hold on its versions (S3 Object Lock), by a copy in the bucket of sealed
    videos, or not at all.
    """

    LEGAL_HOLD = "legal_hold"
    COPY = "copy"
    UNPROTECTED = "unprotected"


@dataclass(frozen=True, slots=True)
class Protection:
    """What protects the object of a video, and since when (epoch milliseconds).

    `where` is the object that cannot be lost, an `s3://` address: the video's own under a legal hold, its copy, or
    the unprotected object itself; None where no object of this content was there any more. `versions` are those under
    the hold. `sha256` is the hexadecimal digest of the content, where S3 knows it.
    """

    kind: ProtectionKind
    where: str | None
    at_ms: int
    versions: tuple[str, ...] = ()
    sha256: str | None = None


class ProtectionFailed(Exception):
    """S3 did not protect the object, or did not take the protection away: to be tried again. The message says what S3
    answered, and names no object.
    """


class ProtectionUnderWay(Exception):
    """A large object is copied in several turns, and another one follows: to be called again at once."""
