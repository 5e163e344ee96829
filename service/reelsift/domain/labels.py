"""What one video shows of each label: the row of the labels table, before it is one."""

from collections.abc import Iterable
from dataclasses import dataclass

from reelsift.domain import taxonomy
from reelsift.domain.analysis import Analysis
from reelsift.domain.segments import Segment


@dataclass(frozen=True, slots=True)
class LabelSummary:
    """All segments of one label in one analysis of a video, at least one, ordered by start.

    Times are milliseconds from the video's start; `seen_ms` is the sum of the segments' lengths. `max_confidence`
    (0-100) is the highest of all segments, `peak_ms` the first time it was reached. `category` is the top level of
    the label's path.
    """

    analysis: Analysis
    label: str
    parents: tuple[str, ...]
    max_confidence: float
    peak_ms: int
    first_ms: int
    last_ms: int
    samples: int
    seen_ms: int
    segments: tuple[Segment, ...]

    @property
    def path(self) -> tuple[str, ...]:
        """From the top level down to the label itself."""
        return (*self.parents, self.label)

    @property
    def category(self) -> str:
        return taxonomy.category(self.path)


def summarise(segments: Iterable[Segment]) -> list[LabelSummary]:
    """One summary for each analysis and label, ordered by these. Takes the segments of one video in any order."""
    groups: dict[tuple[Analysis, str], list[Segment]] = {}
    for segment in segments:
        groups.setdefault((segment.analysis, segment.label), []).append(segment)
    return [_summary(groups[key]) for key in sorted(groups)]


def _summary(segments: list[Segment]) -> LabelSummary:
    segments.sort(key=lambda segment: (segment.start_ms, segment.end_ms))
    peak = max(segments, key=lambda segment: (segment.max_confidence, -segment.peak_ms))
    return LabelSummary(
        analysis=peak.analysis,
        label=peak.label,
        parents=peak.parents,
        max_confidence=peak.max_confidence,
        peak_ms=peak.peak_ms,
        first_ms=segments[0].start_ms,
        last_ms=max(segment.end_ms for segment in segments),
        samples=sum(segment.samples for segment in segments),
        seen_ms=sum(segment.end_ms - segment.start_ms for segment in segments),
        segments=tuple(segments),
    )
