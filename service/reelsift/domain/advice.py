"""Thresholds for a wanted precision of rejections and a bearable share of missed, by what people have decided.

What is chosen is chosen on one half of the videos and stated on the other: the best of many choices always looks better
than it is where it was chosen. Below ten events nothing is said, and nothing is advised below what was asked for.
"""

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from reelsift.domain.decided_video import DecidedVideo, LabelId
from reelsift.domain.proportion import Proportion
from reelsift.domain.status import Status
from reelsift.domain.weighted_count import FEWEST_EVENTS, WeightedCount

CONFIDENCES = (*range(50, 95, 5), *range(95, 100))
"""Thresholds that may be advised."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A decided video, and how sure Rekognition was of each label by which it may be sent to review (0-100). `fixed` is
    whether something sends it there that no threshold of a label decides alone: a combination, or a time.
    """

    video: DecidedVideo
    confidences: Mapping[LabelId, float]
    fixed: bool = False

    @property
    def is_of_second_half(self) -> bool:
        """A hash decides, the same each time: who asks again gets no other halves."""
        return hashlib.sha256(b"advice\0" + self.video.video_id.encode()).digest()[0] % 2 == 1


@dataclass(frozen=True, slots=True)
class LabelThresholds:
    """What the policy says of a label now, and the lowest confidence that was asked for (0-100)."""

    review: float | None
    reject: float | None
    least: float


class Outcome(StrEnum):
    """What comes of looking for a threshold."""

    ADVISED = "advised"
    TOO_FEW = "too_few"
    """Too few events to say."""
    NOT_REACHED = "not_reached"
    """No threshold is good enough on the half that it is chosen on."""
    NOT_CONFIRMED = "not_confirmed"
    """One was chosen, and the other half does not bear it out."""


@dataclass(frozen=True, slots=True)
class RejectAdvice:
    """A threshold for rejections by a label. `stated` is its precision on the half that it was not chosen on, and
    `items` how many decided videos of both halves lie at or above it: people need not look at so many.
    """

    label: LabelId
    outcome: Outcome
    now: float | None
    threshold: float | None = None
    stated: Proportion | None = None
    items: int = 0


@dataclass(frozen=True, slots=True)
class Load:
    """What thresholds for review come to: `items` to look at (videos, those that were drawn by their weights), `found`
    of them wrong, and what is missed.
    """

    items: float
    found: float
    missed: WeightedCount

    @property
    def share(self) -> float | None:
        """Of all that is wrong, what is missed (0-1)."""
        return _part(self.missed.total, self.found)

    @property
    def interval(self) -> tuple[float | None, float | None]:
        """The bounds of that."""
        return _part(self.missed.low, self.found), _part(self.missed.high, self.found)


@dataclass(frozen=True, slots=True)
class ReviewAdvice:
    """Thresholds for review that are advised, by label, with those of now. `before` and `after` are stated on the half
    that nothing was chosen on.
    """

    outcome: Outcome
    thresholds: Mapping[LabelId, tuple[float | None, float]]
    before: Load
    after: Load


def advise_reject(
    weighed: Sequence[Weighed], labels: Mapping[LabelId, LabelThresholds], precision: float
) -> list[RejectAdvice]:
    """The lowest threshold of each label at which the lower bound of its precision is what is wanted (0-1), and none
    below its threshold for review. Only videos count that came before a person by their verdict.
    """
    reviewed = [one for one in weighed if one.video.probability is None]
    return [_reject(reviewed, label, labels[label], precision) for label in sorted(labels)]


def _reject(reviewed: Sequence[Weighed], label: LabelId, now: LabelThresholds, precision: float) -> RejectAdvice:
    least = max(now.least, now.review or 0)
    of_label = [one for one in reviewed if one.confidences.get(label, -1) >= least]
    first = [one for one in of_label if not one.is_of_second_half]
    second = [one for one in of_label if one.is_of_second_half]
    steps = [step for step in CONFIDENCES if step >= least]
    shares = {step: _rejected(first, label, step) for step in steps}
    if not any(share.hits >= FEWEST_EVENTS for share in shares.values()):
        return RejectAdvice(label, Outcome.TOO_FEW, now.reject)
    good = (step for step, share in shares.items() if share.hits >= FEWEST_EVENTS and share.low >= precision)
    threshold = next(good, None)
    if threshold is None:
        return RejectAdvice(label, Outcome.NOT_REACHED, now.reject)
    stated = _rejected(second, label, threshold)
    if stated.hits < FEWEST_EVENTS:
        outcome = Outcome.TOO_FEW
    else:
        outcome = Outcome.ADVISED if stated.low >= precision else Outcome.NOT_CONFIRMED
    items = sum(one.confidences[label] >= threshold for one in of_label)
    return RejectAdvice(label, outcome, now.reject, float(threshold), stated, items)


def _rejected(videos: Iterable[Weighed], label: LabelId, threshold: float) -> Proportion:
    rejected = [one.video.status is Status.REJECTED for one in videos if one.confidences[label] >= threshold]
    return Proportion(sum(rejected), len(rejected))


def advise_review(
    weighed: Sequence[Weighed], labels: Mapping[LabelId, LabelThresholds], bearable: float
) -> ReviewAdvice:
    """Thresholds for review by which no more than a bearable share (0-1) of all that is wrong is missed, with as little
    to look at as can be: from those of now a step at a time, lower while too much is missed, then higher while that
    costs least for what it saves.
    """
    first = _Half([one for one in weighed if not one.is_of_second_half], labels)
    second = _Half([one for one in weighed if one.is_of_second_half], labels)
    now = {label: math.inf if one.review is None else one.review for label, one in labels.items()}
    before = second.load(now)
    few = min(first.load(now).missed.events, before.missed.events) < FEWEST_EVENTS
    if few:
        return ReviewAdvice(Outcome.TOO_FEW, {}, before, before)
    chosen = first.lowered(now, bearable)
    if chosen is None:
        return ReviewAdvice(Outcome.NOT_REACHED, {}, before, before)
    chosen = first.raised(chosen, bearable)
    changed = {label: (labels[label].review, value) for label, value in chosen.items() if value != now[label]}
    after = second.load(chosen)
    if after.missed.events < FEWEST_EVENTS:
        outcome = Outcome.TOO_FEW
    else:
        outcome = Outcome.ADVISED if after.share is not None and after.share <= bearable else Outcome.NOT_CONFIRMED
    return ReviewAdvice(outcome, changed, before, after)


class _Half:
    """The videos of one half, and what thresholds for review make of them."""

    def __init__(self, videos: Sequence[Weighed], labels: Mapping[LabelId, LabelThresholds]) -> None:
        self._videos = videos
        self._labels = labels
        self._largest = max((one.video.weight for one in videos), default=0.0)

    def load(self, thresholds: Mapping[LabelId, float]) -> Load:
        """What these thresholds come to."""
        looked = [_is_reviewed(one, thresholds) for one in self._videos]
        pairs = list(zip(self._videos, looked, strict=True))
        return Load(
            items=math.fsum(one.video.weight for one, seen in pairs if seen),
            found=math.fsum(one.video.weight for one, seen in pairs if seen and one.video.is_wrong),
            missed=WeightedCount.of(
                (one.video.weight for one, seen in pairs if not seen and one.video.is_wrong), self._largest
            ),
        )

    def lowered(self, thresholds: Mapping[LabelId, float], bearable: float) -> dict[LabelId, float] | None:
        """Thresholds lowered until no more is missed than is bearable; None where that cannot be."""
        chosen = dict(thresholds)
        load = self.load(chosen)
        while (load.share or 0.0) > bearable:
            best = self._best(chosen, self._steps_down(chosen), load)
            if best is None:
                return None
            chosen, load = best
        return chosen

    def raised(self, thresholds: Mapping[LabelId, float], bearable: float) -> dict[LabelId, float]:
        """Thresholds raised for as long as no more is missed than is bearable."""
        chosen = dict(thresholds)
        load = self.load(chosen)
        while True:
            best = self._cheapest(chosen, load, bearable)
            if best is None:
                return chosen
            chosen, load = best

    def _best(
        self, chosen: Mapping[LabelId, float], steps: Iterable[tuple[LabelId, float]], load: Load
    ) -> tuple[dict[LabelId, float], Load] | None:
        """The step that finds most for what there is to look at more, of those that find ten that were missed."""
        # Of equals the highest: it is the first.
        highest_first = sorted(steps, key=lambda step: -step[1])
        tried = [({**chosen, label: step}, self.load({**chosen, label: step})) for label, step in highest_first]
        better = [one for one in tried if load.missed.events - one[1].missed.events >= FEWEST_EVENTS]
        return max(better, key=lambda one: (one[1].found - load.found) / (one[1].items - load.items), default=None)

    def _cheapest(
        self, chosen: Mapping[LabelId, float], load: Load, bearable: float
    ) -> tuple[dict[LabelId, float], Load] | None:
        """The step that saves most for what it misses, of those that save ten videos and miss no more than is
        bearable.
        """
        tried = [
            ({**chosen, label: step}, self.load({**chosen, label: step})) for label, step in self._steps_up(chosen)
        ]
        allowed = [
            one for one in tried if load.items - one[1].items >= FEWEST_EVENTS and (one[1].share or 0.0) <= bearable
        ]
        return max(
            allowed,
            key=lambda one: (load.items - one[1].items) / (1 + one[1].missed.total - load.missed.total),
            default=None,
        )

    def _steps_down(self, chosen: Mapping[LabelId, float]) -> Iterable[tuple[LabelId, float]]:
        return (
            (label, float(step))
            for label, value in chosen.items()
            for step in CONFIDENCES
            if self._labels[label].least <= step < value
        )

    def _steps_up(self, chosen: Mapping[LabelId, float]) -> Iterable[tuple[LabelId, float]]:
        return (
            (label, float(step))
            for label, value in chosen.items()
            for step in CONFIDENCES
            if value < step <= (self._labels[label].reject or math.inf)
        )


def _is_reviewed(one: Weighed, thresholds: Mapping[LabelId, float]) -> bool:
    return one.fixed or any(sure >= thresholds.get(label, math.inf) for label, sure in one.confidences.items())


def _part(missed: float, found: float) -> float | None:
    return missed / (missed + found) if missed + found else None
