"""The text in a simulated video: captions in its programme, names in its credits."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from rekognition_cloud.rekognition.footage import Footage
from rekognition_cloud.rekognition.simulation import chance_of
from rekognition_cloud.rekognition.storyboard import Storyboard, storyboard

_CAPTIONS = (
    ("SALE 50%",),
    ("NOW OPEN", "until 10 pm"),
    ("LIVE", "Harbour Street"),
    ("Chapter 2",),
    ("EXIT",),
    ("CITY LIBRARY",),
    ("How to fold a paper boat",),
    ("Line 7", "to Central Station"),
    ("FRESH COFFEE 3.20",),
    ("Final score 2:1",),
)
_ROLES = ("Directed by", "Written by", "Music by", "Edited by", "Camera", "Sound", "Costumes", "Produced by")
_FIRST_NAMES = ("Ada", "Bruno", "Chiara", "Dev", "Elif", "Frode", "Grete", "Hugo", "Ines", "Jonas")
_LAST_NAMES = ("Almquist", "Berger", "Castell", "Dornan", "Eklund", "Farrow", "Gallo", "Hartwig")

_CREDITS_PAGE_MS = 2000
_CAPTIONED_SHARE = 0.7
"""Of the videos, those with captions."""


@dataclass(frozen=True, slots=True)
class Writing:
    """Lines of text that are seen together, from `start_ms` until `end_ms`."""

    lines: tuple[str, ...]
    start_ms: int
    end_ms: int


def writings(footage: Footage) -> list[Writing]:
    """All text of a footage, always the same. Captions stay within a shot, and two may be seen at one time."""
    chance = chance_of(footage.content, "writing")
    board = storyboard(footage)
    return [*_captions(chance, board), *_credits(chance, board)]


def _captions(chance: random.Random, board: Storyboard) -> Iterator[Writing]:
    if chance.random() >= _CAPTIONED_SHARE:
        return
    start, end = board.programme
    shots = [span for span in map(board.span, board.shots) if start <= span[0] and span[1] <= end]
    for lines in chance.sample(_CAPTIONS, chance.randint(1, 3)):
        first, last = chance.choice(shots)
        yield Writing(lines, first + round((last - first) * chance.uniform(0.0, 0.3)), last)


def _credits(chance: random.Random, board: Storyboard) -> Iterator[Writing]:
    """A page of two roles every two seconds."""
    for start, end in board.spans("OpeningCredits", "EndCredits"):
        for page in range(start, end, _CREDITS_PAGE_MS):
            lines = [line for role in chance.sample(_ROLES, 2) for line in (role, _name(chance))]
            yield Writing(tuple(lines), page, min(page + _CREDITS_PAGE_MS, end))


def _name(chance: random.Random) -> str:
    return f"{chance.choice(_FIRST_NAMES)} {chance.choice(_LAST_NAMES)}"
