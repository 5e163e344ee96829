"""Segment detection, for people "shots and cues": where a cut is, and where a film's technical parts are."""

from typing import Annotated, Any, Literal

from pydantic import Field

from reelsift.domain.analyses.options import Distinct, Option, Percent
from reelsift.domain.analyses.spec import AnalysisSpec, FoundBy, Judging, Samples
from reelsift.domain.detections import Detection, Row

_CUES = ("BlackFrames", "ColorBars", "Content", "EndCredits", "OpeningCredits", "Slate", "StudioLogo")
_SHOT = "Shot"

_CODES = {"StartTimecodeSMPTE": "start_smpte", "EndTimecodeSMPTE": "end_smpte"}
"""A `;` in a time code is that of drop-frame."""
_FRAMES = {"StartFrameNumber": "start_frame", "EndFrameNumber": "end_frame"}


def _read(row: Row) -> Detection:
    start_ms, end_ms = row.stretch()
    if row.text("Type") == "SHOT":
        label, confidence = _SHOT, row.inner("ShotSegment").confidence()
    else:
        cue = row.inner("TechnicalCueSegment")
        label, confidence = cue.name("Type"), cue.confidence()
    codes = ((name, row.text(member)) for member, name in _CODES.items() if row.has(member))
    frames = ((name, row.count(member)) for member, name in _FRAMES.items() if row.has(member))
    return Detection(start_ms, label, (), confidence, end_ms, mark=(*codes, *frames))


def _details(samples: Samples) -> dict[str, Any]:
    return dict(pair for marks in samples for mark in marks for pair in mark)


SegmentConfidence = Annotated[float, Field(ge=50, le=100)]
Types = Annotated[tuple[Literal["SHOT", "TECHNICAL_CUE"], ...], Field(min_length=1), Distinct]

SPEC = AnalysisSpec(
    title="shots and cues",
    start="StartSegmentDetection",
    get="GetSegmentDetection",
    options=(
        Option(
            name="segments_types",
            kind=Types,
            default=("SHOT", "TECHNICAL_CUE"),
            description="What is looked for: shots, technical cues such as black frames and credits, or both.",
            member="SegmentTypes",
        ),
        Option(
            name="segments_min_shot_confidence",
            kind=SegmentConfidence | None,
            description="Shots that Rekognition is less sure of are not answered.",
            member="Filters.ShotFilter.MinSegmentConfidence",
        ),
        Option(
            name="segments_min_cue_confidence",
            kind=SegmentConfidence | None,
            description="Technical cues that Rekognition is less sure of are not answered.",
            member="Filters.TechnicalCueFilter.MinSegmentConfidence",
        ),
        Option(
            name="segments_black_max_pixel",
            kind=Annotated[float, Field(ge=0, le=1)] | None,
            description="How bright a pixel may be that counts as black, as a part of the brightest there is.",
            member="Filters.TechnicalCueFilter.BlackFrame.MaxPixelThreshold",
        ),
        Option(
            name="segments_black_min_coverage",
            kind=Percent | None,
            description="How much of a picture must be black for a black frame, in percent.",
            member="Filters.TechnicalCueFilter.BlackFrame.MinCoveragePercentage",
        ),
    ),
    rows="Segments",
    version="SelectedSegmentTypes",
    # Not used to join anything: every row is a stretch.
    nominal_step_ms=500,
    read=_read,
    details=_details,
    apart=True,
    judging=Judging.NAMED_LABELS,
    marks_stretches=True,
    found_by=FoundBy.CUE,
    vocabulary=frozenset({*_CUES, _SHOT}),
)
