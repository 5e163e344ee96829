"""StartCelebrityRecognition and GetCelebrityRecognition."""

import random
from typing import Any

from rekognition_cloud.rekognition.analysis import Analysis, Row
from rekognition_cloud.rekognition.footage import Footage
from rekognition_cloud.rekognition.people import STEP_MS, Face, Person, people
from rekognition_cloud.rekognition.simulation import chance_of, float32

_FAMOUS_SHARE = 0.5
"""Of the videos with people in them, those in which somebody is recognised."""

_RECOGNISED = 0.8
"""How often a face of somebody famous is recognised."""

_BODY_WIDTHS, _BODY_HEIGHTS = 2.5, 3.5
"""How wide and high a body is, in those of its face."""

# Nobody is called so, and the answer has no model version that could say that it is simulated.
_CELEBRITIES: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("Mira Sundqvale (simulated)", "3Sim0a7", "Female", ("www.example.com/people/mira-sundqvale",)),
    ("Tobin Arrowhart (simulated)", "1Sim9kQ", "Male", ()),
    ("Ilse Vantoller (simulated)", "4Sim2Xd", "Female", ()),
    (
        "Dario Quillmont (simulated)",
        "2Sim5Lp",
        "Male",
        ("www.example.com/people/dario-quillmont", "www.example.com/name/0042"),
    ),
    ("Noor Ashgrove (simulated)", "9Sim1Rb", "Nonbinary", ()),
)
"""Name, Id, known gender and addresses; most have none."""


def _simulate(footage: Footage) -> list[Row]:
    """One or two of the people in the picture are famous, in half of the videos with people."""
    chance = chance_of(footage.content, "celebrities")
    everybody = people(footage)
    if not everybody or chance.random() >= _FAMOUS_SHARE:
        return []
    famous = chance.sample(everybody, min(len(everybody), chance.choice((1, 1, 2))))
    known = chance.sample(_CELEBRITIES, len(famous))
    return [
        row
        for person, (name, celebrity_id, gender, urls) in zip(famous, known, strict=True)
        for row in _seen(
            chance,
            person,
            {"Name": name, "Id": celebrity_id, "Urls": list(urls), "KnownGender": {"Type": gender}},
        )
    ]


def _seen(chance: random.Random, person: Person, known: dict[str, Any]) -> list[Row]:
    surest = chance.uniform(85.0, 99.9)
    return [
        {
            "Timestamp": at_ms,
            "Celebrity": known
            | {
                "Confidence": float32(surest - chance.uniform(0.0, 30.0)),
                "BoundingBox": _body(face),
                "Face": face,
            },
        }
        for at_ms, face in person.faces
        if chance.random() < _RECOGNISED
    ]


def _body(face: Face) -> dict[str, float]:
    """The box around a body whose face has this box."""
    box = face["BoundingBox"]
    wider = box["Width"] * (_BODY_WIDTHS - 1) / 2
    return {
        "Width": float32(box["Width"] * _BODY_WIDTHS),
        "Height": float32(box["Height"] * _BODY_HEIGHTS),
        "Left": float32(box["Left"] - wider),
        "Top": box["Top"],
    }


def _path(row: Row) -> tuple[str, ...]:
    celebrity = row["Celebrity"]
    return (celebrity["Name"], celebrity["Id"])


def _confidence(row: Row) -> float:
    return float(row["Celebrity"]["Confidence"])


ANALYSIS = Analysis(
    name="celebrities",
    start="StartCelebrityRecognition",
    get="GetCelebrityRecognition",
    rows="Celebrities",
    step_ms=STEP_MS,
    simulate=_simulate,
    path=_path,
    confidence=_confidence,
)
