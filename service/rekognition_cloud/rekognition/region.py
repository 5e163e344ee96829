"""Regions of interest: what lies in them more than half is kept, as the service's model describes them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from rekognition_cloud.rekognition.refusal import invalid_parameter

Point = tuple[float, float]

_LEAST_CORNERS = 3
_MOST_CORNERS = 10


def check_regions(regions: Iterable[Mapping[str, Any]]) -> None:
    """Raises Refusal: InvalidParameterException for a region that is no area: neither box nor polygon, a polygon of
    fewer than 3 points or more than 10, a box without width or height.
    """
    for region in regions:
        corners = region.get("Polygon")
        if corners is None and "BoundingBox" not in region:
            raise invalid_parameter()
        if corners is not None and not _LEAST_CORNERS <= len(corners) <= _MOST_CORNERS:
            raise invalid_parameter()
        if not _area(_corners(region)):
            raise invalid_parameter()


def is_within(box: Mapping[str, float], regions: Sequence[Mapping[str, Any]]) -> bool:
    """Whether more than half of a bounding box lies in one of the regions; where there are none, it does."""
    return not regions or any(_common_area(_corners(region), box) > _area_of(box) / 2 for region in regions)


def _corners(region: Mapping[str, Any]) -> list[Point]:
    if "Polygon" in region:
        return [(corner.get("X", 0.0), corner.get("Y", 0.0)) for corner in region["Polygon"]]
    left, top, right, bottom = _edges(region["BoundingBox"])
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _edges(box: Mapping[str, float]) -> tuple[float, float, float, float]:
    left, top = box.get("Left", 0.0), box.get("Top", 0.0)
    return left, top, left + box.get("Width", 0.0), top + box.get("Height", 0.0)


def _area_of(box: Mapping[str, float]) -> float:
    return box["Width"] * box["Height"]


def _area(corners: Sequence[Point]) -> float:
    """The shoelace formula."""
    return abs(sum(x * v - u * y for (x, y), (u, v) in pairwise([*corners, *corners[:1]]))) / 2


def _common_area(corners: list[Point], box: Mapping[str, float]) -> float:
    """The area of a polygon within a box: what is left of it after a cut along each edge of the box."""
    left, top, right, bottom = _edges(box)
    for inside in (
        lambda point: point[0] - left,
        lambda point: right - point[0],
        lambda point: point[1] - top,
        lambda point: bottom - point[1],
    ):
        corners = _cut(corners, inside)
    return _area(corners)


def _cut(corners: list[Point], inside: Callable[[Point], float]) -> list[Point]:
    """The part of a polygon where `inside`, which is linear, is not negative."""
    kept: list[Point] = []
    for here, there in pairwise([*corners, *corners[:1]]):
        a, b = inside(here), inside(there)
        if a >= 0:
            kept.append(here)
        if a * b < 0:
            share = a / (a - b)
            kept.append((here[0] + share * (there[0] - here[0]), here[1] + share * (there[1] - here[1])))
    return kept
