"""The reasons that people give for their decisions: what each says to reviewers, to uploaders and to authorities."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from itertools import islice
from types import MappingProxyType
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from reelsift.domain.territories import territory
from reelsift.domain.yaml_document import DocumentError, load_document

DEFAULT_CATALOGUE_TEXT = (
    resources.files(__package__).joinpath("default_reason_catalogue.yaml").read_text(encoding="utf-8")
)
"""The built-in catalogue, as YAML a user can print and edit."""

MOST_REASONS = 200
"""Reasons of one catalogue: more than anybody chooses from."""

LONGEST_CODE = 48
LONGEST_WORDS = 200
LONGEST_EXAMPLE = 500
MOST_EXAMPLES = 20
LONGEST_REFERENCE = 500
LONGEST_EXPLANATION = 2000
"""Characters. The last two are those that the EU's transparency database takes."""

_SENTENCES = 50
_PART_SHOWN = 100


class CatalogueError(ValueError):
    """The catalogue cannot be used. Each line of the message names a key and says what is wrong with it."""


class Ground(StrEnum):
    """What a reason rests on."""

    LAW = "law"
    TERMS = "terms"
    """The company's own terms and conditions."""


class StatementCategory(StrEnum):
    """The categories of the EU's transparency database, without their prefix and in lower case."""

    ANIMAL_WELFARE = "animal_welfare"
    CONSUMER_INFORMATION = "consumer_information"
    CYBER_VIOLENCE = "cyber_violence"
    CYBER_VIOLENCE_AGAINST_WOMEN = "cyber_violence_against_women"
    DATA_PROTECTION_AND_PRIVACY_VIOLATIONS = "data_protection_and_privacy_violations"
    ILLEGAL_OR_HARMFUL_SPEECH = "illegal_or_harmful_speech"
    INTELLECTUAL_PROPERTY_INFRINGEMENTS = "intellectual_property_infringements"
    NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS = "negative_effects_on_civic_discourse_or_elections"
    NOT_SPECIFIED_NOTICE = "not_specified_notice"
    OTHER_VIOLATION_TC = "other_violation_tc"
    PROTECTION_OF_MINORS = "protection_of_minors"
    RISK_FOR_PUBLIC_SECURITY = "risk_for_public_security"
    SCAMS_AND_FRAUD = "scams_and_fraud"
    SELF_HARM = "self_harm"
    UNSAFE_AND_PROHIBITED_PRODUCTS = "unsafe_and_prohibited_products"
    VIOLENCE = "violence"

    @property
    def in_database(self) -> str:
        """Its name in the database's interface."""
        return f"STATEMENT_CATEGORY_{self.name}"


@dataclass(frozen=True, slots=True)
class DecisionReason:
    """One reason of a catalogue.

    `words` and `examples` are for reviewers, `explanation` is for the uploader. `reference` names the law, or the
    clause of the terms, that it rests on. `territories` are those in which it applies (ISO 3166-1), none: everywhere.
    """

    code: str
    words: str
    ground: Ground
    reference: str
    explanation: str
    category: StatementCategory
    examples: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()

    def copied(self) -> dict[str, Any]:
        """As JSON, for a decision: all but the examples."""
        return {
            "code": self.code,
            "words": self.words,
            "ground": str(self.ground),
            "reference": self.reference,
            "explanation": self.explanation,
            "category": str(self.category),
            "territories": list(self.territories),
        }

    def members(self) -> dict[str, Any]:
        """All of it, as JSON."""
        return self.copied() | {"examples": list(self.examples)}

    @classmethod
    def of_copy(cls, members: Mapping[str, Any]) -> Self:
        """What a decision has copied."""
        return cls(
            code=members["code"],
            words=members["words"],
            ground=Ground(members["ground"]),
            reference=members["reference"],
            explanation=members["explanation"],
            category=StatementCategory(members["category"]),
            territories=tuple(members["territories"]),
        )


class UnknownReason(LookupError):
    """The catalogue has no reason of this code; `codes` are those it has."""

    def __init__(self, code: str, codes: Sequence[str]) -> None:
        super().__init__(code)
        self.code = code
        self.codes = tuple(codes)


@dataclass(frozen=True, slots=True)
class ReasonCatalogue:
    """The reasons by their codes, in the order of the document."""

    by_code: Mapping[str, DecisionReason]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads a catalogue from YAML (the shape is explained in default_reason_catalogue.yaml). Raises CatalogueError,
        with a sentence for each key that is wrong.
        """
        try:
            document = load_document(text, "the catalogue")
        except DocumentError as error:
            raise CatalogueError(str(error)) from error
        if not isinstance(document, dict) or set(document) != {"reasons"}:
            raise CatalogueError("the catalogue needs the key reasons, and no other")
        reasons = document["reasons"]
        if not isinstance(reasons, dict) or not reasons:
            raise CatalogueError("reasons: must be reasons by their codes, one at least")
        if len(reasons) > MOST_REASONS:
            raise CatalogueError(f"reasons: there are {len(reasons):,}; a catalogue takes {MOST_REASONS}")
        try:
            read = _REASONS.validate_python(reasons)
        except ValidationError as error:
            raise CatalogueError("\n".join(_first(_sentences(error), error.error_count()))) from None
        return cls(MappingProxyType({code: reason.reason(code) for code, reason in read.items()}))

    @classmethod
    @cache
    def built_in(cls) -> Self:
        """The catalogue of a deployment that has none of its own."""
        return cls.parse(DEFAULT_CATALOGUE_TEXT)

    def reasons(self, codes: Iterable[str]) -> tuple[DecisionReason, ...]:
        """The reasons of these codes, each once, in the order they were first named. Raises UnknownReason."""
        found: dict[str, DecisionReason] = {}
        for code in codes:
            if code not in self.by_code:
                raise UnknownReason(code, tuple(self.by_code))
            found[code] = self.by_code[code]
        return tuple(found.values())


def _entries(value: Any) -> Any:
    """A list of texts, as which one text stands for itself."""
    entries = [value] if isinstance(value, str) else [] if value is None else value
    if not isinstance(entries, list):
        raise ValueError("must be a list")  # noqa: TRY004 -- pydantic collects no TypeError
    for entry in entries:
        if not isinstance(entry, str):
            # YAML 1.1 reads a bare NO, Norway, as false.
            shown = "NO" if entry is False else "an entry"
            raise ValueError(f"{shown} is no text to YAML; put it in quotes")  # noqa: TRY004 -- the same
    return entries


def _territories(value: Any) -> list[str]:
    return sorted({territory(entry) for entry in _entries(value)})


def _text(longest: int) -> Any:
    return Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=longest)]


_Code = Annotated[str, StringConstraints(pattern=rf"^[a-z][a-z0-9_]{{0,{LONGEST_CODE - 1}}}\z")]


class _Reason(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    words: _text(LONGEST_WORDS)  # type: ignore[valid-type] # made at run time
    ground: Ground
    reference: _text(LONGEST_REFERENCE)  # type: ignore[valid-type]
    explanation: _text(LONGEST_EXPLANATION)  # type: ignore[valid-type]
    category: StatementCategory
    examples: Annotated[
        list[_text(LONGEST_EXAMPLE)],  # type: ignore[valid-type]
        BeforeValidator(_entries),
        Field(max_length=MOST_EXAMPLES),
    ] = []
    territories: Annotated[list[str], BeforeValidator(_territories)] = []

    def reason(self, code: str) -> DecisionReason:
        return DecisionReason(
            code=code,
            words=self.words,
            ground=self.ground,
            reference=self.reference,
            explanation=self.explanation,
            category=self.category,
            examples=tuple(self.examples),
            territories=tuple(self.territories),
        )


_REASONS = TypeAdapter(dict[_Code, _Reason])


def _first(sentences: Iterable[str], count: int) -> Iterator[str]:
    yield from islice(sentences, _SENTENCES)
    if count > _SENTENCES:
        yield f"and {count - _SENTENCES} more"


def _sentences(error: ValidationError) -> Iterator[str]:
    for problem in error.errors():
        loc = [str(part)[:_PART_SHOWN] for part in problem["loc"]]
        if loc[-1] == "[key]":
            yield f"reasons.{loc[0]}: {_A_CODE}"
        else:
            yield f"{'.'.join(['reasons', *loc])}: {_fault(problem, loc[-1])}"


_A_CODE = f"a code is up to {LONGEST_CODE} lower-case letters, digits and underscores, and begins with a letter"

_FAULTS = {
    "missing": "is missing",
    "extra_forbidden": f"there is no such key; there are {', '.join(_Reason.model_fields)}",
    "model_type": f"must be a reason, with {', '.join(_Reason.model_fields)}",
    "string_type": "must be text; put it in quotes",
    "string_too_short": "must not be empty",
    "string_too_long": "has more than {max_length:,} characters",
    "too_long": "has more than {max_length} entries",
    "value_error": "{error}",
}
"""What is wrong with a key, by pydantic's names of errors and with their contexts."""


def _fault(problem: Any, key: str) -> str:
    if problem["type"] == "enum":
        kinds: type[StrEnum] = Ground if key == "ground" else StatementCategory
        return f"must be one of {', '.join(kinds)}"
    return _FAULTS.get(problem["type"], "cannot be used").format_map(problem.get("ctx", {}))
