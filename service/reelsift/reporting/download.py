"""All files of a stored report, copied to a folder and checked against their checksums."""

import asyncio
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from botocore.exceptions import ClientError

from reelsift.aws.deployment import Deployment
from reelsift.aws.errors import code_of
from reelsift.batches.lookup import batch_named
from reelsift.domain.batch import OVER
from reelsift.errors import (
    FileIsThere,
    ForeignReportFile,
    ReportFileChanged,
    ReportFileDeleted,
    ReportMissing,
    ReportNotWritten,
)
from reelsift.reports import report_keys

FILES_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Downloaded:
    """How many files the report has, of how many bytes, and how many of them were in the folder already."""

    files: int
    size: int
    there: int


async def download(deployment: Deployment, batch_id: str, folder: Path, *, overwrite: bool = False) -> Downloaded:
    """Copy the report. What an earlier, interrupted copy has brought is not fetched again.

    Raises FileIsThere where one of its files would replace another, unless it is to `overwrite`: then nothing was
    copied.

    Raises NoSuchBatch; ReportNotWritten and ReportMissing where there is no report; ForeignReportFile,
    ReportFileChanged and ReportFileDeleted where one of its files is not as the report says.
    """
    batch = await batch_named(deployment.batches, batch_id)
    if batch.state not in OVER:
        raise ReportNotWritten(batch_id, batch.state)
    key = report_keys.summary_key(batch_id)
    try:
        summary = await deployment.work.get(key)
    except ClientError as error:
        if code_of(error) != "NoSuchKey":
            raise
        raise ReportMissing(batch_id, f"s3://{deployment.work.bucket}/{key}") from None
    files = json.loads(summary)["files"]
    targets = [(file, folder / _path(batch_id, file["key"])) for file in files]
    last = folder / _path(batch_id, key)
    if not overwrite:
        targets_by_digest = [(target, file["md5"]) for file, target in targets]
        targets_by_digest.append((last, hashlib.md5(summary, usedforsecurity=False).hexdigest()))
        await asyncio.to_thread(_keep_others, targets_by_digest)
    there = 0
    for start in range(0, len(targets), FILES_AT_ONCE):
        some = targets[start : start + FILES_AT_ONCE]
        there += sum(await asyncio.gather(*(_fetch(deployment, file, target) for file, target in some)))
    # Last, so that a folder with it has all other files.
    last.write_bytes(summary)
    return Downloaded(len(files) + 1, sum(file["bytes"] for file in files) + len(summary), there)


def _path(batch_id: str, key: str) -> PurePosixPath:
    """Where a file of the report stands in the folder. Raises ForeignReportFile for one that is no file of a report."""
    own = report_keys.folder(batch_id)
    base = own if key.startswith(own) else report_keys.REPORTS
    path = PurePosixPath(key.removeprefix(base))
    if not key.startswith(base) or path.is_absolute() or ".." in path.parts:
        raise ForeignReportFile(batch_id, key)
    return path


async def _fetch(deployment: Deployment, file: Mapping[str, Any], target: Path) -> bool:
    """Copy one file. Whether it was there already."""
    if await asyncio.to_thread(_is_there, target, file["md5"]):
        return True
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f"{target.name}.part")
    checksum = hashlib.md5(usedforsecurity=False)
    uri = f"s3://{deployment.work.bucket}/{file['key']}"
    try:
        with unfinished.open("wb") as body:
            async for piece in deployment.work.pieces(file["key"]):
                checksum.update(piece)
                body.write(piece)
        if checksum.hexdigest() != file["md5"]:
            raise ReportFileChanged(uri)
        unfinished.replace(target)
    except ClientError as error:
        if code_of(error) != "NoSuchKey":
            raise
        raise ReportFileDeleted(uri) from None
    finally:
        unfinished.unlink(missing_ok=True)
    return False


def _keep_others(targets: Iterable[tuple[Path, str]]) -> None:
    """Raises FileIsThere for the first file that holds something else."""
    for target, md5 in targets:
        if target.exists() and not _is_there(target, md5):
            raise FileIsThere(str(target))


def _is_there(target: Path, md5: str) -> bool:
    if not target.is_file():
        return False
    with target.open("rb") as body:
        return hashlib.file_digest(body, lambda: hashlib.md5(usedforsecurity=False)).hexdigest() == md5
