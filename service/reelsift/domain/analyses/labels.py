"""Label detection: what there is to see, whether anybody minds or not."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from reelsift.domain.analyses.options import MIN_CONFIDENCE, Distinct, Option
from reelsift.domain.analyses.spec import AnalysisSpec, Judging, Samples
from reelsift.domain.detections import Detection, Row
from reelsift.domain.lineage import Told, longest

_FILTER = re.compile(r"[A-Za-z0-9àâèçñó'-_(). ]{1,50}")
"""What botocore's model takes of a name in a filter. From ' to _ is a range: hyphen, colon and more are in it."""


def _filters(names: tuple[str, ...]) -> tuple[str, ...]:
    if not all(map(_FILTER.fullmatch, names)):
        raise ValueError("has a name that Rekognition refuses: 1 to 50 letters, digits, spaces and simple signs")
    return names


Names = Annotated[tuple[str, ...], Field(max_length=100), Distinct, AfterValidator(_filters)]


def _filter(name: str, description: str, member: str) -> Option:
    place = f"Settings.GeneralLabels.{member}"
    return Option(name=name, kind=Names, default=(), description=description, member=place)


def _read(row: Row) -> Detection:
    label = row.inner("Label")
    parents = tuple(parent.name() for parent in label.inners("Parents"))
    at_ms, end_ms = row.span()
    return Detection(at_ms, label.name(), parents, label.confidence(), end_ms, mark=len(label.inners("Instances")))


def _details(samples: Samples) -> dict[str, Any]:
    """How many of it are seen at once. Most labels have no instances: what is no object cannot be counted."""
    most = max(count for marks in samples for count in marks)
    return {"most_instances": most} if most else {}


def _by_depth(label: str, told: Told) -> tuple[str, ...]:
    """Rows list all ancestors, in an order that varies from row to row (recorded: Bunny's three).

    An ancestor with fewer ancestors of its own stands higher; where the answer does not tell, a recorded order stays.
    """
    recorded = longest(told[label])
    others = sorted({name for row in told[label] for name in row} - set(recorded))
    unique = dict.fromkeys((*recorded, *others))
    return tuple(sorted(unique, key=lambda name: len(longest(told.get(name, ())))))


SPEC = AnalysisSpec(
    title="label detection",
    start="StartLabelDetection",
    get="GetLabelDetection",
    ask_from=MIN_CONFIDENCE,
    options=(
        MIN_CONFIDENCE,
        _filter("labels_include", "Labels that Rekognition looks for; unless set, all.", "LabelInclusionFilters"),
        _filter("labels_exclude", "Labels that are left out.", "LabelExclusionFilters"),
        _filter(
            "labels_include_categories",
            "Categories whose labels Rekognition looks for, such as `Weapons and Military`; unless set, all.",
            "LabelCategoryInclusionFilters",
        ),
        _filter("labels_exclude_categories", "Categories whose labels are left out.", "LabelCategoryExclusionFilters"),
    ),
    get_options={"SortBy": "TIMESTAMP", "AggregateBy": "TIMESTAMPS"},
    rows="Labels",
    version="LabelModelVersion",
    nominal_step_ms=200,
    read=_read,
    find_lineage=_by_depth,
    details=_details,
    judging=Judging.NAMED_LABELS,
)
