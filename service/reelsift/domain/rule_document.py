"""The rules of a policy as a person writes them: YAML's values in, rules out, words for each thing that is wrong."""

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationInfo,
    create_model,
    model_validator,
)

from reelsift.domain.analyses.spec import Judging
from reelsift.domain.analysis import Analysis
from reelsift.domain.combination import MOST_MEMBERS, Member
from reelsift.domain.content_type import ContentType
from reelsift.domain.duration_text import parse_ms
from reelsift.domain.folding import fold_accents
from reelsift.domain.policy_lists import Lists
from reelsift.domain.rules import Action, Combination, Rule, Thresholds
from reelsift.domain.sought_text import Phrase, SoughtText

PART_SHOWN = 100
"""Characters of what somebody wrote that a sentence repeats."""

JUDGED = [analysis for analysis in Analysis if analysis.spec.judging is not Judging.NEVER]
"""The analyses that a policy has a section for."""

_SHOWN_BELOW = 10**9


def folded(names: Iterable[str]) -> frozenset[str]:
    """Names as they are compared."""
    return frozenset(map(fold_accents, names))


def is_off(value: Any) -> bool:
    """Whether a value says that there is none."""
    # YAML 1.1 reads a bare `off` as false.
    return value is None or value is False or value == "off"


def _threshold(value: Any) -> float | None:
    if is_off(value):
        return None
    infinite = isinstance(value, float) and not math.isfinite(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or infinite:
        raise ValueError("must be a number from 0 to 100, or off")
    if not 0 <= value <= 100:  # noqa: PLR2004 -- the bounds of a confidence
        # A whole number of 400 digits is none that could be shown.
        raise ValueError("must lie between 0 and 100" + (f", is {value:g}" if abs(value) < _SHOWN_BELOW else ""))
    return float(value)


_Threshold = Annotated[float | None, BeforeValidator(_threshold)]


def texts(value: Any) -> list[str]:
    """A list of texts, as which one text stands for itself. Raises ValueError."""
    if is_off(value):
        return []
    entries = [value] if isinstance(value, str) else value
    if not isinstance(entries, list):
        raise ValueError("must be a list")  # noqa: TRY004 -- pydantic collects no TypeError
    for entry in entries:
        if not isinstance(entry, str):
            shown = str(entry) if type(entry) is int and abs(entry) < _SHOWN_BELOW else "an entry"
            raise ValueError(f"{shown} is no text; put it in quotes")  # noqa: TRY004 -- pydantic collects no TypeError
    return entries


Texts = Annotated[list[str], BeforeValidator(texts)]

_Lengths = dict[Action | None, int]
"""Milliseconds by action; under None those of each action that is not named."""


def _lengths(value: Any) -> _Lengths:
    if not isinstance(value, dict):
        return {None: parse_ms(value)}
    for action in value:
        if action not in set(Action):
            raise ValueError(f"there is no such key as {action[:PART_SHOWN]}; there are {', '.join(Action)}")
    return {Action(action): parse_ms(length) for action, length in value.items()}


class ThresholdsDocument(BaseModel):
    """Thresholds, and nothing else."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    review: _Threshold = None
    reject: _Threshold = None
    alert: _Threshold = None

    @model_validator(mode="before")
    @classmethod
    def _all_off(cls, rule: Any) -> Any:
        return dict.fromkeys(Action) if is_off(rule) else rule

    @model_validator(mode="after")
    def _ordered(self) -> "ThresholdsDocument":
        if self.review is not None and self.reject is not None and self.review > self.reject:
            raise ValueError(f"review ({self.review:g}) must not lie above reject ({self.reject:g})")
        return self

    def named(self) -> Thresholds:
        """The thresholds that stand there, None for those that are off."""
        return {action: getattr(self, action) for action in Action if action in self.model_fields_set}

    def every(self) -> list[Thresholds]:
        """All thresholds that stand there, those for kinds of pictures too."""
        return [self.named()]


class _Timed(ThresholdsDocument):
    at_least: Annotated[_Lengths, PlainValidator(_lengths)] = {}

    @model_validator(mode="after")
    def _beside_thresholds(self) -> "_Timed":
        stated = self._stated()
        if any(self.at_least.values()) and not stated:
            raise ValueError("at_least must stand beside a threshold: it says for how long that must be reached in all")
        for action in self.at_least:
            if action is not None and action not in stated:
                raise ValueError(f"at_least is said of {action}, for which no threshold stands beside it")
        return self

    def at_least_ms(self) -> dict[Action, int]:
        """For how long a threshold must be reached in all, where not at any time is enough."""
        stated, for_each = self._stated(), self.at_least.get(None, 0)
        lengths = {action: self.at_least.get(action, for_each) for action in Action if action in stated}
        return {action: length_ms for action, length_ms in lengths.items() if length_ms}

    def _stated(self) -> set[Action]:
        return {action for thresholds in self.every() for action, value in thresholds.items() if value is not None}


class DefaultDocument(_Timed):
    """Thresholds, others for kinds of pictures, and for how long they must be reached."""

    animated: ThresholdsDocument = Field(default_factory=ThresholdsDocument)
    illustrated: ThresholdsDocument = Field(default_factory=ThresholdsDocument)

    def every(self) -> list[Thresholds]:
        return [self.named(), *self.by_content().values()]

    def by_content(self) -> dict[ContentType, Thresholds]:
        """The thresholds for each kind of pictures that it speaks of."""
        kinds = {kind: getattr(self, kind).named() for kind in ContentType}
        return {kind: thresholds for kind, thresholds in kinds.items() if thresholds}


class RuleDocument(_Timed):
    """What stands behind a label or a name."""

    ignore_in: Texts | None = None

    def rule(self, name: str) -> Rule:
        """What it says of this name."""
        ignored = None if self.ignore_in is None else folded(self.ignore_in)
        return Rule(name, self.named(), ignored, at_least_ms=self.at_least_ms())


class ModerationRuleDocument(RuleDocument, DefaultDocument):
    """What stands behind a label of content moderation, which tells kinds of pictures apart."""

    def rule(self, name: str) -> Rule:
        return replace(super().rule(name), by_content=self.by_content())


def _lists(info: ValidationInfo) -> Lists:
    assert isinstance(info.context, Lists)  # noqa: S101 -- each validation of a document has one
    return info.context


def _phrases(value: Any, info: ValidationInfo) -> list[Phrase]:
    return _lists(info).phrases(texts(value))


def _patterns(value: Any, info: ValidationInfo) -> list[str]:
    return _lists(info).patterns(texts(value))


def _phrases_of_file(value: Any, info: ValidationInfo) -> list[Phrase]:
    if not isinstance(value, str):
        raise ValueError("must be the name of a file")  # noqa: TRY004 -- pydantic collects no TypeError
    lists = _lists(info)
    phrases = lists.phrases(lists.lines(value))
    if not phrases:
        raise ValueError(f"{value[:PART_SHOWN]} has no words")
    return phrases


class TextRuleDocument(RuleDocument):
    """What stands behind the name of a rule on what is written."""

    words: Annotated[list[Phrase], PlainValidator(_phrases)] = []
    words_file: Annotated[list[Phrase], PlainValidator(_phrases_of_file)] = []
    patterns: Annotated[list[str], PlainValidator(_patterns)] = []

    @model_validator(mode="after")
    def _seeks(self) -> "TextRuleDocument":
        if self.named() != dict.fromkeys(Action) and not (self.words or self.words_file or self.patterns):
            raise ValueError("needs words, a words_file or patterns")
        return self

    def rule(self, name: str) -> Rule:
        return replace(super().rule(name), sought=SoughtText([*self.words, *self.words_file], self.patterns))


class _Together(ThresholdsDocument):
    within: Annotated[int, BeforeValidator(parse_ms)]
    ignore_in: Texts | None = None

    @model_validator(mode="after")
    def _of_several(self) -> "_Together":
        if not 1 < len(self.members()) <= MOST_MEMBERS:
            raise ValueError(f"must name 2 to {MOST_MEMBERS} things that are seen together, each by its analysis")
        return self

    def members(self) -> list[Member]:
        """What is to be seen together; what is named twice, once."""
        members = (Member(analysis, fold_accents(name)) for analysis in JUDGED for name in self.named_by(analysis))
        return list(dict.fromkeys(members))

    def named_by(self, analysis: Analysis) -> list[str]:
        """What it names of an analysis, as written."""
        names: list[str] = getattr(self, analysis)
        return names

    def combination(self, name: str) -> Combination:
        ignored = None if self.ignore_in is None else folded(self.ignore_in)
        return Combination(name, tuple(self.members()), self.within, self.named(), ignored)


CombinationDocument = create_model(
    "CombinationDocument",
    __base__=_Together,
    **{str(analysis): (Texts, Field(default_factory=list)) for analysis in JUDGED},  # type: ignore[call-overload] # made at run time
)
"""What stands behind the name of a combination, with a key for each analysis of which it may name something."""

_RULES: dict[Judging, type[RuleDocument]] = {
    Judging.WRITING: TextRuleDocument,
    Judging.EVERY_LABEL: ModerationRuleDocument,
}
RULES = {str(analysis): _RULES.get(analysis.spec.judging, RuleDocument) for analysis in JUDGED}
"""What stands in the section of each analysis."""
