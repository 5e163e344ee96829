"""The result of one analysis while its video is judged: at hand, or as it is stored."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from reelsift.domain.analysis import Analysis
from reelsift.domain.dataset import AnalysisState, AnalysisStatus
from reelsift.domain.result import read_head, read_segment, read_segments, segment_members
from reelsift.domain.segments import Segment


@dataclass(frozen=True, slots=True)
class FreshResult:
    """The result of a job that this worker has just settled, so that it need not be read again: all of the stored
    object but its segments, and these.
    """

    head: Mapping[str, Any]
    segments: Sequence[Segment]


@dataclass(frozen=True, slots=True)
class AnalysisResult:
    """What an analysis has found: at hand, or to be read from `body` a few segments at a time."""

    analysis: Analysis
    head: Mapping[str, Any]
    at_hand: Sequence[Segment] = ()
    body: bytes | None = None

    @classmethod
    def fresh(cls, analysis: Analysis, fresh: FreshResult) -> Self:
        return cls(analysis, fresh.head, fresh.segments)

    @classmethod
    def stored(cls, analysis: Analysis, body: bytes) -> Self:
        return cls(analysis, read_head(body), body=body)

    @property
    def duration_ms(self) -> int | None:
        duration_ms: int | None = self.head["duration_ms"]
        return duration_ms

    @property
    def frame_rate(self) -> float | None:
        """Frames a second. Results that were stored before this was kept tell none."""
        frame_rate: float | None = self.head.get("frame_rate")
        return frame_rate

    @property
    def state(self) -> AnalysisState:
        head = self.head
        return AnalysisState(AnalysisStatus.SUCCEEDED, head["attempt"], head["job_id"], head["model_version"])

    def segments(self) -> Iterable[Segment]:
        return self.at_hand if self.body is None else map(read_segment, read_segments(self.body))

    def members(self) -> Iterable[Mapping[str, Any]]:
        """The segments as JSON."""
        return map(segment_members, self.at_hand) if self.body is None else read_segments(self.body)
