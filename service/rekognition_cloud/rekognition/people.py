"""The people in a simulated video: faces are seen while label detection sees somebody, and at no other time."""

import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rekognition_cloud.rekognition.footage import Footage
from rekognition_cloud.rekognition.simulation import chance_of, float32, sample_times
from rekognition_cloud.rekognition.visible_labels import visible_labels

STEP_MS = 500
"""Recorded answers of face detection and celebrity recognition have faces about every 500 ms."""

_IN_THE_PICTURE: Mapping[str, tuple[int, int]] = {
    "Person": (1, 2),
    "Child": (1, 1),
    "Crowd": (3, 8),
    "Swimming": (1, 1),
}
"""Labels that show people: how many, from and to."""

_TURNED_AWAY = 0.15
"""How often a person's face is not seen at a sample."""

_LANDMARKS: Mapping[str, tuple[float, float]] = {
    "eyeLeft": (0.3, 0.4),
    "eyeRight": (0.7, 0.4),
    "mouthLeft": (0.35, 0.78),
    "mouthRight": (0.65, 0.78),
    "nose": (0.5, 0.58),
}
"""Where they are within a face's box, as ratios of its width and height."""

Face = dict[str, Any]
"""`FaceDetail` with the default attributes."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is in the picture for a while."""

    number: int
    """Counts the people of one video from 0."""
    faces: tuple[tuple[int, Face], ...]
    """Their face at each sample at which it is seen."""


def people(footage: Footage) -> list[Person]:
    """Everybody whose face is seen in a footage, always the same; nobody in many."""
    chance = chance_of(footage.content, "people")
    spans = [
        label.span
        for label in visible_labels(footage)
        for _ in range(chance.randint(*_IN_THE_PICTURE.get(label.name, (0, 0))))
    ]
    found = [Person(number, tuple(_faces(chance, span))) for number, span in enumerate(spans)]
    return [person for person in found if person.faces]


def _faces(chance: random.Random, span: tuple[int, int]) -> Iterator[tuple[int, Face]]:
    width, height = chance.uniform(0.05, 0.3), chance.uniform(0.1, 0.6)
    # One that is half out of the picture has a negative edge, as recorded.
    left, top = chance.uniform(-width / 2, 1 - width / 2), chance.uniform(0.0, 1 - height)
    speed, phase = chance.uniform(0.0, 0.4), chance.uniform(0.0, math.tau)
    for at_ms in sample_times(span, STEP_MS):
        sway = math.sin(phase + speed * at_ms / 1000)
        if chance.random() >= _TURNED_AWAY:
            yield at_ms, _face(chance, (left + 0.05 * sway, top + 0.02 * sway, width, height), sway)


def _face(chance: random.Random, box: tuple[float, float, float, float], sway: float) -> Face:
    left, top, width, height = box
    return {
        "BoundingBox": {
            "Width": float32(width),
            "Height": float32(height),
            "Left": float32(left),
            "Top": float32(top),
        },
        "Landmarks": [
            {"Type": kind, "X": float32(left + x * width), "Y": float32(top + y * height)}
            for kind, (x, y) in _LANDMARKS.items()
        ],
        "Pose": {
            "Roll": float32(4 * sway),
            "Yaw": float32(25 * sway),
            "Pitch": float32(chance.uniform(-15.0, 15.0)),
        },
        "Quality": {
            "Brightness": float32(chance.uniform(40.0, 95.0)),
            "Sharpness": float32(chance.uniform(60.0, 99.0)),
        },
        "Confidence": float32(chance.triangular(75.0, 100.0, 99.9)),
    }
