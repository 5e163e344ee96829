"""Where a page of a long list ended, and what is no such place."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from starlette.requests import Request

from reelsift.console.call import BadRequest, Call
from reelsift.console.leading.cursor import cursor, going_on, place_asked


def call(query: str) -> Call:
    nothing: Any = None
    return Call(nothing, nothing, Request({"type": "http", "query_string": query.encode(), "headers": []}))


@pytest.mark.parametrize("place", [[1, ["a"]], {"0": [50.5, "v"], "1": [2, "w"]}, {"chunk": 3, "line": "é"}])
def test_a_place_is_found_again(place: Any) -> None:
    assert place_asked(call(f"after={cursor(place)}")) == place
    assert place_asked(call("")) is None


@pytest.mark.parametrize(
    "place",
    [[1, "é" * 451], [1, ""], {"": 1}, [10**15], [float("nan")], [float("-inf")], ["\ud800"], [[[["x" * 901]]]]],
)
def test_what_no_key_is_made_of_is_no_place(place: Any) -> None:
    with pytest.raises(BadRequest, match="begin it anew"):
        place_asked(call(f"after={cursor(place)}"))


def refused_by_dynamodb() -> ClientError:
    said = "The provided starting key is outside query boundaries based on provided conditions"
    return ClientError({"Error": {"Code": "ValidationException", "Message": said}}, "Query")


def test_a_place_outside_of_what_is_asked_for_is_refused_and_a_fault_stays_one() -> None:
    with pytest.raises(BadRequest, match="begin it anew"), going_on(call("after=x")):
        raise refused_by_dynamodb()
    with pytest.raises(ClientError), going_on(call("")):
        raise refused_by_dynamodb()
