"""Cases that are tried in one test."""

import pytest

from support.cases import every_case


def test_all_are_tried_and_each_that_fails_is_named() -> None:
    tried: list[int] = []

    def try_them() -> None:
        with every_case() as case:
            for number in range(4):
                with case(number, "from zero"):
                    tried.append(number)
                    assert number % 2 == 0

    with pytest.raises(ExceptionGroup, match="2 of 4 cases fail") as failed:
        try_them()
    assert tried == [0, 1, 2, 3]
    notes = [note for failure in failed.value.exceptions for note in failure.__notes__]
    assert notes == ["in the case of 1, from zero", "in the case of 3, from zero"]


def test_where_there_is_none_nothing_is_proven() -> None:
    with pytest.raises(AssertionError, match="there is no case"), every_case():
        pass


def test_what_breaks_off_the_test_breaks_it_off() -> None:
    with pytest.raises(KeyboardInterrupt), every_case() as case, case("a key"):
        raise KeyboardInterrupt
