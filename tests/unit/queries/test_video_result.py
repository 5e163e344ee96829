"""What is told of one video."""

from dataclasses import replace

import pytest

from reelsift.domain.failure import Failure, Reason
from reelsift.domain.job import Answered, JobState
from reelsift.domain.line import LineId
from reelsift.queries.video_result import LINES_NAMED, describe, describe_waiting
from support.jobs import make_job


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


def test_what_an_earlier_attempt_found_is_said_to_stand() -> None:
    failure = Failure(Reason.UNSUPPORTED_CODEC, "Unsupported codec/format.")
    failed = make_job(state=JobState.CLOSED, attempt=2, failure=failure)
    again = replace(failed, earlier=Answered(1, "results/l.json"))
    assert describe(failed) == "FAILED, unsupported_codec: Unsupported codec/format."
    assert describe(again) == f"{describe(failed)}; what attempt 1 found stands"
