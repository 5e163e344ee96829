"""What one seed sends: videos, the batches and messages their lines come in, and poison."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from chaos.kinds import ANALYSES, KINDS, Kind
from support.world import BUCKET

FORBIDDEN_BUCKET = "somebody-elses-videos"

_MODERATION = ANALYSES[:1]
"""What a line asks for that names nothing. All lines ask for it: the policy needs it."""

BAD_ROW = "this row names no bucket and no key"
"""A row of a manifest that is no line."""

_REPEATED = 0.12
"""Of the videos that can be analysed, how many have further lines."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One video, or an object that is not there."""

    key: str
    kind: Kind
    duration_ms: int

    @property
    def bucket(self) -> str:
        return BUCKET if self.kind.allowed else FORBIDDEN_BUCKET


@dataclass(frozen=True, slots=True)
class Manifest:
    """A batch as `reelsift submit` gets it: a row a line, None for one that is no line."""

    name: str
    rows: tuple[Subject | None, ...]
    analyses: tuple[str, ...]

    def csv(self) -> str:
        """One row a line; keys are URL-encoded in a manifest."""
        return "".join(f"{row.bucket},{quote(row.key)}\n" if row else f"{BAD_ROW}\n" for row in self.rows)


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message: what it says, and which lines it has, None for one that cannot be read. A poison one is to end
    among the dead letters of its queue, with an outcome unless it is a completion.
    """

    queue: str
    body: str
    lines: tuple[Subject | None, ...]
    analyses: tuple[str, ...] = _MODERATION
    poison: bool = False
    reason: str | None = None


@dataclass
class Cast:
    """Everything that a seed sends."""

    subjects: list[Subject] = field(default_factory=list)
    manifests: list[Manifest] = field(default_factory=list)
    parcels: list[Parcel] = field(default_factory=list)

    @classmethod
    def of(cls, seed: int, videos: int) -> "Cast":
        """Follows from the seed and the number of videos alone."""
        chance, of_analyses = random.Random(f"{seed}/cast"), random.Random(f"{seed}/analyses")
        shares = [kind.share for kind in KINDS]
        kinds = chance.choices(KINDS, shares, k=videos)
        subjects = [
            Subject(f"{seed}/{number:04d} {kind.name}.mp4", kind, chance.randrange(500, 5000, 20))
            for number, kind in enumerate(kinds)
        ]
        cast = cls(subjects)
        lines = list(subjects)
        for subject in subjects:
            if subject.kind.repeatable and chance.random() < _REPEATED:
                lines += [subject] * chance.randint(1, 3)
        chance.shuffle(lines)
        cut = [len(lines) * part // 4 for part in range(5)]
        cast._submit("plain", lines[cut[0] : cut[1]], _MODERATION, chance)
        cast._submit("several", lines[cut[1] : cut[2]], _several(of_analyses), chance)
        cast.parcels = list(_parcels(lines[cut[2] : cut[4]], chance, of_analyses))
        chance.shuffle(cast.parcels)
        return cast

    def _submit(
        self, name: str, rows: Sequence[Subject | None], analyses: tuple[str, ...], chance: random.Random
    ) -> None:
        bad: list[Subject | None] = [None] * max(1, len(rows) // 25)
        mixed = [*rows, *bad]
        chance.shuffle(mixed)
        self.manifests.append(Manifest(name, tuple(mixed), analyses))


def _several(chance: random.Random) -> tuple[str, ...]:
    """Two to six analyses, in any order."""
    chosen = [*_MODERATION, *chance.sample(ANALYSES[1:], chance.randint(1, len(ANALYSES) - 1))]
    chance.shuffle(chosen)
    return tuple(chosen)


def _parcels(lines: Sequence[Subject], chance: random.Random, of_analyses: random.Random) -> Iterator[Parcel]:
    left = list(lines)
    while left:
        shape = chance.choice(("csv", "uri", "json", "several", "list", "rows", "event"))
        count = chance.randint(2, 6) if shape in {"list", "rows"} else 1
        taken, left = left[:count], left[count:]
        queue = "priority" if chance.random() < 0.15 else "intake"
        analyses = _several(of_analyses) if shape == "several" else _MODERATION
        yield _parcel(shape, queue, taken, chance, analyses)
    for number in range(max(2, len(lines) // 40)):
        yield from _poison(number, chance)


def _parcel(
    shape: str, queue: str, subjects: Sequence[Subject], chance: random.Random, analyses: tuple[str, ...]
) -> Parcel:
    first = subjects[0]
    members = [{"bucket": subject.bucket, "key": subject.key} for subject in subjects]
    s3 = {"bucket": {"name": first.bucket}, "object": {"key": quote(first.key, safe="")}}
    single = {
        "csv": f"{first.bucket},{quote(first.key)}",
        "uri": f"s3://{first.bucket}/{first.key}",
        "json": json.dumps(members[0]),
        "several": json.dumps(members[0] | {"analyses": list(analyses)}),
        "event": json.dumps({"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": s3}]}),
    }
    if shape in single:
        return Parcel(queue, single[shape], (first,), analyses)
    # One bad entry among good ones: an outcome of its own, and no harm to its neighbours.
    at = chance.randint(0, len(subjects))
    lines: list[Subject | None] = [*subjects[:at], None, *subjects[at:]]
    if shape == "rows":
        rows = [f"{subject.bucket},{quote(subject.key)}" if subject else BAD_ROW for subject in lines]
        return Parcel(queue, "\n".join(rows), tuple(lines))
    entries = [{"bucket": subject.bucket, "key": subject.key} if subject else {"key": 7} for subject in lines]
    return Parcel(queue, json.dumps(entries), tuple(lines))


def _poison(number: int, chance: random.Random) -> Iterator[Parcel]:
    queue = chance.choice(("intake", "priority"))
    body, reason = chance.choice(
        (
            (f'{{"poison": {number}, broken', "bad_message"),
            (f'{{"poison": {number}}}', "bad_message"),
            (f"poison {number} without a comma", "bad_line"),
            (f'{{"bucket": "{BUCKET}", "poison": {number}}}', "bad_line"),
        )
    )
    yield Parcel(queue, body, (None,), poison=True, reason=reason)
    yield Parcel("completion", f"poison {number} for the completions", (), poison=True)
