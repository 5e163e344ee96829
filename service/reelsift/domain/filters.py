"""Which objects of a list become lines of a batch: said before anything costs."""

import fnmatch
import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum

VIDEO_SUFFIXES = (".mp4", ".mov", ".m4v")
"""What videos in MPEG-4 or MOV, the only ones that Rekognition reads, are called. A bucket holds whatever it holds: to
look at each photograph in it would cost a request and a FAILED line.
"""

_HASHES = 2**64


class Lack(StrEnum):
    """What an object lacks to become a line: the names under which what is passed over is counted."""

    SUFFIX = "suffix"
    GLOB = "glob"
    SIZE = "size"
    MODIFIED = "modified"
    SAMPLE = "sample"
    VERSION = "version"
    """It is not the current version of its object."""
    DELETE_MARKER = "delete_marker"


@dataclass(frozen=True, slots=True)
class Filters:
    """What a batch asks of an object, all of it; nothing where nothing is said.

    `globs` are patterns of the whole key, of which one must match: `*` stands for any characters, a slash among them,
    `?` for one, `[ab]` for one of these. `suffixes` (lower case) likewise, whatever the case of the key; None leaves
    them to the kind of list. Sizes are bytes, times epoch milliseconds, both ends included. `sample` is
    the percentage of the objects to take, above 0 and at most 100. With `all_versions` an inventory's older versions
    count too.
    """

    globs: tuple[str, ...] = ()
    suffixes: tuple[str, ...] | None = None
    min_size: int | None = None
    max_size: int | None = None
    modified_after_ms: int | None = None
    modified_before_ms: int | None = None
    sample: float | None = None
    all_versions: bool = False


class Sieve:
    """Filters made ready for many objects.

    `suffixes` are those where the filters leave them to the kind of list. What is not known of an object (its size,
    when it was modified) it is not asked for.
    """

    def __init__(self, filters: Filters, suffixes: tuple[str, ...] = ()) -> None:
        self._filters = filters
        self._suffixes = suffixes if filters.suffixes is None else filters.suffixes
        self._globs = [re.compile(fnmatch.translate(glob)) for glob in filters.globs]
        self._sampled_below = None if filters.sample is None else int(_HASHES * filters.sample / 100)

    @property
    def asks_time(self) -> bool:
        """Whether it matters when an object was modified."""
        return self._filters.modified_after_ms is not None or self._filters.modified_before_ms is not None

    @property
    def asks_size(self) -> bool:
        """Whether it matters how large an object is."""
        return self._filters.min_size is not None or self._filters.max_size is not None

    def asks(self, lack: Lack) -> bool:
        """Whether it matters what an object's size is, or when it was modified."""
        return (lack is Lack.SIZE and self.asks_size) or (lack is Lack.MODIFIED and self.asks_time)

    @property
    def all_versions(self) -> bool:
        """Whether versions that are not current count too."""
        return self._filters.all_versions

    def ends_well(self, key: str) -> bool:
        """Whether a key has one of the suffixes."""
        return not self._suffixes or key.lower().endswith(self._suffixes)

    def lack(self, key: str, size: int | None = None, modified_ms: int | None = None) -> Lack | None:
        """The first that an object lacks, a place in the sample aside; None for nothing."""
        if not self.ends_well(key):
            return Lack.SUFFIX
        if self._globs and not any(glob.match(key) for glob in self._globs):
            return Lack.GLOB
        filters = self._filters
        if size is not None and _outside(size, filters.min_size, filters.max_size):
            return Lack.SIZE
        if modified_ms is not None and _outside(modified_ms, filters.modified_after_ms, filters.modified_before_ms):
            return Lack.MODIFIED
        return None

    def samples(self, bucket: str, key: str) -> bool:
        """Whether the sample takes an object: always the same ones, whatever the list they come in, and all of a
        smaller sample are in each larger one.
        """
        if self._sampled_below is None:
            return True
        name = f"{bucket}\0{key}".encode("utf-8", "surrogatepass")
        return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest()) < self._sampled_below

    def missing(self, bucket: str, key: str, size: int | None = None, modified_ms: int | None = None) -> Lack | None:
        """The first that an object lacks, a place in the sample last."""
        return self.lack(key, size, modified_ms) or (None if self.samples(bucket, key) else Lack.SAMPLE)


def _outside(value: int, least: int | None, most: int | None) -> bool:
    return (least is not None and value < least) or (most is not None and value > most)
