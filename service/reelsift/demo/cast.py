"""What the demo submits: a dozen videos, some lines twice, and what goes wrong in real lists."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from reelsift.demo import written_answers
from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Reason
from reelsift.domain.policy import Verdict
from rekognition_cloud import clips
from rekognition_cloud.clips import Card

BUCKET = "reelsift-videos"
FOREIGN_BUCKET = "somebody-elses-videos"


@dataclass(frozen=True, slots=True)
class Film:
    """A video that can be analysed, with `cards` of text in its pictures. `answers` are what Rekognition is to say of
    it, by the name of the analysis; one that is not there is left to the simulation. `verdict` and `alert` are what has
    to come of it.
    """

    key: str
    seconds: float
    seed: int
    answers: Mapping[str, Any] = field(default_factory=dict, repr=False)
    verdict: Verdict | None = None
    alert: bool = False
    cards: tuple[Card, ...] = ()

    def objects(self) -> dict[str, bytes]:
        """The objects that make it: the video, and beside it the answers that were written."""
        film = clips.clip(self.seconds, seed=self.seed, fps=written_answers.FRAME_RATE, cards=self.cards)
        return {self.key: film} | {
            f"{self.key}.{name}.json": json.dumps(answer).encode() for name, answer in self.answers.items()
        }


def _moderated(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {"content_moderation": answer}


_TITLES = (
    Card(1, 5, ("ACT 2", "THE DUEL"), on_black=False),
    Card(28, 32, ("DIRECTED BY", "ADA BERGER", "STUNTS", "HUGO GALLO")),
)

STAR = Film(
    "stunts/fight + blood.mp4",
    34,
    5,
    {
        "content_moderation": written_answers.STAGE_FIGHT,
        "text": written_answers.text(_TITLES),
        "segments": written_answers.segments(
            [("Content", 28), ("EndCredits", 4), ("BlackFrames", 2)], shots=[8, 8, 12, 4, 2]
        ),
    },
    Verdict.REJECT,
    alert=True,
    cards=(*_TITLES, Card(32, 34)),
)
"""The one whose timeline and alert are shown."""

_OMELETTE = Film("kitchen/omelette in 40 s.mp4", 40, 1, _moderated(written_answers.CLEAN), Verdict.APPROVE)
_TOAST = Film("parties/new year's toast.mp4", 30, 2, _moderated(written_answers.TOAST), Verdict.REVIEW, alert=True)

_SIGNS = (Card(4, 10, ("SALE 50%",), on_black=False), Card(12, 16, ("NEW WOOL", "FROM 20.00"), on_black=False))

_SHOP = Film(
    "shop/100% wool, folded.mp4",
    20,
    11,
    {
        "text": written_answers.text(_SIGNS, misread={5_500: ("50%", "5O%"), 8_000: ("50%", "5O%")}),
        "segments": written_answers.segments([("Content", 19), ("BlackFrames", 1)], shots=[11, 8, 1]),
    },
    cards=(*_SIGNS, Card(19, 20)),
)

FILMS = (
    Film("talks/keynote part 1.mp4", 72, 3),
    STAR,
    _OMELETTE,
    Film("talks/keynote part 2.mp4", 64, 11),
    Film("matches/2024+25 best goals.mp4", 45, 4),
    _TOAST,
    Film("travel/São Paulo by night.mp4", 25, 7),
    Film("parks/picnic.mp4", 22, 6, _moderated(written_answers.PICNIC), Verdict.APPROVE),
    Film("travel/京都の祭り.mp4", 38, 8),
    Film("sports/archery practice.mp4", 18, 9, _moderated(written_answers.ARCHERY), Verdict.REVIEW),
    _SHOP,
    Film("shorts/cat.mp4", 12, 12),
)

AGAIN = (STAR, _OMELETTE, STAR, _TOAST)
"""Films that stand in the manifest once more each time they stand here."""

CLOSER = (STAR, _SHOP)
"""Films of which text, shots and cues are asked for too: their pictures have text in them."""

CLOSER_ANALYSES = (Analysis.TEXT, Analysis.SEGMENTS)

_CUT_SHORT = "uploads/cut short.mp4"
_NO_VIDEO = "uploads/shopping list.mp4"

FAILURES = {
    f"s3://{BUCKET}/{_CUT_SHORT}": Reason.UNSUPPORTED_CODEC,
    f"s3://{BUCKET}/{_NO_VIDEO}": Reason.UNSUPPORTED_CODEC,
    f"s3://{BUCKET}/uploads/deleted yesterday.mp4": Reason.OBJECT_MISSING,
    f"s3://{FOREIGN_BUCKET}/private.mp4": Reason.BUCKET_NOT_ALLOWED,
}
"""Lines that must fail, each for its own reason."""

_BAD_ROWS = ("a line without a bucket",)


def manifest() -> str:
    """The manifest as CSV: `bucket,key`, the key URL-encoded, as S3 Batch Operations has it; some lines are URIs."""
    rows = [_row(film) for film in (*FILMS, *AGAIN)]
    return "\n".join(["Bucket,Key", *rows, *FAILURES, *_BAD_ROWS]) + "\n"


def closer_manifest() -> str:
    """The films of `CLOSER`, the same way."""
    return "\n".join(["Bucket,Key", *map(_row, CLOSER)]) + "\n"


def _row(film: Film) -> str:
    return f"{BUCKET},{quote(film.key)}"


LINES = len(FILMS) + len(AGAIN) + len(FAILURES) + len(_BAD_ROWS)
BAD_LINES = len(FAILURES) + len(_BAD_ROWS)


def objects() -> dict[str, bytes]:
    """Every object of the bucket."""
    made: dict[str, bytes] = {}
    for film in FILMS:
        made |= film.objects()
    whole = clips.clip(15, seed=13)
    # What names the frames stands at the file's end, so half a file is none.
    return made | {_CUT_SHORT: whole[: len(whole) // 2], _NO_VIDEO: b"eggs, flour, milk\n" * 40}
