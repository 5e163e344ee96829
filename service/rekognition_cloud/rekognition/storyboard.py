"""The course of a simulated video: its cues from first frame to last, and the shots in them.

Every analysis of a video goes by the same storyboard. Labels, faces and captions are seen in its `Content`, names in
its credits, and nothing in black frames.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from rekognition_cloud.rekognition.footage import Footage
from rekognition_cloud.rekognition.simulation import chance_of

_CONTENT = "Content"


class _Part(NamedTuple):
    """What a video may have before or after its programme."""

    kind: str
    likelihood: float
    shortest_ms: int
    """A shorter video does not have it."""
    share: tuple[float, float]
    """Of the video's length, from and to."""
    most_seconds: float


_LEADER = (
    _Part("ColorBars", 0.2, 60_000, (0.02, 0.06), 4.0),
    _Part("Slate", 0.2, 60_000, (0.02, 0.06), 4.0),
    _Part("StudioLogo", 0.4, 60_000, (0.02, 0.06), 4.0),
    _Part("OpeningCredits", 0.5, 60_000, (0.05, 0.1), 8.0),
    _Part("BlackFrames", 0.3, 10_000, (0.04, 0.1), 1.0),
)
_TRAILER = (
    _Part("EndCredits", 0.7, 10_000, (0.1, 0.2), 90.0),
    _Part("BlackFrames", 0.8, 10_000, (0.06, 0.15), 2.0),
)
"""In the order in which they come. A video under ten seconds is all `Content`."""

_SHOT_SECONDS = (2.0, 8.0)
_SOFT_SHARE, _SOFT_SECONDS = 0.2, 0.4
"""One cut in five is a transition of so long, which belongs to no shot."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Frames from `first` to `last`, both included. Of a cue, `kind` is the type, else it is empty."""

    first: int
    last: int
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Storyboard:
    """Cues follow one another without a gap. Shots do so too, but for the frames of a soft transition."""

    footage: Footage
    cues: tuple[Stretch, ...]
    shots: tuple[Stretch, ...]

    def spans(self, *kinds: str) -> list[tuple[int, int]]:
        """Start and end in milliseconds of the cues of these types."""
        return [self.span(cue) for cue in self.cues if cue.kind in kinds]

    def span(self, stretch: Stretch) -> tuple[int, int]:
        """Start and end in milliseconds. What reaches the last frame ends with the video."""
        end = self.footage.frame_ms(stretch.last + 1)
        if stretch.last + 1 >= self.footage.frames:
            end = self.footage.duration_ms
        return self.footage.frame_ms(stretch.first), end

    @property
    def programme(self) -> tuple[int, int]:
        """Start and end in milliseconds of what is neither leader nor credits nor black."""
        ((start, end),) = self.spans(_CONTENT)
        return start, end


# Six analyses of one video ask for it at about the same time.
@lru_cache(maxsize=64)
def storyboard(footage: Footage) -> Storyboard:
    """The storyboard of a footage, always the same."""
    chance = chance_of(footage.content, "storyboard")
    cues = tuple(_cues(chance, footage))
    return Storyboard(footage, cues, tuple(_shots(chance, footage, cues)))


def _cues(chance: random.Random, footage: Footage) -> Iterator[Stretch]:
    lengths = [*_parts(chance, footage, _LEADER), (_CONTENT, 0), *_parts(chance, footage, _TRAILER)]
    programme = footage.frames - sum(frames for _, frames in lengths)
    if programme < 1:
        # So few frames a second that each of the other types would take more than it has.
        lengths, programme = [(_CONTENT, 0)], footage.frames
    first = 0
    for kind, frames in lengths:
        last = first + (programme if kind == _CONTENT else frames) - 1
        yield Stretch(first, last, kind)
        first = last + 1


def _parts(chance: random.Random, footage: Footage, parts: tuple[_Part, ...]) -> Iterator[tuple[str, int]]:
    """Type and number of frames of each part that this video has."""
    seconds = footage.duration_ms / 1000
    for part in parts:
        if footage.duration_ms >= part.shortest_ms and chance.random() < part.likelihood:
            yield part.kind, _frames(footage, min(seconds * chance.uniform(*part.share), part.most_seconds))


def _frames(footage: Footage, seconds: float) -> int:
    return max(1, round(seconds * footage.frame_rate))


def _shots(chance: random.Random, footage: Footage, cues: tuple[Stretch, ...]) -> Iterator[Stretch]:
    """Each cue begins a shot, and the programme has a cut every few seconds."""
    for cue in cues:
        first = cue.first
        while cue.kind == _CONTENT:
            cut = first + _frames(footage, chance.uniform(*_SHOT_SECONDS))
            soft = _frames(footage, _SOFT_SECONDS) if chance.random() < _SOFT_SHARE else 0
            if cut + soft > cue.last:
                break
            yield Stretch(first, cut - 1)
            first = cut + soft
        yield Stretch(first, cue.last)
