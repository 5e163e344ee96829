"""What the sources of a batch list, counted while they are read."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from reelsift.batches.submit.even_sample import EvenSample
from reelsift.batches.submit.repetitions import Repetitions
from reelsift.domain.context import LEFT_OUT
from reelsift.domain.filters import VIDEO_SUFFIXES, Lack
from reelsift.domain.video import MAX_VIDEO_BYTES, ObjectRef
from reelsift.manifests.manifest_row import BadRow, FilteredRow, ManifestRow

BAD_SHOWN = 5
"""Bad lines that are shown before anything is submitted."""

BUCKETS_COUNTED = 100
"""Foreign buckets counted one by one: a file that is no manifest could name a million."""

ROWS_KEPT = 100_000
"""Lines that are held against what was analysed before."""


_NO_VERSION = re.compile(r"[0-9]+(?:\.[0-9]+)?(?:[eE]\+?[0-9]+)?|[0-9]{4}-[0-9]{2}-[0-9]{2}.*")
"""What S3 would hardly call a version, and a third column without a name often holds."""

_WITH_COLUMNS = re.compile(r"\.(?:mp4|mov|m4v)[,;|][^/]*\Z", re.IGNORECASE)


class ListedVideo(NamedTuple):
    """An object, and the row that lists it."""

    file: str
    row: int
    ref: ObjectRef

    @property
    def line(self) -> str:
        """What the line is called."""
        return f"{self.file}:{self.row}"


class Unsupported(StrEnum):
    """Why an object can, or may, be no video that Rekognition reads."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    ARCHIVED = "archived"
    CUSTOMER_KEY = "customer_key"
    NAME = "name"
    """It is called like no video; it is tried all the same."""


class Survey:
    """What sources list, counted while they are read.

    Every line is one of these: `bad` (it names no object; `complaints` says why, of the first ones), `filtered` (it
    lacks what the batch asks for), of a bucket that is not allowed (`foreign_buckets`), empty, too large, archived or
    under a customer's key (`unsupported`), or one of the `videos`. `sized` of these have a known size, `size` bytes in
    all, and `rows` is an evenly spread part of them. Of `with_columns` the key seems to have other columns of a table
    behind it, and of `with_numbers` the version is a size or a time. Of `context_cut` not all of the context is kept.
    `passed_over` counts objects that are no line, by what they lack.

    Where only a part was read, `scale` is how much larger the whole is.
    """

    def __init__(self, allowed_buckets: frozenset[str]) -> None:
        self._allowed_buckets = allowed_buckets
        self.scale = 1.0
        self.lines = 0
        self.bad = 0
        self.filtered = 0
        self.videos = 0
        self.sized = 0
        self.size = 0
        self.complaints: list[str] = []
        self.foreign_buckets: Counter[str] = Counter()
        self.unsupported: Counter[Unsupported] = Counter()
        self.passed_over: Counter[str] = Counter()
        self.repetitions = Repetitions()
        self.with_columns = 0
        self.with_numbers = 0
        self.context_cut = 0
        self.rows: EvenSample[ListedVideo] = EvenSample(ROWS_KEPT)

    def pass_over(self, lacks: Mapping[Lack, int]) -> None:
        """Count objects that do not become lines, by what they lack."""
        for lack, number in lacks.items():
            self.passed_over[str(lack)] += number

    def add(self, file: str, rows: Iterable[ManifestRow]) -> None:
        """Count the lines that rows of `file` become."""
        for row in rows:
            self.lines += 1
            if not isinstance(row, BadRow) and row.context is not None:
                self.context_cut += LEFT_OUT in row.context
            if isinstance(row, BadRow):
                self.bad += 1
                if len(self.complaints) < BAD_SHOWN:
                    self.complaints.append(f"{file}:{row.row}: {row.message}: {row.excerpt}")
            elif isinstance(row, FilteredRow):
                self.filtered += 1
            elif row.ref.bucket in self._allowed_buckets:
                self._add_video(ListedVideo(file, row.row, row.ref))
            else:
                self._add_foreign(row.ref.bucket)

    def _add_foreign(self, bucket: str) -> None:
        known = bucket in self.foreign_buckets or len(self.foreign_buckets) < BUCKETS_COUNTED
        self.foreign_buckets[bucket if known else "…"] += 1

    def _add_video(self, video: ListedVideo) -> None:
        ref = video.ref
        if ref.size == 0:
            self.unsupported[Unsupported.EMPTY] += 1
            return
        if ref.size is not None and ref.size > MAX_VIDEO_BYTES:
            self.unsupported[Unsupported.TOO_LARGE] += 1
            return
        if ref.barrier is not None:
            kind = Unsupported.ARCHIVED if ref.barrier.is_archive else Unsupported.CUSTOMER_KEY
            self.unsupported[kind] += 1
            return
        if not ref.key.lower().endswith(VIDEO_SUFFIXES):
            self.unsupported[Unsupported.NAME] += 1
            self.with_columns += _WITH_COLUMNS.search(ref.key) is not None
        self.videos += 1
        self.with_numbers += ref.version_id is not None and _NO_VERSION.fullmatch(ref.version_id) is not None
        if ref.size is not None:
            self.sized += 1
            self.size += ref.size
        self.repetitions.add(ref)
        self.rows.add(video)
