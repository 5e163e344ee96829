"""Text detection: what is to be read in the picture, line by line."""

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from reelsift.domain.analyses.options import Option, Percent
from reelsift.domain.analyses.spec import AnalysisSpec, FoundBy, Judging, Samples
from reelsift.domain.detections import Detection, Row
from reelsift.domain.folding import fold

_ALIKE = str.maketrans("oil|", "0111")
"""What recognition takes for a digit, and a digit for it."""

_SIDES = ("Left", "Top", "Width", "Height")
_FEWEST_POINTS, _MOST_POINTS = 3, 10


def join_key(text: str) -> str:
    """What the readings of one line have in common: "SALE 50%", "Sale 5O%" and "SALE  50 %" are one line.

    Letters count as the digits they look like only in a token that has a digit: "50" is "5O", but "OIL" is no "011".
    Spaces count only so far: where recognition sees one flickers too.
    """
    tokens = fold(text).split(" ")
    return "".join(token.translate(_ALIKE) if any(map(str.isdecimal, token)) else token for token in tokens)


def _read(row: Row) -> Detection | None:
    text = row.inner("TextDetection")
    if text.text("Type") != "LINE":
        # The WORDs of a line come beside it.
        return None
    at_ms, end_ms = row.span()
    written, confidence = text.text("DetectedText"), text.confidence()
    key = join_key(written)
    return Detection(at_ms, written, (), confidence, end_ms, group=key, mark=written) if key else None


def _spellings(samples: Samples) -> dict[str, int]:
    """In how many samples each spelling was read, the commonest first."""
    counts = Counter(spelling for spellings in samples for spelling in spellings)
    return dict(sorted(counts.items(), key=lambda spelling: (-spelling[1], spelling[0])))


def _commonest(samples: Samples) -> str:
    return next(iter(_spellings(samples)))


def _details(samples: Samples) -> dict[str, Any]:
    return {"spellings": _spellings(samples)}


def _regions(value: Any) -> Any:
    """Regions as JSON, in the form that Rekognition takes them. Coordinates are fractions of the picture."""
    if not isinstance(value, str):
        return value
    try:
        regions = json.loads(value)
    except (ValueError, RecursionError):
        regions = None
    match regions:
        case list():
            return tuple(map(_region, regions))
    example = '[{"BoundingBox": {"Left": 0, "Top": 0.8, "Width": 1, "Height": 0.2}}]'
    raise ValueError(f"must be a JSON list, such as {example}")


def _region(region: Any) -> dict[str, Any]:
    match region:
        case {"BoundingBox": {"Left": _, "Top": _, "Width": _, "Height": _, **others} as box} if not others:
            sides = {side: _fraction(box[side]) for side in _SIDES}
            read: dict[str, Any] = {"BoundingBox": sides}
            area = sides["Width"] * sides["Height"]
        case {"Polygon": list(listed)} if _FEWEST_POINTS <= len(listed) <= _MOST_POINTS:
            points = [_point(point) for point in listed]
            read = {"Polygon": points}
            area = _area(points)
        case _:
            raise ValueError(
                f"must hold regions that are a BoundingBox of {', '.join(_SIDES)} or a Polygon of {_FEWEST_POINTS} to"
                f" {_MOST_POINTS} points"
            )
    if len(region) > 1:
        raise ValueError("must hold regions that are one BoundingBox or one Polygon, and nothing else")
    if not area:
        raise ValueError("must hold regions that have an area")
    return read


def _area(points: Sequence[Mapping[str, float]]) -> float:
    """Twice the area of a polygon, as a part of the picture, by the shoelace formula."""
    around = pairwise([*points, points[0]])
    return abs(math.fsum(here["X"] * there["Y"] - there["X"] * here["Y"] for here, there in around))


def _point(point: Any) -> dict[str, float]:
    match point:
        case {"X": x, "Y": y, **others} if not others:
            return {"X": _fraction(x), "Y": _fraction(y)}
    raise ValueError("must hold points that have X and Y, and nothing else")


def _fraction(number: Any) -> float:
    if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number <= 1:
        raise ValueError("must hold coordinates from 0 to 1, parts of the picture's width and height")
    return float(number)


Fraction = Annotated[float, Field(ge=0, le=1)]
Regions = Annotated[tuple[dict[str, Any], ...], Field(max_length=10), BeforeValidator(_regions)]

_MIN_CONFIDENCE = Option(
    name="text_min_confidence",
    kind=Percent,
    default=80.0,
    description="Words that Rekognition is less sure of are not answered.",
    member="Filters.WordFilter.MinConfidence",
)

SPEC = AnalysisSpec(
    title="text detection",
    start="StartTextDetection",
    get="GetTextDetection",
    ask_from=_MIN_CONFIDENCE,
    options=(
        _MIN_CONFIDENCE,
        Option(
            name="text_min_height",
            kind=Fraction | None,
            description="Words less high than this part of the picture are not answered.",
            member="Filters.WordFilter.MinBoundingBoxHeight",
        ),
        Option(
            name="text_min_width",
            kind=Fraction | None,
            description="Words less wide than this part of the picture are not answered.",
            member="Filters.WordFilter.MinBoundingBoxWidth",
        ),
        Option(
            name="text_regions",
            kind=Regions,
            default=(),
            description="Regions of the picture in which text is looked for, as a JSON list of what Rekognition calls"
            " RegionOfInterest; unless set, everywhere.",
            member="Filters.RegionsOfInterest",
        ),
    ),
    rows="TextDetections",
    version="TextModelVersion",
    nominal_step_ms=500,
    read=_read,
    find_label=_commonest,
    details=_details,
    judging=Judging.WRITING,
    found_by=FoundBy.TEXT,
    personal=True,
)
