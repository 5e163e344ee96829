"""A Parquet file of any number of rows, made piece by piece in bounded memory.

pyarrow is imported here only when a file is written: it takes half a second and 60 MB.
"""

from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from typing import Any

from reelsift.reports.parquet import COMPRESSION

BATCH_ROWS = 2_000
"""Rows that are held as Python's own values, some MB, before they become columns."""

GROUP_ROWS = 50_000
GROUP_BYTES = 32 * 1024 * 1024
"""The rows of a row group, as columns some 20 MB: so much of a file is held before it is written. Texts that are
spelled in very many ways fill one with fewer rows.
"""

Row = Sequence[Any]
"""What the columns of a row are made of."""


class RowFile:
    """Makes the file. Equal rows in equal order give equal bytes."""

    def __init__(self, schema: Any, values: Mapping[str, Callable[..., Any]]) -> None:
        """`values` has for each column of the Arrow schema the function that makes its value of the parts of a row."""
        from pyarrow.parquet import ParquetWriter  # type: ignore[import-untyped]

        self._schema = schema
        self._values = values
        self._body = BytesIO()
        self._writer = ParquetWriter(self._body, schema, compression=COMPRESSION)
        self._waiting: list[Row] = []
        self._batches: list[Any] = []

    def add(self, rows: Sequence[Row]) -> None:
        """Append rows."""
        self._waiting += rows
        if len(self._waiting) >= BATCH_ROWS:
            self._convert()
        self._write_full_group()

    def add_batch(self, batch: Any) -> None:
        """Append the rows of an Arrow record batch of the same schema."""
        self._convert()
        self._batches.append(batch)
        self._write_full_group()

    def take(self) -> bytes:
        """What there is of the file since the last call."""
        body = self._body.getvalue()
        # Not the position: the writer counts what it has written, and says where in the file its row groups are.
        self._body.seek(0)
        self._body.truncate()
        return body

    def close(self) -> bytes:
        """The end of the file."""
        self._write_group()
        self._writer.close()
        return self.take()

    def _convert(self) -> None:
        import pyarrow as pa  # type: ignore[import-untyped]

        if not self._waiting:
            return
        columns = [
            pa.array([self._values[field.name](*row) for row in self._waiting], field.type) for field in self._schema
        ]
        self._batches.append(pa.RecordBatch.from_arrays(columns, schema=self._schema))
        self._waiting = []

    def _write_full_group(self) -> None:
        rows = sum(batch.num_rows for batch in self._batches)
        if rows >= GROUP_ROWS or sum(batch.nbytes for batch in self._batches) >= GROUP_BYTES:
            self._write_group()

    def _write_group(self) -> None:
        import pyarrow as pa

        self._convert()
        if self._batches:
            self._writer.write_table(pa.Table.from_batches(self._batches), row_group_size=2 * GROUP_ROWS)
        self._batches = []
