"""The rules of a policy as a person writes them: YAML in, thresholds out, a sentence for each thing that is wrong."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model, model_validator

from reelsift.domain.analyses.spec import Judging
from reelsift.domain.analysis import Analysis


class Action(StrEnum):
    """What a threshold is for."""

    REVIEW = "review"
    REJECT = "reject"
    ALERT = "alert"


Rule = Mapping[Action, float | None]
"""A label's thresholds, 0-100, None where switched off. An action that is missing is inherited."""

DEFAULT_RULE: Rule = {Action.REVIEW: 80.0, Action.REJECT: None, Action.ALERT: 95.0}
"""What a policy's `default` does not name. A label nobody knew of is looked at rather than let through."""


_SHOWN_BELOW = 10**9
_SENTENCES = 50
_PART_SHOWN = 100

_UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What PyYAML raises for a value that is not of its type: a 13th month, `!!bool maybe`, 5,000 digits."""


class PolicyError(ValueError):
    """The policy cannot be used. Each line of the message names a key and says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a policy's text says: a complete default, each analysis' rules by label as written, and the analyses that
    it switches off.
    """

    default: Rule
    by_label: Mapping[Analysis, Mapping[str, Rule]]
    switched_off: frozenset[Analysis]

    written: tuple[float, ...] = ()
    """The thresholds that stand there, without those of a default that it does not name."""


def read_rules(text: str) -> Rules:
    """Reads a policy's YAML (the shape is explained in default_policy.yaml). Raises PolicyError."""
    try:
        document = yaml.load(text, Loader=_Loader)  # noqa: S506 -- it is a SafeLoader
    except PolicyError:
        raise
    except yaml.YAMLError as error:
        raise PolicyError(f"the policy is not YAML: {_yaml_problem(error)}") from error
    except RecursionError:
        raise PolicyError("the policy is nested too deeply") from None
    except (ValueError, OverflowError):
        # chr() of what PyYAML has read as a number.
        raise PolicyError("the policy has an escape in quotes that stands for no character") from None
    if not isinstance(document, dict) or not document:
        raise PolicyError(f"the policy needs at least one of the keys {', '.join(_Document.model_fields)}")
    try:
        sections = _Document.model_validate(document)
    except ValidationError as error:
        raise PolicyError("\n".join(_first(_sentences(error), error.error_count()))) from None
    default = sections.default.named()
    by_label = {analysis: _named(getattr(sections, analysis) or {}) for analysis in _JUDGED}
    rules = [default, *(rule for labels in by_label.values() for rule in labels.values())]
    return Rules(
        default={**DEFAULT_RULE, **default},
        by_label=by_label,
        switched_off=frozenset(analysis for analysis in _JUDGED if getattr(sections, analysis) is None),
        written=tuple(threshold for rule in rules for threshold in rule.values() if threshold is not None),
    )


def _yaml_problem(error: yaml.YAMLError) -> str:
    """Where YAML could not be read, and why, in a line."""
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
    if mark is None or problem is None:
        return " ".join(str(error).split())
    return f"line {mark.line + 1}, column {mark.column + 1}: {problem}"


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


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    review: _Threshold = None
    reject: _Threshold = None
    alert: _Threshold = None

    @model_validator(mode="before")
    @classmethod
    def _all_off(cls, rule: Any) -> Any:
        return dict.fromkeys(Action) if _is_off(rule) else rule

    @model_validator(mode="after")
    def _ordered(self) -> "_Rule":
        if self.review is not None and self.reject is not None and self.review > self.reject:
            raise ValueError(f"review ({self.review:g}) must not lie above reject ({self.reject:g})")
        return self

    def named(self) -> Rule:
        return {action: getattr(self, action) for action in Action if action in self.model_fields_set}


class _Default(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    default: _Rule = Field(default_factory=_Rule)

    @model_validator(mode="before")
    @classmethod
    def _empty_sections(cls, document: dict[str, Any]) -> dict[str, Any]:
        # A section with all its lines commented out is null to YAML; `default: off` means what it says.
        return {key: {} if value is None and key != "default" else value for key, value in document.items()}


_JUDGED = [analysis for analysis in Analysis if analysis.spec.judging is not Judging.NEVER]


def _switched_off(section: Any) -> Any:
    return None if section == "off" or section is False else section


_Section = Annotated[dict[str, _Rule] | None, BeforeValidator(_switched_off), Field(default_factory=dict)]
"""None where the analysis is switched off."""

_sections: dict[str, Any] = dict.fromkeys(map(str, _JUDGED), _Section)

_Document = create_model("_Document", __base__=_Default, **_sections)
"""`default`, and a section for each analysis that a policy judges."""


class _Loader(yaml.SafeLoader):
    """Refuses what YAML would quietly misread: a key that stands twice, and a key like `off` that is no text."""

    def compose_scalar_node(self, anchor: Any) -> yaml.ScalarNode:
        node = super().compose_scalar_node(anchor)
        if any("\ud800" <= character <= "\udfff" for character in node.value):
            raise PolicyError(f"line {node.start_mark.line + 1}: half a surrogate pair stands for no character")
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 -- PyYAML's signature
        seen: set[str] = set()
        for key, _ in node.value:
            line = key.start_mark.line + 1
            if key.tag != "tag:yaml.org,2002:str" or not isinstance(key, yaml.ScalarNode):
                raise PolicyError(f"line {line}: a key must be text; put it in quotes")
            if key.value.casefold() in seen:
                raise PolicyError(f"line {line}: {key.value[:_PART_SHOWN]} stands there for the second time")
            seen.add(key.value.casefold())
        return super().construct_mapping(node, deep=deep)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: FBT001, FBT002 -- PyYAML's signature
        try:
            return super().construct_object(node, deep=deep)
        except PolicyError:
            raise
        except _UNREADABLE:
            kind = node.tag.rpartition(":")[2]
            raise PolicyError(f"line {node.start_mark.line + 1}: this cannot be read as {kind}") from None


def _named(section: Mapping[str, _Rule]) -> dict[str, Rule]:
    return {label: rule.named() for label, rule in section.items()}


def _first(sentences: Iterable[str], count: int) -> Iterable[str]:
    yield from islice(sentences, _SENTENCES)
    if count > _SENTENCES:
        yield f"and {count - _SENTENCES} more"


def _sentences(error: ValidationError) -> Iterable[str]:
    for problem in error.errors():
        place = ".".join(str(part)[:_PART_SHOWN] for part in problem["loc"])
        match problem["type"]:
            case "extra_forbidden":
                known = Action if len(problem["loc"]) > 1 else _Document.model_fields
                yield f"{place}: there is no such key; there are {', '.join(known)}"
            case "dict_type":
                yield f"{place}: must be labels, each with its thresholds"
            case "model_type" | "model_attributes_type":
                yield f"{place}: must be off, or thresholds for {', '.join(Action)}"
            case "value_error":
                yield f"{place}: {problem['ctx']['error']}"
            case _:
                yield f"{place}: cannot be used"
