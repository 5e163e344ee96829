"""Where the work bucket keeps the reports of batches."""

from datetime import UTC, datetime

from reelsift.domain.batch import Batch

REPORTS = "reports/"

LINES = f"{REPORTS}parquet/"
SEGMENTS = f"{REPORTS}segments/"
"""Folders of Parquet, each for all batches of a deployment, so that one table reads them."""


def folder(batch_id: str) -> str:
    """Where everything lies that is of one batch alone."""
    return f"{REPORTS}{batch_id}/"


def _name(chunk: int, piece: int | None) -> str:
    """What the files of a chunk are called; of one that only counts each piece has its own."""
    return f"{chunk:09d}" if piece is None else f"{chunk:09d}-{piece:06d}"


def rows_key(batch_id: str, chunk: int, status: str, piece: int | None = None) -> str:
    """The rows of a chunk, or of a piece of it, with this status, `succeeded` or `failed`."""
    return f"{folder(batch_id)}results/{_name(chunk, piece)}-{status}.csv"


def part_key(batch_id: str, chunk: int, piece: int | None = None) -> str:
    """What the batch's end needs of a chunk, or of a piece of it, so that it need not read the outcomes again."""
    return f"batches/{batch_id}/report/{_name(chunk, piece)}.json.gz"


def lines_key(batch: Batch, chunk: int, piece: int | None = None) -> str:
    """The lines of a chunk, or of a piece of it, in Parquet."""
    return f"{LINES}{_partition(batch)}part-{_name(chunk, piece)}.parquet"


def segments_folder(batch: Batch) -> str:
    """Where the segments of a batch's videos lie in Parquet."""
    return f"{SEGMENTS}{_partition(batch)}"


def segments_key(batch: Batch, chunk: int, piece: int | None = None) -> str:
    """The segments of the videos of a chunk, or of a piece of it, in Parquet."""
    return f"{segments_folder(batch)}part-{_name(chunk, piece)}.parquet"


def _partition(batch: Batch) -> str:
    """Partitions as Athena, Spark and DuckDB read them. The date is that of submitting."""
    date = datetime.fromtimestamp(batch.created_ms / 1000, UTC).date().isoformat()
    return f"date={date}/batch={batch.batch_id}/"


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
