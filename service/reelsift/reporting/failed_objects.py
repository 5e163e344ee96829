"""The objects of a batch's lines that FAILED so far, as a manifest that can be submitted again."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO

from reelsift.domain.video import ObjectRef
from reelsift.reporting.lines import ReportRead
from reelsift.reports.completion_report import csv_text, manifest_row
from reelsift.reports.report_line import failed_objects


@dataclass(frozen=True, slots=True)
class FailedObjects:
    """`rows` objects, kept in a file. `nameless` lines FAILED and name no object, so they have no row. Where any object
    has a version id (`versions`), all rows have that column.
    """

    rows: int
    nameless: int
    versions: bool
    kept: IO[str]

    def csv(self) -> Iterator[str]:
        """The rows as CSV, in the order of the lines."""
        self.kept.seek(0)
        for line in self.kept:
            yield csv_text([manifest_row(ObjectRef(*json.loads(line)), versions=self.versions)])


@asynccontextmanager
async def read_failed_objects(read: ReportRead) -> AsyncIterator[FailedObjects]:
    """Read a batch to its end, and keep what failed in a file of this machine until the context is left."""
    rows, versions = 0, False
    with TemporaryFile("w+", encoding="utf-8") as kept:
        async for lines in read.chunks():
            for ref in failed_objects(lines):
                kept.write(json.dumps([ref.bucket, ref.key, ref.version_id]) + "\n")
                rows += 1
                versions = versions or ref.version_id is not None
        yield FailedObjects(rows, read.failed - rows, versions, kept)
