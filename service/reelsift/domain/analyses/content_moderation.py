"""Content moderation: what people may not want to see, as labels of a taxonomy that says what is wrong."""

from collections.abc import Iterable
from typing import Any

from reelsift.domain import taxonomy
from reelsift.domain.analyses.options import MIN_CONFIDENCE
from reelsift.domain.analyses.spec import AnalysisSpec, Judging
from reelsift.domain.detections import Detection, Reading, Row
from reelsift.domain.lineage import Told, longest

CONTENT_TYPE_FROM = 50.0
"""The confidence from which on a picture is of a content type: that it is one is likelier than not."""

CONTENT_TYPES = "content_types"
"""The member of a segment's details that says what kind of pictures it was seen in."""


def _read(row: Row) -> Detection:
    label = row.inner("ModerationLabel")
    name = label.name()
    parent = label.text("ParentName") if label.has("ParentName") else None
    if parent is None or taxonomy.knows(name, parent):
        parents = taxonomy.path(name, parent)[:-1]
    else:
        parents = (parent,) if parent else ()
    at_ms, end_ms = row.span()
    return Detection(at_ms, name, parents, label.confidence(), end_ms, mark=tuple(sorted(_content_types(row))))


def _content_types(row: Row) -> set[str]:
    """What kind of picture the label was seen in: Rekognition knows `Animated` and `Illustrated`."""
    listed = row.inners("ContentTypes")
    return {
        content_type.name()
        for content_type in listed
        if not content_type.has("Confidence") or content_type.confidence() >= CONTENT_TYPE_FROM
    }


def _details(readings: Iterable[Reading]) -> dict[str, Any]:
    """How sure Rekognition was of the label in each kind of picture. Nothing where no picture was of any kind.

    A stretch may run on over a cut, from a cartoon into a street: what holds for drawings must not hold for the street.
    """
    kinds: dict[tuple[str, ...], dict[int, float]] = {}
    for at_ms, confidence, kind in readings:
        samples = kinds.setdefault(kind, {})
        samples[at_ms] = max(confidence, samples.get(at_ms, confidence))
    if not any(kinds):
        return {}
    return {CONTENT_TYPES: [_of_kind(kind, kinds[kind]) for kind in sorted(kinds)]}


def _of_kind(kind: tuple[str, ...], samples: dict[int, float]) -> dict[str, Any]:
    highest, at_ms = max(((confidence, at_ms) for at_ms, confidence in samples.items()), key=_surest)
    return {"types": list(kind), "samples": len(samples), "max_confidence": highest, "peak_ms": at_ms}


def _surest(reading: tuple[float, int]) -> tuple[float, int]:
    """The highest confidence, of equals the first."""
    return reading[0], -reading[1]


def _by_links(label: str, told: Told) -> tuple[str, ...]:
    """What the answer says of a label's parents comes before what the taxonomy says."""
    lineage = longest(told[label])
    while lineage:
        top = lineage[0]
        above = longest(told[top]) if top in told else taxonomy.path(top, None)[:-1]
        # Version 6 has a label Gambling below the label Gambling, and an unknown answer might have a circle.
        if not above or {label, *lineage} & set(above):
            break
        lineage = (*above, *lineage)
    return lineage


SPEC = AnalysisSpec(
    title="content moderation",
    aliases=("moderation",),
    start="StartContentModeration",
    get="GetContentModeration",
    options=(MIN_CONFIDENCE,),
    ask_from=MIN_CONFIDENCE,
    get_options={"SortBy": "TIMESTAMP", "AggregateBy": "TIMESTAMPS"},
    rows="ModerationLabels",
    version="ModerationModelVersion",
    nominal_step_ms=500,
    read=_read,
    details_of_readings=_details,
    find_lineage=_by_links,
    vocabulary=frozenset(path[-1] for tree in (taxonomy.V6, taxonomy.V7) for path in taxonomy.paths(tree)),
    judging=Judging.EVERY_LABEL,
)
