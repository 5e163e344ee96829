"""Of a large inventory an evenly spread part is read before it is submitted."""

from hypothesis import given
from hypothesis import strategies as st

from reelsift.batches.submit.inventory import evenly_spread
from reelsift.domain.batch import SourceFile


def files(sizes: list[int]) -> list[SourceFile]:
    return [SourceFile("b", number, str(number), str(number), size, "") for number, size in enumerate(sizes)]


def test_a_small_inventory_is_read_whole() -> None:
    listed = files([10, 20, 30])
    assert evenly_spread(listed, 60) == listed


def test_of_a_large_one_files_from_its_beginning_to_its_end_are_read() -> None:
    assert [file.number for file in evenly_spread(files([10] * 100), 100)] == list(range(0, 100, 10))


@given(st.lists(st.integers(0, 1000), max_size=50), st.integers(0, 10_000))
def test_at_least_one_file_is_read_and_none_twice(sizes: list[int], limit: int) -> None:
    listed = files(sizes)
    chosen = evenly_spread(listed, limit)
    numbers = [file.number for file in chosen]
    assert numbers == sorted(set(numbers))
    assert bool(chosen) is bool(listed)
