"""A policy: what is seen or read, from which confidence on, makes a video one to review or to reject, or alerts."""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from enum import StrEnum
from functools import cache, cached_property, partial
from importlib import resources
from typing import Any, Self

from reelsift.domain import taxonomy
from reelsift.domain.analyses.options import Values
from reelsift.domain.analysis import Analysis
from reelsift.domain.evidence import Key, gather
from reelsift.domain.folding import fold_accents
from reelsift.domain.handling import Handling
from reelsift.domain.passing import Passed, passing
from reelsift.domain.policy_document import PolicyDocument, read_policy_document, read_stored_document
from reelsift.domain.policy_lists import ReadWords
from reelsift.domain.policy_yaml import PolicyError
from reelsift.domain.rules import Action, Combination, Rule, Rules
from reelsift.domain.segments import Segment
from reelsift.domain.unseen_thresholds import UnseenThresholds, unseen_thresholds

DEFAULT_POLICY_TEXT = resources.files(__package__).joinpath("default_policy.yaml").read_text(encoding="utf-8")
"""The built-in policy, as YAML a user can print and edit."""


class Verdict(StrEnum):
    """What a policy makes of a video, the mildest first."""

    APPROVE = "approve"
    INCOMPLETE = "incomplete"
    """Nothing is known against it, and an analysis that the policy needs is missing."""
    REVIEW = "review"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Peak:
    """A label that passed a threshold, both 0-100: its highest confidence is at or above it.

    `peak_ms` is the first time of the highest confidence; `ranges_ms` are start and end of the label's segments that
    reach the threshold, in order. Milliseconds from the video's start. `known_as` tells namesakes apart: a celebrity's
    Id, None for all else.
    """

    analysis: Analysis
    label: str
    parents: tuple[str, ...]
    max_confidence: float
    peak_ms: int
    threshold: float
    ranges_ms: tuple[tuple[int, int], ...]
    known_as: str | None = None

    @property
    def path(self) -> tuple[str, ...]:
        """From the top level down to the label itself."""
        return (*self.parents, self.label)

    @property
    def category(self) -> str:
        return taxonomy.category(self.path)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a policy makes of a video's segments; each tuple holds a label once, the most confident first
    (of a label and its equally confident parent, the label), and once more below each combination it takes part in.

    `reviews` leaves out the labels in `rejects`. `missing` are the analyses that the policy needs and that were not
    judged, whatever the verdict.
    """

    verdict: Verdict
    alerts: tuple[Peak, ...]
    rejects: tuple[Peak, ...]
    reviews: tuple[Peak, ...]
    missing: tuple[Analysis, ...] = ()

    @property
    def reasons(self) -> tuple[Peak, ...]:
        """What the verdict rests on: the rejects, or else the reviews; nothing for an approval."""
        return self.rejects or self.reviews


@dataclass(frozen=True, slots=True)
class UnknownName:
    """A name that a policy has and the vocabulary it is taken from does not: perhaps new, perhaps mistyped.

    `place` is the section it stands in, or `ignore_in` or `queues`; `nearest` the known name that is most like it.
    """

    place: str
    name: str
    nearest: str


JUDGE_VERSION = 1
"""Goes up when `Policy.judge` makes another verdict of the same rules and segments."""

MOST_DOCUMENT_BYTES = 32 * 1024 * 1024
"""Of a policy with the words of its files in it."""


# Without slots, so that what follows from thousands of words is derived once, and not for each video.
@dataclass(frozen=True)
class Policy:
    """What decides over videos. Make one with `parse`."""

    rules: Rules
    handling: Handling = field(default_factory=Handling)
    document: str = field(default="{}", compare=False, repr=False)
    """What it was parsed from as JSON on one line, with the words of files in it: parsed, it is the same policy. The
    same for texts that differ in nothing but comments, order and layout.
    """
    unknown: tuple[UnknownName, ...] = ()
    """Names whose rules have no effect, as far as is known."""
    fractions: bool = False
    """Whether all thresholds that are written lie in 0-1, so that they are hardly meant as 0-100."""

    @classmethod
    def parse(cls, text: str, read_words: ReadWords | None = None) -> Self:
        """Reads a policy from YAML. `read_words` reads the files of words that it names; without it, there are none at
        hand. Raises PolicyError, with a sentence for each key that is wrong.
        """
        return cls._of(read_policy_document(text, read_words))

    @classmethod
    def stored(cls, document: str) -> Self:
        """Reads a policy's `document`: words without number in a moment, where YAML would take minutes. Raises
        PolicyError.
        """
        return cls._of(read_stored_document(document))

    @classmethod
    def _of(cls, document: PolicyDocument) -> Self:
        return cls(
            rules=document.rules,
            handling=document.handling,
            document=_canonical(document.content),
            unknown=tuple(_unknown(document.names)),
            fractions=_are_fractions(document.thresholds),
        )

    @classmethod
    @cache
    def built_in(cls) -> Self:
        """The policy of a deployment that has none of its own."""
        return cls.parse(DEFAULT_POLICY_TEXT)

    @cached_property
    def digest(self) -> str:
        """16 hexadecimal digits that change when a threshold, a word or a pattern does, and not with comments, order or
        layout, nor with the file that a word comes from, nor with what people are asked: it says whether a verdict is
        one of this policy. The labels that Rekognition is known to have, and how this release judges, are part of it.
        """
        rules = {
            analysis: {name: _content(rule) for name, rule in by_name.items()}
            for analysis, by_name in self.rules.by_name.items()
        }
        judge = [JUDGE_VERSION, taxonomy.DIGEST]
        content: list[Any] = [_content(self.rules.default), rules, sorted(self.rules.switched_off), judge]
        if self.rules.together:
            content.append({name: _content_together(one) for name, one in self.rules.together.items()})
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def document_digest(self) -> str:
        """16 hexadecimal digits that name the document as it is stored."""
        return digest_of_document(self.document.encode())

    @property
    def needs(self) -> frozenset[Analysis]:
        """The analyses without which a video cannot be approved.

        One of which every label is judged, unless it is switched off: a label that nobody knew of may be wrong too. Of
        the others those with a threshold for review or reject. A policy that needs none raises alerts alone, and clears
        no video.
        """
        return self.rules.needs

    def lowest(self, analysis: Analysis) -> float | None:
        """The confidence (0-100) below which no segment of this analysis changes a judgement, whatever it is of; None
        where none ever does. Stretches that `ignore_in` names count however sure Rekognition is of them.
        """
        return self.rules.lowest(analysis)

    def names(self, analysis: Analysis) -> frozenset[str] | None:
        """The folded names of which a segment of an analysis must have one to count for anything; None: any may."""
        return self.rules.names(analysis)

    def unseen(self, options: Values) -> list[UnseenThresholds]:
        """Its thresholds below what a deployment with these options ever sees. None of a policy of fractions: that all
        of these are too low is another mistake.
        """
        return [] if self.fractions else list(unseen_thresholds(self.rules, options))

    def threshold(self, action: Action, analysis: Analysis, path: tuple[str, ...]) -> float | None:
        """The confidence (0-100) from which on this action applies to the label at the end of the path, None: never."""
        return self.rules.threshold(action, analysis, [fold_accents(label) for label in reversed(path)])

    def judge(self, segments: Iterable[Segment], analysed: Collection[Analysis]) -> Judgement:
        """Judges one video by all its segments, of whichever analyses, in any order. `analysed` are the analyses that
        have an answer, whether it shows anything or not.

        What was found counts, whatever is missing. Where nothing was, a video that lacks an analysis the policy needs
        is not approved: what is missing can only make a verdict worse.
        """
        evidence = gather(segments, self.rules)
        alerts, rejects, reviews = (
            _peaks(passing(action, evidence, self.rules)) for action in (Action.ALERT, Action.REJECT, Action.REVIEW)
        )
        missing = tuple(analysis for analysis in Analysis if analysis in self.needs.difference(analysed))
        if rejects:
            verdict = Verdict.REJECT
        elif reviews:
            verdict = Verdict.REVIEW
        else:
            verdict = Verdict.APPROVE if self.needs and not missing else Verdict.INCOMPLETE
        return Judgement(
            verdict=verdict,
            alerts=_ranked(alerts.values()),
            rejects=_ranked(rejects.values()),
            reviews=_ranked(peak for key, peak in reviews.items() if key not in rejects),
            missing=missing,
        )


def _peaks(passed: Mapping[Key, Passed]) -> dict[Key, Peak]:
    return {key: _peak(one) for key, one in passed.items()}


def digest_of_document(stored: bytes) -> str:
    """16 hexadecimal digits that name a stored document."""
    return hashlib.sha256(stored).hexdigest()[:16]


def _canonical(content: Mapping[str, Any]) -> str:
    """A policy's content as its one text. Raises PolicyError where that would be too large."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    if len(text.encode()) > MOST_DOCUMENT_BYTES:
        raise PolicyError(f"the policy with the words of its files is larger than {MOST_DOCUMENT_BYTES // 1024**2} MiB")
    return text


def _peak(passed: Passed) -> Peak:
    surest = passed.surest
    return Peak(
        analysis=surest.analysis,
        label=passed.path[-1],
        parents=passed.path[:-1],
        max_confidence=surest.max_confidence,
        peak_ms=surest.peak_ms,
        threshold=passed.threshold,
        ranges_ms=tuple((segment.start_ms, segment.end_ms) for segment in passed.segments),
        known_as=passed.segments[0].known_as,
    )


def _ranked(peaks: Iterable[Peak]) -> tuple[Peak, ...]:
    return tuple(sorted(peaks, key=_most_telling))


def _most_telling(peak: Peak) -> tuple[float, int, int, tuple[str, ...]]:
    # A parent is as confident as its label, and says less.
    return (-peak.max_confidence, -len(peak.path), peak.peak_ms, peak.path)


def _content(rule: Rule) -> dict[str, Any]:
    """What a rule says, whatever the order in which it says it."""
    content: dict[str, Any] = {"thresholds": rule.thresholds}
    if rule.ignore_in is not None:
        content["ignore_in"] = sorted(rule.ignore_in)
    if rule.at_least_ms:
        content["at_least_ms"] = rule.at_least_ms
    if rule.by_content:
        content["by_content"] = rule.by_content
    if rule.sought is not None:
        content |= {"phrases": sorted(rule.sought.phrases), "patterns": sorted(rule.sought.patterns)}
    return content


def _content_together(combination: Combination) -> dict[str, Any]:
    content: dict[str, Any] = {
        "members": sorted([member.analysis, member.name] for member in combination.members),
        "within_ms": combination.within_ms,
        "thresholds": combination.thresholds,
    }
    return content if combination.ignore_in is None else content | {"ignore_in": sorted(combination.ignore_in)}


def _are_fractions(thresholds: Sequence[float]) -> bool:
    # 0 alone means every label, and is meant so.
    return any(0 < threshold < 1 for threshold in thresholds) and max(thresholds) <= 1


def _unknown(names: Mapping[str, Sequence[str]]) -> Iterator[UnknownName]:
    for place, written in names.items():
        if place == "together":
            continue
        vocabulary = sorted(_in_queues(names) if place == "queues" else _vocabulary(place))
        known = set(map(fold_accents, vocabulary))
        for name in written:
            if known and fold_accents(name) not in known:
                yield UnknownName(place, name, max(vocabulary, key=partial(_likeness, name)))


def _vocabulary(place: str) -> frozenset[str]:
    """The labels that may stand in a section, or in `ignore_in`; none where they are without number."""
    if place in set(Analysis):
        return Analysis(place).spec.vocabulary
    return frozenset().union(*(analysis.spec.vocabulary for analysis in Analysis if analysis.spec.marks_stretches))


def _in_queues(names: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """What may have a queue: what can be a reason. Labels of label detection are without number, so that nothing is
    known where the policy names any: those below them are reasons too.
    """
    if names[Analysis.LABELS]:
        return frozenset()
    judged = frozenset(name for place, written in names.items() if place in set(Analysis) for name in written)
    return judged.union(*(analysis.spec.vocabulary for analysis in Analysis))


def _likeness(name: str, known: str) -> float:
    return SequenceMatcher(None, name.casefold(), known.casefold()).ratio()
