"""Sizes worked out by hand from the rules of the developer guide."""

from typing import Any

import pytest

from rekognition_cloud.metering.item_size import item_size


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "reelsift"}, 8),
        ({"S": "überblick"}, 10),
        ({"N": "0"}, 1),
        ({"N": "27"}, 2),
        ({"N": "1794704400000"}, 5),
        ({"N": "0.0500"}, 2),
        ({"N": "98.765"}, 4),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"B": "aGFsbG8="}, 5),
        ({"L": []}, 3),
        ({"L": [{"S": "Weapons"}, {"N": "98"}]}, 3 + 1 + 7 + 1 + 2),
        ({"M": {"name": {"S": "x"}}}, 3 + 1 + 4 + 1),
    ],
)
def test_an_attribute_is_its_name_and_its_value(value: dict[str, Any], size: int) -> None:
    assert item_size({"ab": value}) == 2 + size


def test_an_item_is_the_sum_of_its_attributes() -> None:
    assert item_size({"video_id": {"S": "a" * 40}, "slot": {"N": "7"}}) == 8 + 40 + 4 + 2
