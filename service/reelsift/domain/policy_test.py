"""The test of a policy: what it makes of videos that were judged before, added up. Pure, and mergeable: any division of
the videos gives the same result.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from reelsift.domain.analysis import Analysis
from reelsift.domain.foreseen import is_foreseen
from reelsift.domain.judged_video import Found, JudgedVideo, KnownAnswer
from reelsift.domain.policy import Judgement, Policy, Verdict
from reelsift.domain.policy_version import Models
from reelsift.domain.proportion import Proportion
from reelsift.domain.rules import Rules
from reelsift.domain.status import Status, status_of_verdict
from reelsift.domain.unseen_thresholds import unseen_thresholds
from reelsift.domain.video_verdict import MOST_REASONS, Rejecting

MOST_EXAMPLES = 20

MOST_BATCHES = 1_000
"""Batches that are told apart; what moves in further ones is counted under OTHER_BATCHES."""

OTHER_BATCHES = "others"

CONCLUSIVE = 0.99
"""The share of the videos that a test has to cover to say anything: what is missing may be of one kind."""

_GRAVITY = {verdict: place for place, verdict in enumerate([None, *Verdict])}

VerdictMove = tuple[Verdict | None, Verdict | None]
StatusMove = tuple[Status | None, Status | None]


class LeftOut(StrEnum):
    """Why a video was not judged."""

    LACKING = "lacking"
    """Its answers are neither in the copy nor among the results that were read."""
    GONE = "gone"
    """A result was deleted: a re-evaluation leaves the video as it is."""
    CHANGED = "changed"
    """It has got another answer, or was forgotten, while the test ran."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which videos a test is about: those of the lines of a batch, those whose verdict was made since a time (epoch
    milliseconds), and of these a sample of so many.
    """

    batch_id: str | None = None
    since_ms: int = 0
    sample: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it is about everything stored."""
        return self == EVERYTHING


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True)
class Example:
    """A video that moves, and why: by what was found now, or by what was found then and no longer counts."""

    video_id: str
    uri: str
    verdict: VerdictMove
    status: StatusMove
    found: Found | None
    decided: bool
    batch: str | None

    @property
    def rank(self) -> tuple[int, float, str]:
        """The higher, the more telling: by how far it moves, then by how sure the label is. No two are equal."""
        before, after = (_GRAVITY[verdict] for verdict in self.verdict)
        return abs(after - before), self.found.confidence if self.found is not None else 0.0, self.video_id

    def members(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "video_id": self.video_id,
            "video": self.uri,
            "verdict": [_text(verdict) for verdict in self.verdict],
            "status": [_text(status) for status in self.status],
            "reason": None if self.found is None else self.found.members(),
            "decided": self.decided,
            "batch": self.batch,
        }


@dataclass(slots=True)
class PolicyTest:
    """What a test has found so far.

    `moves` counts the videos that were judged by verdict before and after, those that stay too; `status_moves` the same
    by status, and `alone` those that machines would reject without a person. `by_label` and `by_batch` count only what
    moves, by the label that the move is owed to and by batch.
    `decided` has for each side of the test, verdict and status the videos whose status a person has decided.
    `unseen` counts answers of which less was asked for than a threshold needs, `unknown` those of which nobody noted
    what was asked for, `missing` videos without an answer that the policy needs, `versions` answers by model version.
    """

    videos: int = 0
    left_out: Counter[LeftOut] = field(default_factory=Counter)
    moves: Counter[VerdictMove] = field(default_factory=Counter)
    status_moves: Counter[StatusMove] = field(default_factory=Counter)
    moved_decided: int = 0
    alone: int = 0
    by_label: dict[tuple[Analysis, str], Counter[VerdictMove]] = field(default_factory=dict)
    by_batch: dict[str, Counter[VerdictMove]] = field(default_factory=dict)
    decided: Counter[tuple[str, Verdict | None, Status]] = field(default_factory=Counter)
    unseen: Counter[Analysis] = field(default_factory=Counter)
    unknown: Counter[Analysis] = field(default_factory=Counter)
    missing: Counter[Analysis] = field(default_factory=Counter)
    versions: Counter[tuple[Analysis, str]] = field(default_factory=Counter)
    examples: dict[VerdictMove, list[Example]] = field(default_factory=dict)

    @property
    def covered(self) -> float:
        """The share of the videos (0-1) that was judged, of those whose results are there; 1 where there are none."""
        there = self.videos - self.left_out[LeftOut.GONE] - self.left_out[LeftOut.CHANGED]
        return self.moves.total() / there if there else 1.0

    @property
    def concludes(self) -> bool:
        return self.covered >= CONCLUSIVE

    @property
    def moved(self) -> int:
        """How many videos get another verdict."""
        return sum(count for (before, after), count in self.moves.items() if before != after)

    @property
    def status_moved(self) -> int:
        """How many videos get another status."""
        return sum(count for (before, after), count in self.status_moves.items() if before != after)

    def in_review(self, side: int) -> int:
        """How many of the videos wait for a person, before (0) or after (1), as far as verdicts send them there."""
        return sum(count for move, count in self.status_moves.items() if move[side] is Status.IN_REVIEW)

    def leave_out(self, why: LeftOut, videos: int = 1) -> None:
        """Count videos that were not judged."""
        if videos:
            self.videos += videos
            self.left_out[why] += videos

    def add(self, video: JudgedVideo, judgement: Judgement, answers: Iterable[KnownAnswer], asked: "Asked") -> None:
        """Count a video that was judged. `answers` are those that were judged."""
        answers = list(answers)
        after = judgement.verdict if asked.clears else None
        alone = asked.rejects_alone(judgement, answers)
        status = status_of_verdict(after, Rejecting.ALONE if alone else None)
        if video.decided or status is None:
            status = video.status
        elif alone and video.status is not Status.REJECTED:
            self.alone += 1
        move, status_move = (video.verdict, after), (video.status, status)
        self.videos += 1
        self.moves[move] += 1
        self.status_moves[status_move] += 1
        self.missing.update(judgement.missing)
        for answer in answers:
            self._note(answer, asked)
        if video.decided and video.status in {Status.APPROVED, Status.RESTRICTED, Status.REJECTED}:
            self.decided["before", video.verdict, video.status] += 1
            self.decided["after", after, video.status] += 1
        if video.verdict == after:
            return
        self.moved_decided += video.decided
        found = Found.of(judgement.reasons) if _GRAVITY[after] > _GRAVITY[video.verdict] else video.found
        if found is not None:
            self.by_label.setdefault((found.analysis, found.label), Counter())[move] += 1
        if video.batch is not None:
            self.by_batch.setdefault(video.batch, Counter())[move] += 1
        example = Example(video.video_id, video.uri, move, status_move, found, video.decided, video.batch)
        self.examples[move] = _most_telling([*self.examples.get(move, []), example])

    def merge(self, other: "PolicyTest") -> None:
        """Count what another part of the test has found."""
        self.videos += other.videos
        self.moved_decided += other.moved_decided
        self.alone += other.alone
        for name in ("left_out", "moves", "status_moves", "decided", "unseen", "unknown", "missing", "versions"):
            getattr(self, name).update(getattr(other, name))
        for label, counts in other.by_label.items():
            self.by_label.setdefault(label, Counter()).update(counts)
        for batch, counts in other.by_batch.items():
            self.by_batch.setdefault(batch, Counter()).update(counts)
        for move, examples in other.examples.items():
            self.examples[move] = _most_telling([*self.examples.get(move, []), *examples])

    def most_telling(self) -> list[Example]:
        """Up to MOST_EXAMPLES examples: the most telling of each kind of move in turn, the farthest move first."""
        kinds = sorted(self.examples.values(), key=lambda examples: examples[0].rank[0], reverse=True)
        chosen: list[Example] = []
        for place in range(MOST_EXAMPLES):
            chosen += [examples[place] for examples in kinds if place < len(examples)]
        return chosen[:MOST_EXAMPLES]

    def batches(self) -> dict[str, Counter[VerdictMove]]:
        """What moves by batch, most first; MOST_BATCHES of them, and all others as one."""
        ordered = sorted(self.by_batch.items(), key=lambda batch: (-batch[1].total(), batch[0]))
        shown = dict(ordered[:MOST_BATCHES])
        for _, counts in ordered[MOST_BATCHES:]:
            shown.setdefault(OTHER_BATCHES, Counter()).update(counts)
        return shown

    def labels(self) -> list[tuple[Analysis, str, Counter[VerdictMove]]]:
        """What moves by the label that it is owed to, most first."""
        ordered = sorted(self.by_label.items(), key=lambda label: (-label[1].total(), label[0]))
        return [(analysis, label, counts) for (analysis, label), counts in ordered]

    def precision(self, side: str, verdict: Verdict) -> Proportion:
        """Of the videos with this verdict before or after whose status a person has decided, those in which the person
        found something: they rejected it, or, where the verdict is review, restricted it.
        """
        agreed = {Status.REJECTED} if verdict is Verdict.REJECT else {Status.REJECTED, Status.RESTRICTED}
        counts = {status: self.decided[side, verdict, status] for status in Status}
        return Proportion(sum(counts[status] for status in agreed), sum(counts.values()))

    def _note(self, answer: KnownAnswer, asked: "Asked") -> None:
        if answer.model_version is not None:
            self.versions[answer.analysis, answer.model_version] += 1
        least = asked.least.get(answer.analysis)
        if least is not None and answer.seen_from is None:
            self.unknown[answer.analysis] += 1
        elif least is not None and answer.seen_from is not None and answer.seen_from > least:
            self.unseen[answer.analysis] += 1


@dataclass(slots=True)
class PolicyTestRun:
    """A test, and what it rests on: `population` are the videos of its scope, of which a sample may be tested;
    `parts` of the copy were read, of which `unreadable` are damaged or of another format; `read` videos were judged by
    stored results.
    """

    scope: Scope
    test: PolicyTest = field(default_factory=PolicyTest)
    population: int = 0
    parts: int = 0
    unreadable: list[str] = field(default_factory=list)
    read: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """What a policy asks of answers: whether it needs any and so clears videos, and the lowest confidence (0-100) that
    one of its thresholds names, by analysis.

    Where machines reject, `known_models` are the versions of models by which they do, else it is None. How many an hour
    may have is not counted: that goes by when each video comes.
    """

    clears: bool
    least: Mapping[Analysis, float]
    rules: Rules
    known_models: Models | None = None

    def rejects_alone(self, judgement: Judgement, answers: Iterable[KnownAnswer]) -> bool:
        """Whether a video would be rejected without a person, as far as there is room in the hour."""
        if self.known_models is None or judgement.verdict is not Verdict.REJECT:
            return False
        models = {answer.analysis: answer.model_version for answer in answers}
        reasons = judgement.reasons[:MOST_REASONS]
        return any(is_foreseen(peak, self.rules, models, self.known_models) for peak in reasons)

    @classmethod
    def by(cls, policy: Policy, known_models: Models | None = None) -> "Asked":
        options = [analysis.spec.keep_from or analysis.spec.ask_from for analysis in Analysis]
        # All that is written lies below what nothing reaches.
        highest = {option.name: float("inf") for option in options if option is not None}
        low = {unseen.analysis: unseen.lowest for unseen in unseen_thresholds(policy.rules, highest)}
        return cls(bool(policy.needs), low, policy.rules, known_models)


def _most_telling(examples: list[Example]) -> list[Example]:
    return sorted(examples, key=lambda example: example.rank, reverse=True)[:MOST_EXAMPLES]


def _text(value: StrEnum | None) -> str | None:
    return None if value is None else str(value)
