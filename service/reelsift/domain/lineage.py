"""A label's lineage: its ancestors from the top level down, as the rows of one whole answer tell them."""

from collections.abc import Collection, Mapping

Told = Mapping[str, Collection[tuple[str, ...]]]
"""For each label of an answer, the distinct `Detection.parents` of its rows."""


def as_told(label: str, told: Told) -> tuple[str, ...]:
    """The ancestors that a label's own rows name, in their order."""
    return longest(told[label])


def longest(rows: Collection[tuple[str, ...]]) -> tuple[str, ...]:
    """The most telling of several rows' parents; of equally long ones the first by name, so that order is no matter."""
    return min(rows, key=lambda row: (-len(row), row), default=())
