"""Label detection: what there is to see, whether anybody minds or not."""

from reelsift.domain.analyses.spec import AnalysisSpec, Judging, min_confidence
from reelsift.domain.detections import Detection, Row
from reelsift.domain.lineage import Told, longest


def _read(row: Row) -> Detection:
    label = row.inner("Label")
    parents = tuple(parent.name() for parent in label.inners("Parents"))
    at_ms, end_ms = row.span()
    return Detection(at_ms, label.name(), parents, label.confidence(), end_ms)


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
    start_members=min_confidence,
    get_options={"SortBy": "TIMESTAMP", "AggregateBy": "TIMESTAMPS"},
    rows="Labels",
    version="LabelModelVersion",
    nominal_step_ms=200,
    read=_read,
    find_lineage=_by_depth,
    judging=Judging.NAMED_LABELS,
)
