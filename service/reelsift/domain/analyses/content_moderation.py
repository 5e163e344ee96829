"""Content moderation: what people may not want to see, as labels of a taxonomy that says what is wrong."""

from reelsift.domain import taxonomy
from reelsift.domain.analyses.options import MIN_CONFIDENCE
from reelsift.domain.analyses.spec import AnalysisSpec, Judging
from reelsift.domain.detections import Detection, Row
from reelsift.domain.lineage import Told, longest


def _read(row: Row) -> Detection:
    label = row.inner("ModerationLabel")
    name = label.name()
    parent = label.text("ParentName") if label.has("ParentName") else None
    if parent is None or taxonomy.knows(name, parent):
        parents = taxonomy.path(name, parent)[:-1]
    else:
        parents = (parent,) if parent else ()
    at_ms, end_ms = row.span()
    return Detection(at_ms, name, parents, label.confidence(), end_ms)


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
    find_lineage=_by_links,
    vocabulary=frozenset(path[-1] for tree in (taxonomy.V6, taxonomy.V7) for path in taxonomy.paths(tree)),
    judging=Judging.EVERY_LABEL,
)
