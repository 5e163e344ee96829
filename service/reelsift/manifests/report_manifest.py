"""The manifest.json of a completion report, ours or that of S3 Batch Operations: which files list its rows."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, FailFast, Field, ValidationError

from reelsift.manifests.inventory import MAX_VALUES
from reelsift.manifests.locations import bucket_of_arn
from reelsift.manifests.object_names import check_bucket, check_key
from reelsift.manifests.untrusted_json import Edge, JsonError, load_json

_REPORT_FORMAT = "Report_CSV_"


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A file of rows, without a header."""

    bucket: str
    key: str


class _Result(Edge):
    bucket: Annotated[str, AfterValidator(bucket_of_arn), AfterValidator(check_bucket)] = Field(alias="Bucket")
    key: Annotated[str, AfterValidator(check_key)] = Field(alias="Key")


class _Manifest(Edge):
    format: Annotated[str, Field(alias="Format", pattern=f"^{_REPORT_FORMAT}")]
    results: Annotated[list[_Result], FailFast()] = Field(alias="Results")


def report_files(manifest: bytes) -> list[ReportFile] | None:
    """The files of rows that a manifest.json names; None for one that is of no completion report."""
    # Members without number would take more memory than a worker has.
    if sum(map(manifest.count, (b",", b"[", b"{"))) > MAX_VALUES:
        return None
    try:
        read = _Manifest.model_validate(load_json(manifest.decode("utf-8-sig")))
    except (JsonError, ValidationError, UnicodeDecodeError):
        return None
    return [ReportFile(result.bucket, result.key) for result in read.results]
