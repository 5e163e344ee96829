"""StartFaceDetection and GetFaceDetection."""

import random
from typing import Any

from rekognition_cloud.rekognition.analysis import Analysis, Request, Row
from rekognition_cloud.rekognition.footage import Footage
from rekognition_cloud.rekognition.people import STEP_MS, people
from rekognition_cloud.rekognition.simulation import chance_of, float32

_DEFAULT_ATTRIBUTES = frozenset({"BoundingBox", "Confidence", "Landmarks", "Pose", "Quality"})
_YES_OR_NO = ("Smile", "Eyeglasses", "Sunglasses", "Beard", "Mustache", "EyesOpen", "MouthOpen")
_EMOTIONS = ("HAPPY", "SAD", "ANGRY", "CONFUSED", "DISGUSTED", "SURPRISED", "CALM", "FEAR")


def _simulate(footage: Footage) -> list[Row]:
    """Faces about every 500 ms, while people are seen. Many videos have none."""
    chance = chance_of(footage.content, "faces")
    rows = []
    for person in people(footage):
        estimates = _estimates(chance)
        rows += [{"Timestamp": at_ms, "Face": face | estimates} for at_ms, face in person.faces]
    return rows


def _estimates(chance: random.Random) -> dict[str, Any]:
    """The attributes that are given for ALL alone. They stay the same while a person is seen."""

    def confidence() -> float:
        return float32(chance.uniform(55.0, 99.9))

    youngest = chance.randint(2, 60)
    shares = [chance.random() for _ in _EMOTIONS]
    emotions = {name: float32(100 * share / sum(shares)) for name, share in zip(_EMOTIONS, shares, strict=True)}
    return {
        "AgeRange": {"Low": youngest, "High": youngest + chance.randint(6, 16)},
        "Gender": {"Value": chance.choice(("Female", "Male")), "Confidence": confidence()},
        **{name: {"Value": chance.choice((True, False, False)), "Confidence": confidence()} for name in _YES_OR_NO},
        "Emotions": [
            {"Type": name, "Confidence": share}
            for name, share in sorted(emotions.items(), key=lambda pair: pair[1], reverse=True)
        ],
    }


def _path(row: Row) -> tuple[str, ...]:
    # A face has no name. One that is no structure is no face.
    row["Face"].keys()
    return ("Face",)


def _confidence(row: Row) -> float:
    return float(row["Face"]["Confidence"])


def _as_asked(row: Row, request: Request) -> Row:
    """Without ages, emotions and the like, unless all attributes were asked for."""
    if request.get("FaceAttributes", "DEFAULT") == "ALL":
        return row
    return row | {"Face": {name: value for name, value in row["Face"].items() if name in _DEFAULT_ATTRIBUTES}}


ANALYSIS = Analysis(
    name="faces",
    start="StartFaceDetection",
    get="GetFaceDetection",
    rows="Faces",
    step_ms=STEP_MS,
    simulate=_simulate,
    path=_path,
    confidence=_confidence,
    as_asked=_as_asked,
)
