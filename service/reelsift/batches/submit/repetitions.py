"""How many lines of a batch name an object that an earlier line names, counted in bounded memory."""

from array import array

from reelsift.domain.video import ObjectRef

MAX_KEPT = 8_000_000
"""Hashes kept at a time: 64 MB."""

_FEW = 100_000
"""So many fit into a set without anybody noticing; more are worth the half second in which pyarrow is loaded."""

_BITS = 64


class Repetitions:
    """Counts by 64-bit hashes of bucket, key and version: of a thousand million objects hardly one is miscounted.

    Where there are more than `limit` objects, the count is that of every second, fourth, … of them by hash, and so an
    estimate: all lines of one object have one hash.
    """

    def __init__(self, limit: int = MAX_KEPT) -> None:
        self._limit = limit
        self._kept = array("Q")
        self._dropped_bits = 0

    def add(self, ref: ObjectRef) -> None:
        value = hash((ref.bucket, ref.key, ref.version_id)) % 2**_BITS
        if value & self._mask:
            return
        self._kept.append(value)
        if len(self._kept) > self._limit:
            self._dropped_bits += 1
            self._kept = array("Q", (value for value in self._kept if not value & self._mask))

    @property
    def exact(self) -> bool:
        return self._dropped_bits == 0

    def count(self) -> int:
        return (len(self._kept) - self._distinct()) << self._dropped_bits

    @property
    def _mask(self) -> int:
        return (1 << self._dropped_bits) - 1

    def _distinct(self) -> int:
        if len(self._kept) <= _FEW:
            return len(set(self._kept))
        import pyarrow as pa  # type: ignore[import-untyped]
        from pyarrow import compute

        values = pa.Array.from_buffers(pa.uint64(), len(self._kept), [None, pa.py_buffer(self._kept)])
        return int(compute.count_distinct(values).as_py())
