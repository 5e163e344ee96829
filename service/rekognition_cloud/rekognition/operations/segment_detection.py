"""StartSegmentDetection and GetSegmentDetection."""

import random
from collections.abc import Callable
from typing import Any

from rekognition_cloud.rekognition.analysis import Analysis, Request, Row
from rekognition_cloud.rekognition.footage import Footage
from rekognition_cloud.rekognition.simulation import chance_of, float32
from rekognition_cloud.rekognition.storyboard import Stretch, storyboard
from rekognition_cloud.rekognition.timecode import timecode

_CUE, _SHOT = "TECHNICAL_CUE", "SHOT"
_KINDS = {_CUE: ("TechnicalCueSegment", "TechnicalCueFilter"), _SHOT: ("ShotSegment", "ShotFilter")}
"""By type of segment: the member that describes it, and the filter of the Start call that is for it."""

_MIN_CONFIDENCE = 50.0
_SIMULATED_VERSION = "2.0-simulated"


def _simulate(footage: Footage) -> list[Row]:
    """All cues of the storyboard, then all its shots."""
    chance = chance_of(footage.content, "segments")
    board = storyboard(footage)
    return [
        *(_row(footage, cue, _CUE, {"Type": cue.kind, "Confidence": _sure(chance)}) for cue in board.cues),
        *(
            _row(footage, shot, _SHOT, {"Index": index, "Confidence": _sure(chance)})
            for index, shot in enumerate(board.shots)
        ),
    ]


def _sure(chance: random.Random) -> float:
    return float32(chance.triangular(60.0, 100.0, 99.9))


def _row(footage: Footage, stretch: Stretch, kind: str, described: dict[str, Any]) -> Row:
    """Like recorded rows: the end is the last frame's own time, so that a duration is one frame short."""
    start, end = footage.frame_ms(stretch.first), footage.frame_ms(stretch.last)
    frames = stretch.last - stretch.first
    return {
        "Type": kind,
        "StartTimestampMillis": start,
        "EndTimestampMillis": end,
        "DurationMillis": end - start,
        "StartTimecodeSMPTE": timecode(stretch.first, footage.frame_rate),
        "EndTimecodeSMPTE": timecode(stretch.last, footage.frame_rate),
        "DurationSMPTE": timecode(frames, footage.frame_rate),
        "StartFrameNumber": stretch.first,
        "EndFrameNumber": stretch.last,
        "DurationFrames": frames,
        _KINDS[kind][0]: described,
    }


def _described(row: Row) -> dict[str, Any]:
    """What a segment is: exactly one of its two members says so. Raises ValueError where none or both do."""
    (described,) = [row[member] for member, _ in _KINDS.values() if member in row]
    found: dict[str, Any] = described
    return found


def _path(row: Row) -> tuple[str, ...]:
    """Raises ValueError for what is no segment: no request would want its type, and the video would look clean."""
    if row["Type"] not in _KINDS:
        raise ValueError
    if row["Type"] != _SHOT:
        return (row["Type"], _described(row)["Type"])
    # A shot has a number for a name.
    return (row["Type"], f"{_described(row)['Index']:d}")


def _confidence(row: Row) -> float:
    return float(_described(row)["Confidence"])


def _at_ms(row: Row) -> Any:
    return row["StartTimestampMillis"]


def _position(row: Row, request: Request) -> tuple[int, int]:
    """By type, in the order in which the Start call named the types; then by time."""
    return request["SegmentTypes"].index(row["Type"]), _at_ms(row)


def _is_wanted(row: Row, request: Request) -> bool:
    if row["Type"] not in request["SegmentTypes"]:
        return False
    _, filter_name = _KINDS[row["Type"]]
    wanted = request.get("Filters", {}).get(filter_name, {})
    return _confidence(row) >= float(wanted.get("MinSegmentConfidence", _MIN_CONFIDENCE))


def _further(request: Request, recorded: Callable[[str], Any]) -> dict[str, Any]:
    """A model version for each type that the Start call named, sorted by type as in recorded answers."""
    selected = recorded("SelectedSegmentTypes")
    listed = selected if isinstance(selected, list) else []
    versions = {one.get("Type"): one.get("ModelVersion") for one in listed if isinstance(one, dict)}
    return {
        "SelectedSegmentTypes": [
            {"Type": kind, "ModelVersion": versions.get(kind) or _SIMULATED_VERSION}
            for kind in sorted(set(request["SegmentTypes"]))
        ]
    }


ANALYSIS = Analysis(
    name="segments",
    start="StartSegmentDetection",
    get="GetSegmentDetection",
    rows="Segments",
    step_ms=0,
    simulate=_simulate,
    path=_path,
    confidence=_confidence,
    at_ms=_at_ms,
    position=_position,
    is_wanted=_is_wanted,
    further=_further,
)
