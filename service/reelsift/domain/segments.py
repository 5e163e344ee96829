"""A segment: a stretch of time in which a label is seen without a break."""

import math
import statistics
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise, zip_longest
from typing import Any

from reelsift.domain.analysis import Analysis

GAP_STEPS = 1.5
"""How many sampling steps may lie between two samples of one segment, unless the caller says otherwise."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One label seen without a break from `start_ms` to `end_ms` (milliseconds from the video's start).

    `parents` run from the top level down, without the label. `samples` counts distinct times, of which each has the
    highest confidence detected at it; confidences are 0-100. `max_confidence` is exactly a number of the answer, and
    `peak_ms` the first time it was reached. `details` is a JSON object of what this analysis alone tells. `last_ms` is
    the last sample's own time, a sampling step before `end_ms`; None where AWS says itself when a stretch ends.
    """

    analysis: Analysis
    label: str
    parents: tuple[str, ...]
    start_ms: int
    end_ms: int
    samples: int
    max_confidence: float
    mean_confidence: float
    peak_ms: int
    details: Mapping[str, Any] = field(default_factory=dict, hash=False)
    last_ms: int | None = None

    @property
    def seen_until_ms(self) -> int:
        """Until when the answer itself shows it. What lies between this and `end_ms` was never looked at."""
        return self.end_ms if self.last_ms is None else self.last_ms

    @property
    def path(self) -> tuple[str, ...]:
        """From the top level down to the label itself."""
        return (*self.parents, self.label)

    @property
    def known_as(self) -> str | None:
        """What tells namesakes apart: a celebrity's Id, None for all else."""
        member = self.analysis.spec.known_by
        known_as = None if member is None else self.details.get(member)
        return None if known_as is None else str(known_as)


@dataclass(frozen=True, slots=True)
class Sampling:
    """How an answer was sampled: what decides where a segment ends.

    `step_ms` is the time a sample stands for, `max_gap_ms` the longest gap inside a segment, `duration_ms` the
    video's length (None where the answer does not tell it).
    """

    step_ms: float
    max_gap_ms: float
    duration_ms: int | None

    def bound(self, start_ms: int, end_ms: int, next_ms: int | None) -> int:
        """`end_ms`, but neither after the video's end nor into the label's next segment nor before `start_ms`.

        The last holds even where AWS reports a sample after the end that its own metadata names.
        """
        for limit in (self.duration_ms, next_ms):
            if limit is not None:
                end_ms = min(end_ms, limit)
        return max(start_ms, end_ms)


def step_ms(times: Iterable[int], nominal_ms: int) -> float:
    """The sampling step of an answer in milliseconds, from the distinct times of all its labels.

    The median of the gaps up to twice the nominal step, and the nominal step where there are none: clean stretches
    leave no rows, so a plain median would take minutes for a step.
    """
    gaps = [gap for gap in map(_difference, pairwise(sorted(set(times)))) if gap <= 2 * nominal_ms]
    return float(statistics.median(gaps)) if gaps else float(nominal_ms)


def join_samples(
    analysis: Analysis,
    label: str,
    parents: tuple[str, ...],
    detections: Iterable[tuple[int, float]],
    sampling: Sampling,
) -> Iterator[Segment]:
    """The segments of one label out of its detections (time in ms, confidence), in any order.

    Several detections at one time are one sample with the highest confidence: a page read twice, or version 6's
    Gambling under Gambling, is not seen twice. So each detection's time lies in exactly one segment.
    """
    samples: dict[int, float] = {}
    for at_ms, confidence in detections:
        samples[at_ms] = max(confidence, samples.get(at_ms, confidence))
    stretches = list(_stretches(sorted(samples), sampling.max_gap_ms))
    starts = (stretch[0] for stretch in stretches[1:])
    for stretch, next_ms in zip_longest(stretches, starts):
        last_ms = stretch[-1]
        end_ms = sampling.bound(last_ms, math.floor(last_ms + sampling.step_ms), next_ms)
        readings = [(samples[at_ms], at_ms) for at_ms in stretch]
        yield replace(_segment(analysis, label, parents, stretch[0], end_ms, readings), last_ms=last_ms)


def keep_stretches(
    analysis: Analysis,
    label: str,
    parents: tuple[str, ...],
    stretches: Iterable[tuple[int, int, float]],
    sampling: Sampling,
) -> Iterator[Segment]:
    """The segments of one label where AWS has aggregated already (start and end in ms, confidence), in any order.

    They stay as AWS says. Only stretches that overlap become one, with a sample for each; a repeated row counts once.
    """
    group: list[tuple[int, int, float]] = []
    end_ms = 0
    for stretch in sorted(set(stretches)):
        if group and stretch[0] >= end_ms and stretch[:2] != group[-1][:2]:
            yield _kept(analysis, label, parents, group, sampling)
            group = []
        end_ms = max(end_ms, stretch[1]) if group else stretch[1]
        group.append(stretch)
    if group:
        yield _kept(analysis, label, parents, group, sampling)


def keep_apart(
    analysis: Analysis,
    label: str,
    parents: tuple[str, ...],
    stretches: Iterable[tuple[int, int, float]],
    sampling: Sampling,
) -> Iterator[Segment]:
    """The segments of one label of which each stretch (start and end in ms, confidence) stays one, in their order."""
    for stretch in stretches:
        yield _kept(analysis, label, parents, [stretch], sampling)


def _kept(
    analysis: Analysis,
    label: str,
    parents: tuple[str, ...],
    group: list[tuple[int, int, float]],
    sampling: Sampling,
) -> Segment:
    start_ms = group[0][0]
    end_ms = sampling.bound(start_ms, max(end for _, end, _ in group), None)
    readings = [(confidence, start) for start, _, confidence in group]
    return _segment(analysis, label, parents, start_ms, end_ms, readings)


def _segment(
    analysis: Analysis,
    label: str,
    parents: tuple[str, ...],
    start_ms: int,
    end_ms: int,
    readings: list[tuple[float, int]],
) -> Segment:
    highest, at_ms = max(readings, key=lambda reading: (reading[0], -reading[1]))
    mean = math.fsum(confidence for confidence, _ in readings) / len(readings)
    return Segment(
        analysis=analysis,
        label=label,
        parents=parents,
        start_ms=start_ms,
        end_ms=end_ms,
        samples=len(readings),
        max_confidence=highest,
        # The quotient may be rounded to just above equal readings.
        mean_confidence=min(mean, highest),
        peak_ms=at_ms,
    )


def _stretches(times: list[int], max_gap_ms: float) -> Iterator[list[int]]:
    stretch = times[:1]
    for before, at_ms in pairwise(times):
        if at_ms - before > max_gap_ms:
            yield stretch
            stretch = []
        stretch.append(at_ms)
    if stretch:
        yield stretch


def _difference(pair: tuple[int, int]) -> int:
    return pair[1] - pair[0]
