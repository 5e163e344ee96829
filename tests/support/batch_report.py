"""Reads a completion report of S3 Batch Operations as a tool does that knows AWS's reports."""

import csv
import json
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import unquote_plus


class ReportRow(NamedTuple):
    """A task of the job: a line. `http` is None where the column is empty."""

    bucket: str
    key: str
    version_id: str | None
    status: str
    http: int | None
    error: str | None
    message: str


class ResultFile(NamedTuple):
    """A file of rows, as the report's manifest names it."""

    status: str
    bucket: str
    key: str
    md5: str


def result_files(manifest: bytes) -> list[ResultFile]:
    document = json.loads(manifest)
    assert document["Format"] == "Report_CSV_20180820"
    assert sorted(document["ReportSchema"].split(", ")) == sorted(
        ["Bucket", "Key", "VersionId", "TaskStatus", "HTTPStatusCode", "ErrorCode", "ResultMessage"]
    )
    return [
        ResultFile(result["TaskExecutionStatus"], result["Bucket"], result["Key"], result["MD5Checksum"])
        for result in document["Results"]
    ]


def report_rows(manifest: bytes, read: Callable[[ResultFile], bytes]) -> Iterator[ReportRow]:
    """The rows of all files; each row must be of its file's status."""
    for file in result_files(manifest):
        text = read(file).decode("utf-8")
        for bucket, key, version, status, http, error, message in csv.reader(text.splitlines()):
            assert status == file.status
            yield ReportRow(
                bucket, unquote_plus(key), version or None, status, int(http) if http else None, error or None, message
            )
