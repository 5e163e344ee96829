"""The analyses there are. Another one is a module in `reelsift.domain.analyses`, and a name and a line here."""

from collections.abc import Mapping
from enum import StrEnum

from reelsift.domain.analyses import (
    celebrities,
    content_moderation,
    faces,
    labels,
    segments,
    text,
)
from reelsift.domain.analyses.spec import AnalysisSpec


class Analysis(StrEnum):
    """One Rekognition operation on a video. The value is what tables, messages and the command line say."""

    CONTENT_MODERATION = "content_moderation"
    LABELS = "labels"
    TEXT = "text"
    CELEBRITIES = "celebrities"
    FACES = "faces"
    SEGMENTS = "segments"

    @property
    def spec(self) -> AnalysisSpec:
        """What there is to know of this analysis."""
        return _SPECS[self]

    @classmethod
    def _missing_(cls, value: object) -> "Analysis | None":
        """The analysis that goes by another name."""
        return next((analysis for analysis in cls if value in analysis.spec.aliases), None)


_SPECS: Mapping[Analysis, AnalysisSpec] = {
    Analysis.CONTENT_MODERATION: content_moderation.SPEC,
    Analysis.LABELS: labels.SPEC,
    Analysis.TEXT: text.SPEC,
    Analysis.CELEBRITIES: celebrities.SPEC,
    Analysis.FACES: faces.SPEC,
    Analysis.SEGMENTS: segments.SPEC,
}
