"""What is counted while a list is read: in bounded memory, and as it is."""

from hypothesis import given
from hypothesis import strategies as st

from reelsift.batches.submit.even_sample import EvenSample
from reelsift.batches.submit.repetitions import Repetitions
from reelsift.domain.video import ObjectRef


@given(st.integers(0, 500), st.integers(1, 40))
def test_a_sample_is_all_of_a_short_stream_and_an_even_part_of_a_long_one(number: int, limit: int) -> None:
    sample: EvenSample[int] = EvenSample(limit)
    for item in range(number):
        sample.add(item)
    assert sample.seen == number
    assert sample.whole is (number <= limit)
    if sample.whole:
        assert sample.items == list(range(number))
    else:
        assert limit // 2 <= len(sample.items) <= limit
        assert len({second - first for first, second in zip(sample.items, sample.items[1:], strict=False)}) <= 1
        assert sample.items[0] == 0


@given(st.lists(st.integers(0, 20), max_size=60))
def test_a_line_that_names_what_an_earlier_one_names_is_a_repetition(numbers: list[int]) -> None:
    repetitions = Repetitions()
    for number in numbers:
        repetitions.add(ObjectRef("videos", f"{number}.mp4"))
    assert repetitions.count() == len(numbers) - len(set(numbers))


def test_another_version_or_bucket_is_no_repetition_but_another_etag_is() -> None:
    repetitions = Repetitions()
    for ref in (ObjectRef("b", "k"), ObjectRef("b", "k", "v"), ObjectRef("c", "k"), ObjectRef("b", "k", None, "e")):
        repetitions.add(ref)
    assert repetitions.count() == 1


def test_of_more_than_can_be_kept_repetitions_are_estimated_by_a_part_of_the_objects() -> None:
    repetitions = Repetitions(limit=2_000)
    for _ in range(2):
        for number in range(10_000):
            repetitions.add(ObjectRef("videos", f"{number}.mp4"))
    assert not repetitions.exact
    assert 8_000 < repetitions.count() < 12_000


def test_many_are_counted_as_few_are() -> None:
    repetitions = Repetitions()
    for number in range(100_001):
        repetitions.add(ObjectRef("videos", str(number % 100_000)))
    assert (repetitions.count(), repetitions.exact) == (1, True)
