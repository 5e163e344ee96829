"""Files of other kinds that people take for lists, by how they begin: as text each would be thousands of bad lines."""

_KINDS = {
    b"PK\x03\x04": "an Excel workbook or another zip archive: save its sheet as CSV UTF-8, or unpack it",
    b"\xd0\xcf\x11\xe0": "an Excel workbook: save its sheet as CSV UTF-8",
    b"PAR1": "a Parquet file: write it as CSV",
    b"ORC": "an ORC file: write it as CSV",
    b"Obj\x01": "an Avro file: write it as CSV",
    b"SQLite format 3\x00": "an SQLite database: write its table as CSV",
    b"BZh": "compressed with bzip2: unpack it",
    b"\xfd7zXZ\x00": "compressed with xz: unpack it",
    b"\x28\xb5\x2f\xfd": "compressed with zstd: unpack it",
    b"%PDF-": "a PDF document: write the list as CSV",
}


def foreign_kind(start: bytes) -> str | None:
    """What a file is that begins so, and what to do with it; None for what may be text."""
    kind = next((kind for begins, kind in _KINDS.items() if start.startswith(begins)), None)
    # Text may begin with these letters, too: a row of the bucket ORCA.
    return None if kind is None or (start[:3] in {b"ORC", b"BZh", b"PAR"} and start.isascii()) else kind
