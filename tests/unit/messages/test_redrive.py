"""What somebody else wrote beside a dead letter names no line, and stops no redrive."""

import pytest

from reelsift.domain.line import LineId
from reelsift.messages.redrive import _line_id


def test_the_line_beside_a_dead_letter_is_read() -> None:
    written = '{"batch": "b", "line": "m.csv:1", "chunk": 2, "round": 3}'
    assert _line_id(written) == LineId("b", "m.csv:1", 2, 3)


@pytest.mark.parametrize(
    "attribute",
    [
        None,
        "",
        "[]",
        '{"batch": "b", "line": "m", "chunk": 1e400, "round": 1}',
        '{"batch": "b", "line": "m", "chunk": NaN, "round": 1}',
        "[" * 100_000,
    ],
)
def test_anything_else_names_none(attribute: str | None) -> None:
    assert _line_id(attribute) is None
