"""What is told of one video."""

import pytest

from reelsift.domain.line import LineId
from reelsift.queries.video_result import LINES_NAMED, describe_waiting


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, ""),
        (1, "line list.csv:0 of b waits for it"),
        (2, "2 lines wait for it: list.csv:0 of b, list.csv:1 of b"),
        (LINES_NAMED + 1, "more than 5 lines wait for it: list.csv:0 of b, list.csv:1 of b, list.csv:2 of b,"),
    ],
)
def test_lines_that_wait_are_named_and_very_many_are_not(number: int, words: str) -> None:
    told = describe_waiting([LineId("b", f"list.csv:{row}", 0) for row in range(number)])
    assert told.startswith(words)
    assert told.endswith(" and others") is (number > LINES_NAMED)
