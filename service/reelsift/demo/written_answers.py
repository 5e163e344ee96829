"""Answers written for the demo, so that it can promise what they lead to. No film was made and no model asked."""

from collections.abc import Iterable
from typing import Any

MODEL_VERSION = "7.0-fictional"
"""What stands as ModerationModelVersion in these answers; the simulation's own says `simulated`."""

Path = tuple[str, ...]


def answer(*sightings: tuple[Path, int, Iterable[float]]) -> dict[str, Any]:
    """A Get answer as Rekognition writes it. A sighting is a label's path, the time of its first sample in
    milliseconds, and the confidence (0-100) of one sample every 500 ms; parents are as confident as their label.
    """
    rows = {
        (start_ms + number * 500, path[:level]): confidence
        for path, start_ms, confidences in sightings
        for number, confidence in enumerate(confidences)
        for level in range(1, len(path) + 1)
    }
    return {
        "JobStatus": "SUCCEEDED",
        "ModerationModelVersion": MODEL_VERSION,
        "ModerationLabels": [
            {
                "Timestamp": at_ms,
                "ModerationLabel": {
                    "Name": path[-1],
                    "ParentName": path[-2] if len(path) > 1 else "",
                    "Confidence": confidence,
                    "TaxonomyLevel": len(path),
                },
                "ContentTypes": [],
            }
            for (at_ms, path), confidence in sorted(rows.items())
        ],
    }


CLEAN = answer()

PICNIC = answer((("Alcohol", "Alcoholic Beverages"), 6_000, (58.25, 71.5, 66.0, 61.75)))
"""Something is seen, and all of it below the thresholds of the built-in policy."""

TOAST = answer(
    (("Alcohol", "Alcohol Use", "Drinking"), 9_000, (81.5, 90.25, 96.75, 93.0, 84.5)),
    (("Alcohol", "Alcohol Use", "Drinking"), 21_500, (77.25, 83.0, 79.5)),
)

ARCHERY = answer((("Violence", "Weapons"), 4_000, (72.5, 79.0, 88.75, 91.25, 86.5, 80.0, 70.5)))

STAGE_FIGHT = answer(
    (("Violence", "Weapons"), 3_000, (61.0, 68.5, 74.25, 70.0, 66.5, 63.0)),
    (("Violence", "Graphic Violence", "Physical Violence"), 8_000, (64.5, 77.0, 83.25, 80.5, 72.0, 69.5, 66.0)),
    (("Violence", "Graphic Violence", "Blood & Gore"), 15_500, (62.25, 73.5, 98.5, 79.75, 68.0)),
    (("Violence", "Graphic Violence", "Physical Violence"), 24_000, (71.5, 78.25, 75.0)),
)
"""One sample above the alert threshold among weaker ones: a mean would hide it."""
