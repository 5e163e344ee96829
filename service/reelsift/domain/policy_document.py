"""A policy as a person writes it: YAML in, rules out, a sentence for each thing that is wrong."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    ValidationInfo,
    create_model,
    model_validator,
)

from reelsift.domain.analyses.spec import Judging
from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Reason
from reelsift.domain.folding import fold_accents
from reelsift.domain.handling import ON_FAILED, Handling, QueueRule
from reelsift.domain.handling_document import (
    parse_due_hours,
    parse_on_failed,
    parse_queue_rule,
    parse_queue_rules,
    parse_share,
    require_few_queues,
)
from reelsift.domain.policy_lists import Lists, ReadWords
from reelsift.domain.policy_yaml import PolicyError, load_policy
from reelsift.domain.rules import DEFAULT_THRESHOLDS, Action, Rule, Rules, Thresholds
from reelsift.domain.sought_text import Phrase, SoughtText

_SHOWN_BELOW = 10**9
_SENTENCES = 50
_PART_SHOWN = 100
_WORDS_FILE = "words_file"


@dataclass(frozen=True, slots=True)
class PolicyDocument:
    """What a policy's text says, and how it says it.

    `names` are the labels that it names, by the section that they stand in, or by `ignore_in` or `queues`. `thresholds`
    are those that stand there, without those of a default that it does not name. `content` is what the text says, with
    the words of files in place of their names.
    """

    rules: Rules
    handling: Handling
    names: Mapping[str, tuple[str, ...]]
    thresholds: tuple[float, ...]
    content: Mapping[str, Any]


def read_policy_document(text: str, read_words: ReadWords | None = None) -> PolicyDocument:
    """Reads a policy's YAML (the shape is explained in default_policy.yaml). `read_words` reads the files of words that
    it names; without it, there are none at hand. Raises PolicyError.
    """
    return _read(load_policy(text), Lists(read_words))


def read_stored_document(text: str) -> PolicyDocument:
    """Reads a policy's content as JSON, as `PolicyDocument.content` has it. Raises PolicyError."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PolicyError(f"the stored policy is not JSON: {error}") from None
    return _read(document, Lists(None))


def _read(document: Any, lists: Lists) -> PolicyDocument:
    if not isinstance(document, dict) or not document:
        raise PolicyError(f"the policy needs at least one of the keys {', '.join(_Document.model_fields)}")
    try:
        policy = _Document.model_validate(document, context=lists)
    except ValidationError as error:
        raise PolicyError("\n".join(_first(_sentences(error), error.error_count()))) from None
    sections = policy.sections()
    written = [rule for section in sections.values() for rule in (section or {}).values()]
    named = [policy.default.named(), *(rule.named() for rule in written)]
    ignored = [policy.ignore_in, *(rule.ignore_in or () for rule in written)]
    return PolicyDocument(
        rules=policy.rules(),
        handling=policy.handling(),
        names={
            **{str(analysis): tuple(section or ()) for analysis, section in sections.items()},
            "ignore_in": tuple(name for names in ignored for name in names),
            "queues": tuple(policy.queues),
        },
        thresholds=tuple(value for rule in named for value in rule.values() if value is not None),
        content=_self_contained(document, lists),
    )


def _self_contained(document: dict[str, Any], lists: Lists) -> dict[str, Any]:
    """A document with the words of files in place of their names: it means the same wherever it is read."""
    text = document.get(Analysis.TEXT)
    if not isinstance(text, dict):
        return document
    return document | {Analysis.TEXT.value: {name: _with_words(rule, lists) for name, rule in text.items()}}


def _with_words(rule: Any, lists: Lists) -> Any:
    if not isinstance(rule, dict) or _WORDS_FILE not in rule:
        return rule
    kept = {key: value for key, value in rule.items() if key != _WORDS_FILE}
    return kept | {"words": [*_texts(rule.get("words")), *lists.lines(rule[_WORDS_FILE])]}


def _folded(names: Iterable[str]) -> frozenset[str]:
    return frozenset(map(fold_accents, names))


def _is_off(value: Any) -> bool:
    # YAML 1.1 reads a bare `off` as false.
    return value is None or value is False or value == "off"


def _threshold(value: Any) -> float | None:
    if _is_off(value):
        return None
    infinite = isinstance(value, float) and not math.isfinite(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or infinite:
        raise ValueError("must be a number from 0 to 100, or off")
    if not 0 <= value <= 100:  # noqa: PLR2004 -- the bounds of a confidence
        # A whole number of 400 digits is none that could be shown.
        raise ValueError("must lie between 0 and 100" + (f", is {value:g}" if abs(value) < _SHOWN_BELOW else ""))
    return float(value)


_Threshold = Annotated[float | None, BeforeValidator(_threshold)]


def _texts(value: Any) -> list[str]:
    """A list of texts, as which one text stands for itself."""
    if _is_off(value):
        return []
    entries = [value] if isinstance(value, str) else value
    if not isinstance(entries, list):
        raise ValueError("must be a list")  # noqa: TRY004 -- pydantic collects no TypeError
    for entry in entries:
        if not isinstance(entry, str):
            shown = str(entry) if type(entry) is int and abs(entry) < _SHOWN_BELOW else "an entry"
            raise ValueError(f"{shown} is no text; put it in quotes")  # noqa: TRY004 -- pydantic collects no TypeError
    return entries


_Texts = Annotated[list[str], BeforeValidator(_texts)]


class _Thresholds(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    review: _Threshold = None
    reject: _Threshold = None
    alert: _Threshold = None

    @model_validator(mode="before")
    @classmethod
    def _all_off(cls, rule: Any) -> Any:
        return dict.fromkeys(Action) if _is_off(rule) else rule

    @model_validator(mode="after")
    def _ordered(self) -> "_Thresholds":
        if self.review is not None and self.reject is not None and self.review > self.reject:
            raise ValueError(f"review ({self.review:g}) must not lie above reject ({self.reject:g})")
        return self

    def named(self) -> Thresholds:
        return {action: getattr(self, action) for action in Action if action in self.model_fields_set}


class _Rule(_Thresholds):
    ignore_in: _Texts | None = None

    def rule(self, name: str) -> Rule:
        return Rule(name, self.named(), None if self.ignore_in is None else _folded(self.ignore_in))


def _lists(info: ValidationInfo) -> Lists:
    assert isinstance(info.context, Lists)  # noqa: S101 -- each validation of a document has one
    return info.context


def _phrases(value: Any, info: ValidationInfo) -> list[Phrase]:
    return _lists(info).phrases(_texts(value))


def _patterns(value: Any, info: ValidationInfo) -> list[str]:
    return _lists(info).patterns(_texts(value))


def _phrases_of_file(value: Any, info: ValidationInfo) -> list[Phrase]:
    if not isinstance(value, str):
        raise ValueError("must be the name of a file")  # noqa: TRY004 -- pydantic collects no TypeError
    lists = _lists(info)
    phrases = lists.phrases(lists.lines(value))
    if not phrases:
        raise ValueError(f"{value[:_PART_SHOWN]} has no words")
    return phrases


class _TextRule(_Rule):
    words: Annotated[list[Phrase], PlainValidator(_phrases)] = []
    words_file: Annotated[list[Phrase], PlainValidator(_phrases_of_file)] = []
    patterns: Annotated[list[str], PlainValidator(_patterns)] = []

    @model_validator(mode="after")
    def _seeks(self) -> "_TextRule":
        if self.named() != dict.fromkeys(Action) and not (self.words or self.words_file or self.patterns):
            raise ValueError("needs words, a words_file or patterns")
        return self

    def rule(self, name: str) -> Rule:
        return replace(super().rule(name), sought=SoughtText([*self.words, *self.words_file], self.patterns))


class _Common(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    default: _Thresholds = Field(default_factory=_Thresholds)
    ignore_in: _Texts = Field(default_factory=list)
    on_failed: Annotated[frozenset[Reason], PlainValidator(parse_on_failed)] = ON_FAILED
    audit_approvals: Annotated[float, PlainValidator(parse_share)] = 0.0
    queues: Annotated[
        dict[str, Annotated[QueueRule, PlainValidator(parse_queue_rule)]],
        BeforeValidator(parse_queue_rules),
        AfterValidator(require_few_queues),
    ] = Field(default_factory=dict)
    due_hours: Annotated[dict[str, float], PlainValidator(parse_due_hours)] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _empty_sections(cls, document: dict[str, Any]) -> dict[str, Any]:
        # A section with all its lines commented out is null to YAML; `default: off` means what it says.
        written = {key: value for key, value in document.items() if value is not None or key not in _HANDLING}
        return {key: {} if value is None and key in _SECTIONS else value for key, value in written.items()}

    def handling(self) -> Handling:
        """What people are asked."""
        queues = {fold_accents(name): rule for name, rule in self.queues.items()}
        return Handling(self.on_failed, self.audit_approvals, queues, self.due_hours)

    def sections(self) -> dict[Analysis, dict[str, _Rule] | None]:
        """The rules of each analysis by name as written, None where it is switched off."""
        return {analysis: getattr(self, analysis) for analysis in _JUDGED}

    def rules(self) -> Rules:
        sections = self.sections()
        default = {**DEFAULT_THRESHOLDS, **self.default.named()}
        return Rules(
            default=Rule(thresholds=default, ignore_in=_folded(self.ignore_in)),
            # The versions of a taxonomy differ in case ("Swimwear Or", "Swimwear or"), and so do people.
            by_name={
                analysis: {fold_accents(name): rule.rule(name) for name, rule in (section or {}).items()}
                for analysis, section in sections.items()
            },
            switched_off=frozenset(
                analysis
                for analysis, section in sections.items()
                if section is None and analysis.spec.judging is Judging.EVERY_LABEL
            ),
        )


def _off(section: Any) -> Any:
    """None for a section that says `off`."""
    return None if _is_off(section) else section


_JUDGED = [analysis for analysis in Analysis if analysis.spec.judging is not Judging.NEVER]
_RULES = {str(analysis): _TextRule if analysis.spec.judging is Judging.WRITING else _Rule for analysis in _JUDGED}
_SECTIONS: dict[str, Any] = {
    analysis: Annotated[dict[str, rule] | None, BeforeValidator(_off), Field(default_factory=dict)]  # type: ignore[valid-type] # made at run time
    for analysis, rule in _RULES.items()
}

_HANDLING = frozenset({"on_failed", "audit_approvals", "queues", "due_hours"})
"""Keys that say what people are asked. What a policy does not say there holds as if it stood there."""

_THRESHOLDS = f"thresholds for {', '.join(Action)}"
_NAMED = {_Rule: "labels, each with its thresholds", _TextRule: "rules, each with words or patterns and thresholds"}
_NEEDED = {_Thresholds: _THRESHOLDS, _Rule: _THRESHOLDS, _TextRule: f"words or patterns and {_THRESHOLDS}"}

_Document = create_model("_Document", __base__=_Common, **_SECTIONS)
"""`default`, `ignore_in`, what people are asked, and a section for each analysis that a policy judges."""


def _first(sentences: Iterable[str], count: int) -> Iterable[str]:
    yield from islice(sentences, _SENTENCES)
    if count > _SENTENCES:
        yield f"and {count - _SENTENCES} more"


def _sentences(error: ValidationError) -> Iterable[str]:
    for problem in error.errors():
        loc = problem["loc"]
        place = ".".join(str(part)[:_PART_SHOWN] for part in loc)
        match problem["type"]:
            case "extra_forbidden":
                known = _Document if len(loc) == 1 else _RULES.get(str(loc[0]), _Thresholds)
                yield f"{place}: there is no such key; there are {', '.join(known.model_fields)}"
            case "dict_type":
                yield f"{place}: must be {_NAMED[_RULES[str(loc[0])]]}"
            case "model_type" | "model_attributes_type":
                yield f"{place}: must be off, or {_NEEDED[_RULES.get(str(loc[0]), _Thresholds)]}"
            case "value_error":
                yield f"{place}: {problem['ctx']['error']}"
            case _:
                yield f"{place}: cannot be used"
