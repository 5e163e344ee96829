"""A region of interest keeps what lies in it more than half."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rekognition_cloud.rekognition.refusal import Refusal
from rekognition_cloud.rekognition.region import check_regions, is_within


def box(left: float, top: float, width: float, height: float) -> dict[str, float]:
    return {"Left": left, "Top": top, "Width": width, "Height": height}


def polygon(*corners: tuple[float, float]) -> dict[str, list[dict[str, float]]]:
    return {"Polygon": [{"X": x, "Y": y} for x, y in corners]}


LOWER_HALF = {"BoundingBox": box(0, 0.5, 1, 0.5)}
LOWER_LEFT = polygon((0, 0), (1, 1), (0, 1))


@pytest.mark.parametrize(
    ("word", "regions", "within"),
    [
        (box(0.1, 0.8, 0.2, 0.1), [LOWER_HALF], True),
        (box(0.1, 0.1, 0.2, 0.1), [LOWER_HALF], False),
        (box(0.1, 0.46, 0.2, 0.1), [LOWER_HALF], True),
        (box(0.1, 0.44, 0.2, 0.1), [LOWER_HALF], False),
        (box(0.0, 0.6, 0.3, 0.3), [LOWER_LEFT], True),
        (box(0.6, 0.0, 0.3, 0.3), [LOWER_LEFT], False),
        (box(0.4, 0.41, 0.2, 0.2), [LOWER_LEFT], True),
        (box(0.41, 0.4, 0.2, 0.2), [LOWER_LEFT], False),
        (box(0.6, 0.0, 0.3, 0.3), [LOWER_HALF, {"BoundingBox": box(0.5, 0, 0.5, 0.5)}], True),
        (box(0.3, 0.3, 0.1, 0.1), [], True),
    ],
)
def test_more_than_half_is_within(word: dict[str, float], regions: list[dict[str, object]], *, within: bool) -> None:
    assert is_within(word, regions) is within


unit = st.floats(0, 1)


@given(unit, unit, st.floats(0.01, 1), st.floats(0.01, 1))
def test_a_box_and_its_corners_are_one_region(left: float, top: float, width: float, height: float) -> None:
    right, bottom = left + width, top + height
    corners = polygon((left, top), (right, top), (right, bottom), (left, bottom))
    for word in (box(0.2, 0.2, 0.3, 0.1), box(0.0, 0.7, 0.9, 0.2)):
        assert is_within(word, [{"BoundingBox": box(left, top, width, height)}]) is is_within(word, [corners])


@pytest.mark.parametrize(
    "region",
    [
        {},
        {"BoundingBox": box(0.1, 0.1, 0, 0.5)},
        polygon((0, 0), (1, 1)),
        polygon((0, 0), (0.5, 0.5), (1, 1)),
        polygon(*((number / 20, number % 2) for number in range(11))),
    ],
)
def test_what_is_no_area_is_refused(region: dict[str, object]) -> None:
    with pytest.raises(Refusal):
        check_regions([region])
