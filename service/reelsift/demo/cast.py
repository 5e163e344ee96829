"""What the demo submits: a dozen videos, some lines twice, and what goes wrong in real lists."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from reelsift.demo import written_answers
from reelsift.domain.failure import Reason
from reelsift.domain.policy import Verdict
from rekognition_cloud import clips

BUCKET = "reelsift-videos"
FOREIGN_BUCKET = "somebody-elses-videos"


@dataclass(frozen=True, slots=True)
class Film:
    """A video that can be analysed. `answer` is what Rekognition is to say of it; None leaves it to the simulation,
    and with it `verdict`, `alert`: what has to come of it.
    """

    key: str
    seconds: float
    seed: int
    answer: dict[str, Any] | None = field(default=None, repr=False)
    verdict: Verdict | None = None
    alert: bool = False

    def objects(self) -> dict[str, bytes]:
        """The objects that make it: the video, and the answer beside it where one was written."""
        made = {self.key: clips.clip(self.seconds, seed=self.seed)}
        if self.answer is not None:
            made[f"{self.key}.content_moderation.json"] = json.dumps(self.answer).encode()
        return made


STAR = Film(
    "stunts/fight + blood.mp4",
    34,
    5,
    written_answers.STAGE_FIGHT,
    Verdict.REJECT,
    alert=True,
)
"""The one whose timeline and alert are shown."""

_OMELETTE = Film("kitchen/omelette in 40 s.mp4", 40, 1, written_answers.CLEAN, Verdict.APPROVE)
_TOAST = Film("parties/new year's toast.mp4", 30, 2, written_answers.TOAST, Verdict.REVIEW, alert=True)

FILMS = (
    Film("talks/keynote part 1.mp4", 72, 3),
    STAR,
    _OMELETTE,
    Film("talks/keynote part 2.mp4", 64, 11),
    Film("matches/2024+25 best goals.mp4", 45, 4),
    _TOAST,
    Film("travel/São Paulo by night.mp4", 25, 7),
    Film("parks/picnic.mp4", 22, 6, written_answers.PICNIC, Verdict.APPROVE),
    Film("travel/京都の祭り.mp4", 38, 8),
    Film("sports/archery practice.mp4", 18, 9, written_answers.ARCHERY, Verdict.REVIEW),
    Film("shop/100% wool, folded.mp4", 20, 11),
    Film("shorts/cat.mp4", 12, 12),
)

AGAIN = (STAR, _OMELETTE, STAR, _TOAST)
"""Films that stand in the manifest once more each time they stand here."""

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
    rows = [f"{BUCKET},{quote(film.key)}" for film in (*FILMS, *AGAIN)]
    return "\n".join(["Bucket,Key", *rows, *FAILURES, *_BAD_ROWS]) + "\n"


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
