"""Statements of reasons, as the EU's transparency database takes them: what a decision says of itself, and of nobody.

The members and their limits are those of the database's `POST /api/v1/statements` (digital-services-act/
transparency-database, `StatementStoreRequest`). A statement has no key, name, note or pseudonym: nothing of it leads
back to a person but for whoever has the decision.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from reelsift.domain.decision import OF_APPEALS, Action, Decision
from reelsift.domain.reason_catalogue import DecisionReason, Ground
from reelsift.domain.status import Restriction, Status

STATEMENTS_A_CALL = 100
"""Statements that one call takes."""

LONGEST_GROUND = 500
LONGEST_EXPLANATION = 2000
LONGEST_FACTS = 5000
LONGEST_URL = 500
"""Characters."""

FIRST_CONTENT_DAY = date(2000, 1, 1)
"""The database takes no content that is older."""

EEA = (
    *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI"),
    *("LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"),
)
"""The territories that the database knows."""


class NoStatement(StrEnum):
    """Why a decision has no statement."""

    NO_RESTRICTION = "no_restriction"
    """It restricts nothing."""
    WITHDRAWN = "withdrawn"
    """It was withdrawn."""
    SEALED = "sealed"
    """Only specialists may know of it."""
    NO_REASON = "no_reason"
    """It names no reason of the catalogue."""
    OUTSIDE = "outside"
    """It applies in no territory that the database knows."""


class Source(StrEnum):
    """What led to the decision."""

    NOTICE = "SOURCE_ARTICLE_16"
    """A notice of a user (DSA, Article 16)."""
    OWN = "SOURCE_VOLUNTARY"


class Deciding(StrEnum):
    """How far a machine decided; finding something to decide is not deciding."""

    PROGRAM = "AUTOMATED_DECISION_FULLY"
    PERSON = "AUTOMATED_DECISION_NOT_AUTOMATED"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a statement needs to know beside the decision itself. `withdrawn` says that a later one took it back."""

    withdrawn: bool = False
    sealed: bool = False
    source: Source = Source.OWN
    deciding: Deciding = Deciding.PERSON


def statement(decision: Decision, circumstances: Circumstances) -> dict[str, Any] | NoStatement:
    """The statement for a decision, or why there is none."""
    if decision.status not in {Status.RESTRICTED, Status.REJECTED} or decision.action is Action.UPHOLD:
        return NoStatement.NO_RESTRICTION
    if circumstances.sealed or decision.kind is not None:
        return NoStatement.SEALED
    if circumstances.withdrawn:
        return NoStatement.WITHDRAWN
    reasons = decision.reasons
    if not reasons:
        return NoStatement.NO_REASON
    scope = _territories(reasons, decision.restriction)
    if not scope:
        return NoStatement.OUTSIDE
    applied = datetime.fromtimestamp(decision.at_ms / 1000, UTC).date()
    since = applied if decision.content_date is None else date.fromisoformat(decision.content_date)
    first = reasons[0]
    others = sorted({reason.category.in_database for reason in reasons} - {first.category.in_database})
    made = {
        "puid": puid(decision.digest),
        **_restrictions(decision.restriction),
        **_grounds(first.ground, reasons),
        "content_type": ["CONTENT_TYPE_VIDEO"],
        "category": first.category.in_database,
        "category_addition": others or None,
        "territorial_scope": scope,
        # Of content that is older than the database takes, and of content whose age is not known, the nearest day.
        "content_date": max(FIRST_CONTENT_DAY, min(since, applied)).isoformat(),
        "application_date": applied.isoformat(),
        "decision_facts": _facts(decision, circumstances),
        "source_type": str(circumstances.source),
        "automated_detection": "Yes" if decision.automated else "No",
        "automated_decision": str(circumstances.deciding),
    }
    return {name: value for name, value in made.items() if value is not None}


def puid(digest: str) -> str:
    """The id of a decision's statement, by the digest of the decision: always the same one, so that a statement that is
    sent twice is refused, and never that of another.
    """
    return hashlib.sha256(f"statement of reasons\0{digest}".encode()).hexdigest()


def _territories(reasons: Iterable[DecisionReason], restriction: Restriction | None) -> list[str]:
    """Where the decision applies: where it restricts, as far as one of its reasons applies there."""
    where: set[str] = set()
    for reason in reasons:
        where |= set(reason.territories) or set(EEA)
    if restriction is not None and restriction.territories:
        where &= set(restriction.territories)
    return sorted(where & set(EEA))


def _restrictions(restriction: Restriction | None) -> dict[str, Any]:
    """What is restricted. A rejected video stays where it is, and is not shown."""
    if restriction is None:
        return {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_DISABLED"]}
    visibility = []
    if restriction.demote:
        visibility.append("DECISION_VISIBILITY_CONTENT_DEMOTED")
    if restriction.age is not None:
        visibility.append("DECISION_VISIBILITY_CONTENT_AGE_RESTRICTED")
    if restriction.warning_label is not None:
        visibility.append("DECISION_VISIBILITY_CONTENT_LABELLED")
    if not visibility and not restriction.demonetise:
        # Territories alone: there it is not shown.
        visibility.append("DECISION_VISIBILITY_CONTENT_DISABLED")
    return {
        "decision_visibility": visibility or None,
        "decision_monetary": "DECISION_MONETARY_SUSPENSION" if restriction.demonetise else None,
    }


def _grounds(ground: Ground, reasons: Iterable[DecisionReason]) -> dict[str, Any]:
    """What the first reason rests on, with all reasons that rest on the same: a statement has one ground."""
    same = [reason for reason in reasons if reason.ground is ground]
    reference = _cut("; ".join(dict.fromkeys(reason.reference for reason in same)), LONGEST_GROUND)
    explanation = _cut(" ".join(dict.fromkeys(reason.explanation for reason in same)), LONGEST_EXPLANATION)
    if ground is Ground.LAW:
        return {
            "decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT",
            "illegal_content_legal_ground": reference,
            "illegal_content_explanation": explanation,
        }
    illegal = any(reason.ground is Ground.LAW for reason in reasons)
    return {
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": reference,
        "incompatible_content_explanation": explanation,
        "incompatible_content_illegal": "Yes" if illegal else None,
    }


def _facts(decision: Decision, circumstances: Circumstances) -> str:
    """In standard words, as the database asks for: nothing that somebody typed about the video."""
    found = "; ".join(reason.words for reason in decision.reasons)
    began = (
        "A user had given notice of the video."
        if circumstances.source is Source.NOTICE
        else "The video was checked on the platform's own initiative."
    )
    machine = (
        "Automated analysis of its frames had found something to look at."
        if decision.automated
        else "No automated analysis had found anything in it."
    )
    who = "A program" if circumstances.deciding is Deciding.PROGRAM else "A reviewer"
    return _cut(f"{began} {machine} {who} found: {found}.", LONGEST_FACTS)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 3] + "..."


@dataclass(slots=True)
class PeriodicCounts:
    """What a period's transparency report asks for (DSA, Articles 15 and 24): counts, and no video.

    `statements` counts by the members named in it; one statement may have several restrictions and counts for each.
    """

    decisions: Counter[str] = field(default_factory=Counter)
    withdrawn: int = 0
    appeals: Counter[str] = field(default_factory=Counter)
    statements: dict[str, Counter[str]] = field(default_factory=dict)
    without_statement: Counter[str] = field(default_factory=Counter)
    written: int = 0

    def add(self, decision: Decision, made: dict[str, Any] | NoStatement) -> None:
        """Count a decision and its statement."""
        self.decisions[str(decision.action)] += 1
        if decision.action in OF_APPEALS:
            self.appeals[str(decision.action)] += 1
        if isinstance(made, NoStatement):
            self.without_statement[str(made)] += 1
            self.withdrawn += made is NoStatement.WITHDRAWN
            return
        self.written += 1
        for name in _COUNTED:
            for value in _several(made.get(name)):
                self.statements.setdefault(name, Counter())[value] += 1

    def members(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "decisions": dict(sorted(self.decisions.items())),
            "decisions_withdrawn": self.withdrawn,
            "appeals_decided": dict(sorted(self.appeals.items())),
            "statements": self.written,
            "statements_by": {name: dict(sorted(counts.items())) for name, counts in sorted(self.statements.items())},
            "decisions_without_statement": dict(sorted(self.without_statement.items())),
        }


_COUNTED = (
    *("decision_visibility", "decision_monetary", "decision_ground", "category", "territorial_scope"),
    *("source_type", "automated_detection", "automated_decision"),
)


def _several(value: Any) -> Collection[str]:
    if value is None:
        return ()
    return value if isinstance(value, Sequence) and not isinstance(value, str) else (value,)
