"""Where the work bucket keeps the reports of batches."""

from datetime import UTC, datetime

from reelsift.domain.batch import Batch

REPORTS = "reports/"

PARQUET = f"{REPORTS}parquet/"
"""One folder for all batches of a deployment, so that one table reads them."""


def folder(batch_id: str) -> str:
    """Where everything lies that is of one batch alone."""
    return f"{REPORTS}{batch_id}/"


def rows_key(batch_id: str, chunk: int, status: str) -> str:
    """The rows of a chunk with this status, `succeeded` or `failed`."""
    return f"{folder(batch_id)}results/{chunk:09d}-{status}.csv"


def part_key(batch_id: str, chunk: int) -> str:
    """What the batch's end needs of a chunk, so that it need not read the chunk's outcomes again."""
    return f"batches/{batch_id}/report/{chunk:09d}.json.gz"


def parquet_key(batch: Batch, chunk: int) -> str:
    """A chunk in Parquet, below partitions as Athena, Spark and DuckDB read them. The date is that of submitting."""
    date = datetime.fromtimestamp(batch.created_ms / 1000, UTC).date().isoformat()
    return f"{PARQUET}date={date}/batch={batch.batch_id}/part-{chunk:09d}.parquet"


def manifest_key(batch_id: str) -> str:
    """The first file of a report, written last: it names the files of rows."""
    return f"{folder(batch_id)}manifest.json"


def checksum_key(batch_id: str) -> str:
    """The MD5 of the report's manifest, as S3 Batch Operations leaves it beside it."""
    return f"{manifest_key(batch_id)}.md5"


def failed_key(batch_id: str) -> str:
    """The lines that FAILED, as a manifest."""
    return f"{folder(batch_id)}failed.csv"


def page_key(batch_id: str) -> str:
    """The report for people."""
    return f"{folder(batch_id)}report.html"


def summary_key(batch_id: str) -> str:
    """The report's numbers, and a list of all its files, for programs."""
    return f"{folder(batch_id)}summary.json"
