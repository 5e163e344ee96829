"""Answers of a Get* operation as botocore's model of it allows them, whatever the operation is."""

import random
from functools import cache
from typing import Any

from botocore.model import ListShape, Shape, StringShape, StructureShape
from botocore.session import Session
from hypothesis import strategies as st

from reelsift.domain.analysis import Analysis

_STRETCH = {"StartTimestampMillis", "EndTimestampMillis", "DurationMillis"}
_LATEST_MS = 60_000
_MADE = 12
"""Different values of what is nested deeper than what a row says of itself."""
_TEXTS = st.sampled_from("ABC")
"""Few, so that one label is seen many times."""
_READINGS = st.sampled_from(["SALE 50%", "sale  5O%", "SALE \uff150%", "OIL", "0IL", "oil", " "])
"""Of a line of text: some are the same line."""


@cache
def _row_shape(analysis: Analysis) -> StructureShape:
    """What botocore's model says of one row of the answer."""
    operation = Session().get_service_model("rekognition").operation_model(analysis.spec.get)
    assert operation.output_shape is not None
    rows = operation.output_shape.members[analysis.spec.rows]
    assert isinstance(rows, ListShape)
    assert isinstance(rows.member, StructureShape)
    return rows.member


@st.composite
def rows_of(draw: st.DrawFn, analysis: Analysis) -> list[dict[str, Any]]:
    """Rows of one answer: all at a time, or all stretches where the operation can give such."""
    shape = _row_shape(analysis)
    can = [by for by, has in ((False, "Timestamp"), (True, "EndTimestampMillis")) if has in shape.members]
    stretches = draw(st.sampled_from(can))
    rows: list[dict[str, Any]] = draw(st.lists(_row(analysis), max_size=12))
    for row in rows:
        if stretches:
            row["EndTimestampMillis"] = row["StartTimestampMillis"] + row["DurationMillis"]
        else:
            for member in _STRETCH & row.keys():
                del row[member]
    return rows


@cache
def _row(analysis: Analysis) -> st.SearchStrategy[dict[str, Any]]:
    return _values(_row_shape(analysis), depth=0)


def _values(shape: Shape, *, depth: int, name: str = "") -> st.SearchStrategy[Any]:
    """A row, and what stands in it, of every value there is. What is nested deeper (boxes, landmarks, parents) is one
    of a few: drawn member by member, it would take most of the time of each test.
    """
    if depth > 1 and isinstance(shape, StructureShape | ListShape):
        return st.sampled_from([_made(shape, number) for number in range(_MADE)])
    if isinstance(shape, StructureShape):
        return st.fixed_dictionaries(
            {member: _values(inner, depth=depth + 1, name=member) for member, inner in shape.members.items()}
        )
    if isinstance(shape, ListShape):
        return st.lists(_values(shape.member, depth=depth + 1), max_size=2)
    return _plain(shape, name)


def _plain(shape: Shape, name: str) -> st.SearchStrategy[Any]:
    if isinstance(shape, StringShape):
        texts = _READINGS if name == "DetectedText" else _TEXTS
        return st.sampled_from(shape.enum) if shape.enum else texts
    match shape.type_name:
        case "boolean":
            return st.booleans()
        case "integer" | "long":
            return st.integers(0, _LATEST_MS // 100).map(lambda value: value * 100)
        case _:
            return st.floats(0, 100 if name == "Confidence" else 1, width=32)


def _made(shape: Shape, number: int) -> Any:
    """The value of this number, the same each time."""
    chance = random.Random(number)

    def value(shape: Shape) -> Any:
        if isinstance(shape, StructureShape):
            return {member: value(inner) for member, inner in shape.members.items()}
        if isinstance(shape, ListShape):
            return [value(shape.member) for _ in range(chance.randint(0, 2))]
        if isinstance(shape, StringShape):
            return chance.choice(shape.enum or "ABC")
        if shape.type_name == "boolean":
            return chance.random() < 0.5
        return chance.randint(0, 600) * 100 if shape.type_name in {"integer", "long"} else chance.random()

    return value(shape)
