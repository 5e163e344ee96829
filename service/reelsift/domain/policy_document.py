"""A policy as a person writes it: YAML in, rules out, a sentence for each thing that is wrong."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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
    create_model,
    model_validator,
)

from reelsift.domain.analyses.spec import Judging
from reelsift.domain.analysis import Analysis
from reelsift.domain.combination import MOST_COMBINATIONS
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
from reelsift.domain.rule_document import (
    JUDGED,
    PART_SHOWN,
    RULES,
    CombinationDocument,
    DefaultDocument,
    RuleDocument,
    TextRuleDocument,
    Texts,
    ThresholdsDocument,
    folded,
    is_off,
    texts,
)
from reelsift.domain.rules import DEFAULT_THRESHOLDS, Action, Rule, Rules

_SENTENCES = 50
TOGETHER = "together"
"""The section of combinations."""
_WORDS_FILE = "words_file"


@dataclass(frozen=True, slots=True)
class PolicyDocument:
    """What a policy's text says, and how it says it.

    `names` are the labels that it names, by the section that they stand in (or, named by a combination, might), or by
    `ignore_in`, `queues` or `together`. `thresholds` are those that stand there, without those of a default that it
    does not name. `content` is what the text says, with the words of files in place of their names.
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
    combinations = policy.together.values()
    named = [each for rule in (policy.default, *written, *combinations) for each in rule.every()]
    ignored = [
        policy.ignore_in,
        *(rule.ignore_in or () for rule in written),
        *(one.ignore_in or () for one in combinations),
    ]
    return PolicyDocument(
        rules=policy.rules(),
        handling=policy.handling(),
        names={
            **{
                str(analysis): (*(section or ()), *(name for one in combinations for name in one.named_by(analysis)))
                for analysis, section in sections.items()
            },
            "ignore_in": tuple(name for names in ignored for name in names),
            "queues": tuple(policy.queues),
            TOGETHER: tuple(policy.together),
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
    return kept | {"words": [*texts(rule.get("words")), *lists.lines(rule[_WORDS_FILE])]}


def _off(section: Any) -> Any:
    """None for a section that says `off`."""
    return None if is_off(section) else section


def _none(section: Any) -> Any:
    """Nothing for a section that says `off`."""
    return {} if is_off(section) else section


def _require_few(combinations: Mapping[str, Any]) -> Mapping[str, Any]:
    if len(combinations) > MOST_COMBINATIONS:
        raise ValueError(f"has {len(combinations):,} combinations; there may be {MOST_COMBINATIONS}")
    return combinations


class _Common(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    default: DefaultDocument = Field(default_factory=DefaultDocument)
    ignore_in: Texts = Field(default_factory=list)
    on_failed: Annotated[frozenset[Reason], PlainValidator(parse_on_failed)] = ON_FAILED
    audit_approvals: Annotated[float, PlainValidator(parse_share)] = 0.0
    second_opinions: Annotated[float, PlainValidator(parse_share)] = 0.0
    queues: Annotated[
        dict[str, Annotated[QueueRule, PlainValidator(parse_queue_rule)]],
        BeforeValidator(parse_queue_rules),
        AfterValidator(require_few_queues),
    ] = Field(default_factory=dict)
    due_hours: Annotated[dict[str, float], PlainValidator(parse_due_hours)] = Field(default_factory=dict)
    together: Annotated[
        dict[str, CombinationDocument],
        BeforeValidator(_none),
        AfterValidator(_require_few),
    ] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _empty_sections(cls, document: dict[str, Any]) -> dict[str, Any]:
        # A section with all its lines commented out is null to YAML; `default: off` means what it says.
        written = {key: value for key, value in document.items() if value is not None or key not in _HANDLING}
        return {key: {} if value is None and key in _SECTIONS else value for key, value in written.items()}

    @model_validator(mode="after")
    def _written_rules(self) -> "_Common":
        """What a combination names of what is written are rules, which must stand in their own section."""
        for analysis in (one for one in JUDGED if one.spec.judging is Judging.WRITING):
            rules = {fold_accents(name): name for name in self.sections()[analysis] or ()}
            for name, combination in self.together.items():
                for rule in combination.named_by(analysis):
                    if fold_accents(rule) not in rules:
                        place = f"{TOGETHER}.{name[:PART_SHOWN]}.{analysis}"
                        there = ", ".join(rules.values())[:PART_SHOWN] or "none"
                        raise ValueError(f"{place}: {analysis} has no rule {rule[:PART_SHOWN]}; there are {there}")
        return self

    def handling(self) -> Handling:
        """What people are asked."""
        queues = {fold_accents(name): rule for name, rule in self.queues.items()}
        return Handling(self.on_failed, self.audit_approvals, self.second_opinions, queues, self.due_hours)

    def sections(self) -> dict[Analysis, dict[str, RuleDocument] | None]:
        """The rules of each analysis by name as written, None where it is switched off."""
        return {analysis: getattr(self, analysis) for analysis in JUDGED}

    def rules(self) -> Rules:
        sections = self.sections()
        default = Rule(
            thresholds={**DEFAULT_THRESHOLDS, **self.default.named()},
            ignore_in=folded(self.ignore_in),
            at_least_ms=self.default.at_least_ms(),
            by_content=self.default.by_content(),
        )
        return Rules(
            default=default,
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
            together={fold_accents(name): one.combination(name) for name, one in self.together.items()},
        )


_SECTIONS: dict[str, Any] = {
    analysis: Annotated[dict[str, rule] | None, BeforeValidator(_off), Field(default_factory=dict)]  # type: ignore[valid-type] # made at run time
    for analysis, rule in RULES.items()
}

_HANDLING = frozenset({"on_failed", "audit_approvals", "second_opinions", "queues", "due_hours"})
"""Keys that say what people are asked. What a policy does not say there holds as if it stood there."""

_THRESHOLDS = f"thresholds for {', '.join(Action)}"
_BEHIND: dict[type[BaseModel], str] = {
    TextRuleDocument: f"words or patterns and {_THRESHOLDS}",
    CombinationDocument: f"what is seen together, within, and {_THRESHOLDS}",
}
_NAMES: dict[type[BaseModel], str] = {
    TextRuleDocument: "rules, each with words or patterns and thresholds",
    CombinationDocument: "combinations, each with what is seen together, within, and thresholds",
}

_Document = create_model("_Document", __base__=_Common, **_SECTIONS)
"""`default`, `ignore_in`, combinations, what people are asked, and a section for each analysis that a policy judges."""

_NAMED: dict[str, type[BaseModel]] = {**RULES, TOGETHER: CombinationDocument}
"""What stands behind each name of a section."""


def _first(sentences: Iterable[str], count: int) -> Iterable[str]:
    yield from islice(sentences, _SENTENCES)
    if count > _SENTENCES:
        yield f"and {count - _SENTENCES} more"


def _sentences(error: ValidationError) -> Iterable[str]:
    for problem in error.errors():
        loc = problem["loc"]
        place = ".".join(str(part)[:PART_SHOWN] for part in loc)
        before = f"{place}: " if place else ""
        match problem["type"]:
            case "extra_forbidden":
                yield f"{before}there is no such key; there are {', '.join(_model_at(loc[:-1]).model_fields)}"
            case "missing":
                yield f"{before}is missing: how far apart they may be seen, such as 5 s"
            case "dict_type":
                yield f"{before}must be {_NAMES.get(_NAMED[str(loc[0])], 'labels, each with its thresholds')}"
            case "model_type" | "model_attributes_type":
                yield f"{before}must be off, or {_BEHIND.get(_model_at(loc), _THRESHOLDS)}"
            case "value_error":
                yield f"{before}{problem['ctx']['error']}"
            case _:
                yield f"{before}cannot be used"


def _model_at(loc: tuple[int | str, ...]) -> type[BaseModel]:
    """What may stand in a place of the document."""
    match loc:
        case ():
            return _Document
        case ("default",):
            return DefaultDocument
        case (section, _) if section in _NAMED:
            return _NAMED[str(section)]
    return ThresholdsDocument
