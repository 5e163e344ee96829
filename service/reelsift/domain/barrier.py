"""What keeps an object that is there from being read, in S3's own words."""

from enum import StrEnum


class Barrier(StrEnum):
    """An archive (a storage class, or a tier of S3 Intelligent-Tiering), or a key that only the customer has."""

    GLACIER = "GLACIER"
    DEEP_ARCHIVE = "DEEP_ARCHIVE"
    ARCHIVE_ACCESS = "ARCHIVE_ACCESS"
    DEEP_ARCHIVE_ACCESS = "DEEP_ARCHIVE_ACCESS"
    CUSTOMER_KEY = "SSE-C"

    @property
    def is_archive(self) -> bool:
        """Whether restoring the object takes the barrier away."""
        return self is not Barrier.CUSTOMER_KEY


_CLASSES = {"GLACIER": Barrier.GLACIER, "DEEP_ARCHIVE": Barrier.DEEP_ARCHIVE}

# S3 documents the tiers as HEAD names them; inventories and events have been seen with the short names, too.
_TIERS = {
    "ARCHIVE": Barrier.ARCHIVE_ACCESS,
    "ARCHIVE_ACCESS": Barrier.ARCHIVE_ACCESS,
    "DEEP_ARCHIVE": Barrier.DEEP_ARCHIVE_ACCESS,
    "DEEP_ARCHIVE_ACCESS": Barrier.DEEP_ARCHIVE_ACCESS,
}


def barrier_of(storage_class: str = "", access_tier: str = "", encryption: str = "") -> Barrier | None:
    """What keeps an object from being read, by its storage class, its tier of S3 Intelligent-Tiering and its encryption
    as S3 words them, in any case; None where nothing does, or nobody knows. GLACIER_IR and ARCHIVE_INSTANT_ACCESS are
    read at once, whatever they are called.
    """
    if _name(encryption) == "SSE_C":
        return Barrier.CUSTOMER_KEY
    return _TIERS.get(_name(access_tier)) or _CLASSES.get(_name(storage_class))


def _name(word: str) -> str:
    return word.strip().upper().replace("-", "_").replace(" ", "_")
