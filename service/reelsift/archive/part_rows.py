"""The rows of a part in memory, for those who write them anew."""

from collections.abc import Collection, Iterator
from typing import Any

from reelsift.archive.part import UnreadablePart, open_part


class PartRows:
    """Reads a part a row group at a time."""

    def __init__(self, body: bytes) -> None:
        """Raises UnreadablePart for a body that is no part, or damaged: nobody may write half of one."""
        import pyarrow as pa  # type: ignore[import-untyped]

        self._file = open_part(pa.BufferReader(body))
        try:
            for group in range(self._file.num_row_groups):
                self._file.read_row_group(group)
        except (pa.ArrowException, OSError) as error:
            raise UnreadablePart(str(error)) from error

    def answers(self) -> set[int]:
        """Its answers: a number for each, by which it is hardly ever taken for another."""
        found: set[int] = set()
        for group in range(self._file.num_row_groups):
            table = self._file.read_row_group(group, columns=["number", "video_id", "analysis", "attempt"])
            found.update(map(hash, _names(table.filter(_is_first(table)))))
        return found

    def has(self, videos: Collection[str]) -> bool:
        """Whether it has rows of one of these videos."""
        return any(
            _are_of(self._file.read_row_group(group, columns=["video_id"]), videos).true_count
            for group in range(self._file.num_row_groups)
        )

    def batches(self, *, without: Collection[int], gone: Collection[str]) -> Iterator[Any]:
        """Its rows, but those of the answers `without` and of the videos `gone`."""
        import pyarrow as pa
        from pyarrow import compute

        again = set(self._named(without)) if without else set()
        for group in range(self._file.num_row_groups):
            table = self._file.read_row_group(group)
            if gone:
                table = table.filter(compute.invert(_are_of(table, gone)))
            if again:
                table = table.filter(pa.array([name not in again for name in _names(table)], pa.bool_()))
            yield from table.combine_chunks().to_batches()

    def _named(self, numbers: Collection[int]) -> Iterator[tuple[str, str, int]]:
        for group in range(self._file.num_row_groups):
            table = self._file.read_row_group(group, columns=["number", "video_id", "analysis", "attempt"])
            yield from (name for name in _names(table.filter(_is_first(table))) if hash(name) in numbers)


def _names(table: Any) -> Iterator[tuple[str, str, int]]:
    """The answer that each row belongs to."""
    columns = (table[name].to_pylist() for name in ("video_id", "analysis", "attempt"))
    return zip(*columns, strict=True)


def _is_first(table: Any) -> Any:
    from pyarrow import compute

    return compute.equal(table["number"], 0)


def _are_of(table: Any, videos: Collection[str]) -> Any:
    import pyarrow as pa
    from pyarrow import compute

    return compute.is_in(table["video_id"].combine_chunks(), value_set=pa.array(sorted(videos), pa.string()))
