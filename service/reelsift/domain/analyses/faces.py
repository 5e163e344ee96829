"""Face detection: how many faces are in the picture at once. Whose, how old and in what mood is not asked."""

from typing import Any

from reelsift.domain.analyses.spec import AnalysisSpec, Judging, Samples
from reelsift.domain.detections import Detection, Row

_FACE = "Face"
_SIDES = ("Left", "Top", "Width", "Height")


def _read(row: Row) -> Detection:
    face = row.inner("Face")
    at_ms, end_ms = row.span()
    return Detection(at_ms, _FACE, (), face.confidence(), end_ms, mark=_place(face))


def _place(face: Row) -> int:
    """Where a face is, as a number of 64 bits: it tells the faces of a picture from one that is listed twice. The box
    itself would take too much room: a crowd has millions of rows.

    Nothing else is made of it, so a face without a box counts: as one, however many of a picture have none.
    """
    if not face.has("BoundingBox"):
        return 0
    box = face.inner("BoundingBox")
    return hash(tuple(box.number(side) if box.has(side) else -1 for side in _SIDES))


def _details(samples: Samples) -> dict[str, Any]:
    return {"most_at_once": max(len(places) for places in samples)}


SPEC = AnalysisSpec(
    title="face detection",
    start="StartFaceDetection",
    get="GetFaceDetection",
    rows="Faces",
    version=None,
    nominal_step_ms=500,
    read=_read,
    details=_details,
    judging=Judging.NEVER,
    vocabulary=frozenset({_FACE}),
    personal=True,
)
