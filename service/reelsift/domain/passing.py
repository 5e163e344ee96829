"""What of a video's evidence passes a policy's thresholds."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reelsift.domain.analyses.spec import Judging
from reelsift.domain.combination import SeenTogether
from reelsift.domain.content_type import Kinds, by_kinds
from reelsift.domain.evidence import Evidence, Gathered, Key, Meeting
from reelsift.domain.rules import Action, Bar, Rules
from reelsift.domain.segments import Segment
from reelsift.domain.stretches import Stretches


@dataclass(frozen=True, slots=True)
class Reached:
    """The segment of this number reaches a bar: as sure as Rekognition was in the pictures to which the bar applies."""

    number: int
    segment: Segment
    bar: Bar


@dataclass(frozen=True, slots=True)
class Passed:
    """What of a label passes a threshold of 0-100: its segments that reach it, at least one, in order. `path` runs from
    the top level down to the label; below a combination the combination's name is the top.
    """

    path: tuple[str, ...]
    threshold: float
    segments: tuple[Segment, ...]

    @property
    def surest(self) -> Segment:
        """The segment of the highest confidence, of equals that whose peak comes first."""
        return max(self.segments, key=_most_sure)


def passing(action: Action, gathered: Gathered, rules: Rules) -> dict[Key, Passed]:
    """What passes the thresholds for an action, by what tells it from all others."""
    reach = _reached_by_kinds if gathered.kinds_matter else _reached
    reached = [(found, of_label) for found in gathered.labels if (of_label := reach(action, found, rules))]
    seen_ms = _seen_ms(reached)
    passed = {}
    for found, of_label in reached:
        seen = seen_ms.get(_counted_with(found), 0) if seen_ms else 0
        if enough := [one for one in of_label if seen >= one.bar.at_least_ms]:
            passed[found.key] = _passed(found, enough)
    for meeting in gathered.meetings:
        threshold = rules.threshold_together(action, meeting.combination)
        if threshold is not None:
            passed |= dict(_met(meeting, threshold))
    return passed


def _reached(action: Action, found: Evidence, rules: Rules) -> list[Reached]:
    """What reaches the one bar that holds for all pictures."""
    bar = rules.bar(action, found.label.analysis, found.names)
    if bar is None or found.label.max_confidence < bar.threshold:
        return []
    return [
        Reached(number, segment, bar)
        for number, segment in enumerate(found.label.segments)
        if segment.max_confidence >= bar.threshold
    ]


def _reached_by_kinds(action: Action, found: Evidence, rules: Rules) -> list[Reached]:
    """The same where pictures of a kind may have a bar of their own."""
    analysis, bars = found.label.analysis, dict[Kinds, Bar | None]()
    reached = []
    for number, segment in enumerate(found.label.segments):
        for kinds, part in by_kinds(segment):
            if kinds not in bars:
                bars[kinds] = rules.bar(action, analysis, found.names, kinds)
            bar = bars[kinds]
            if bar is not None and part.max_confidence >= bar.threshold:
                reached.append(Reached(number, part, bar))
    return reached


def _counted_with(found: Evidence) -> Key:
    """Evidence whose time is counted together: that of one label, and of all texts that one rule looks for."""
    analysis = found.label.analysis
    return (analysis, found.names[0]) if analysis.spec.judging is Judging.WRITING else found.key


def _seen_ms(reached: Iterable[tuple[Evidence, list[Reached]]]) -> dict[Key, int]:
    """How long in all that is seen which must be seen for a time. Where segments lie over each other, once."""
    reached = list(reached)
    if not any(one.bar.at_least_ms for _, of_label in reached for one in of_label):
        return {}
    timed: dict[Key, list[Reached]] = {}
    for found, of_label in reached:
        timed.setdefault(_counted_with(found), []).extend(of_label)
    return {
        key: Stretches((one.segment.start_ms, one.segment.end_ms) for one in together).length_ms
        for key, together in timed.items()
        if any(one.bar.at_least_ms for one in together)
    }


def _passed(found: Evidence, reached: Iterable[Reached]) -> Passed:
    """A segment may reach bars for pictures of several kinds: then its surest part stands for it."""
    surest: dict[int, Reached] = {}
    for one in reached:
        if surest.setdefault(one.number, one) is not one and _most_sure(one.segment) > _most_sure(
            surest[one.number].segment
        ):
            surest[one.number] = one
    highest = max(surest.values(), key=lambda one: _most_sure(one.segment))
    return Passed(found.label.path, highest.bar.threshold, tuple(one.segment for one in surest.values()))


def _met(meeting: Meeting, threshold: float) -> Iterator[tuple[Key, Passed]]:
    combination = meeting.combination
    near = SeenTogether(
        [[segment for found in member for segment in found.label.segments] for member in meeting.members],
        combination.within_ms,
        threshold,
    )
    for found in dict.fromkeys(found for member in meeting.members for found in member):
        segments = tuple(segment for segment in found.label.segments if near.has(segment))
        if segments:
            yield (*found.key, combination.name), Passed((combination.name, *found.label.path), threshold, segments)


def _most_sure(segment: Segment) -> tuple[float, int]:
    return segment.max_confidence, -segment.peak_ms
