"""What is to be seen in a simulated video, by the names of the general vocabulary."""

from dataclasses import dataclass

from rekognition_cloud.rekognition.footage import Footage
from rekognition_cloud.rekognition.simulation import chance_of, episode
from rekognition_cloud.rekognition.storyboard import storyboard
from rekognition_cloud.rekognition.vocabulary import VOCABULARY

STEP_MS = 200
"""Label detection samples every 200 ms."""


@dataclass(frozen=True, slots=True)
class VisibleLabel:
    """One label, with its confidence at each sample at which it is seen. There is one sample at least."""

    name: str
    samples: tuple[tuple[int, float], ...]

    @property
    def span(self) -> tuple[int, int]:
        """Start and end in milliseconds: it is seen without a break."""
        return self.samples[0][0], self.samples[-1][0] + STEP_MS


def visible_labels(footage: Footage) -> list[VisibleLabel]:
    """The labels of a footage, always the same."""
    chance = chance_of(footage.content, "labels")
    programme = storyboard(footage).programme
    return [
        VisibleLabel(name, tuple(episode(chance, programme, STEP_MS, chance.uniform(60.0, 99.9))))
        for name in chance.sample(sorted(VOCABULARY), chance.randint(3, 6))
    ]
