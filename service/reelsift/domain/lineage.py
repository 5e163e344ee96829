"""A label's lineage: its ancestors from the top level down, as the rows of one whole answer tell them."""

from collections.abc import Callable, Collection, Mapping

from reelsift.domain import taxonomy
from reelsift.domain.analysis import Analysis

Told = Mapping[str, Collection[tuple[str, ...]]]
"""For each label of an answer, the distinct `Detection.parents` of its rows."""


def lineages(analysis: Analysis, told: Told) -> dict[str, tuple[str, ...]]:
    """Each label's ancestors, top level first, without the label. The order of rows and pages changes nothing."""
    find: Callable[[str, Told], tuple[str, ...]] = _by_links if analysis is Analysis.CONTENT_MODERATION else _by_depth
    return {label: find(label, told) for label in told}


def _by_links(label: str, told: Told) -> tuple[str, ...]:
    """A moderation label's path: what the answer says of its parents comes before what the taxonomy says."""
    lineage = _longest(told[label])
    while lineage:
        top = lineage[0]
        above = _longest(told[top]) if top in told else taxonomy.path(top, None)[:-1]
        # Version 6 has a label Gambling below the label Gambling, and an unknown answer might have a circle.
        if not above or {label, *lineage} & set(above):
            break
        lineage = (*above, *lineage)
    return lineage


def _by_depth(label: str, told: Told) -> tuple[str, ...]:
    """LabelDetection lists all ancestors, in an order that varies from row to row (recorded: Bunny's three).

    An ancestor with fewer ancestors of its own stands higher; where the answer does not tell, a recorded order stays.
    """
    recorded = _longest(told[label])
    others = sorted({name for row in told[label] for name in row} - set(recorded))
    unique = dict.fromkeys((*recorded, *others))
    return tuple(sorted(unique, key=lambda name: len(_longest(told.get(name, ())))))


def _longest(rows: Collection[tuple[str, ...]]) -> tuple[str, ...]:
    """The most telling of several rows' parents; of equally long ones the first by name, so that order is no matter."""
    return min(rows, key=lambda row: (-len(row), row), default=())
