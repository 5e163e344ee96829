"""What somebody asks to be decided, checked before anything is read or written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reelsift.domain.decision import OF_APPEALS, Action, EscalationKind, digest_of
from reelsift.domain.status import Restriction
from reelsift.domain.territories import territory

LONGEST_NOTE = 2000
LONGEST_WARNING = 200
LONGEST_APPEAL = 100
"""Characters."""
MOST_REASONS = 10
MOST_TERRITORIES = 300
YOUNGEST, OLDEST = 1, 99

_GROUNDED = frozenset({Action.RESTRICT, Action.REJECT})
"""What is owed a reason."""
_MAY_BE_GROUNDED = _GROUNDED | {Action.ESCALATE}
_OVERTURNED_TO = frozenset({Action.APPROVE, Action.RESTRICT, Action.REJECT})


class UnusableRequest(ValueError):
    """Nothing can be decided so. Each line of the message says what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRequest:
    """One decision that is asked for. Make one with `checked`.

    `reasons` are codes of the catalogue. `decision` is the number that a withdrawal takes back; `seen` that of the last
    decision that whoever decides has seen (0: none), None: whatever stands when it is carried out. `etag` is the
    content that was seen. `to` is what an overturned decision becomes.
    """

    action: Action
    reasons: tuple[str, ...] = ()
    note: str | None = None
    age: int | None = None
    territories: tuple[str, ...] = ()
    warning_label: str | None = None
    demote: bool = False
    demonetise: bool = False
    kind: EscalationKind | None = None
    decision: int | None = None
    seen: int | None = None
    etag: str | None = None
    appeal: str | None = None
    to: Action | None = None

    @property
    def makes(self) -> Action:
        """The action whose status it makes."""
        return self.to if self.to is not None else self.action

    @property
    def restriction(self) -> Restriction | None:
        """How a restricted video may be shown; None for every other action."""
        return self._restriction() if self.makes is Action.RESTRICT else None

    def checked(self) -> "DecisionRequest":
        """The request. Raises UnusableRequest, with a sentence for each thing that is wrong."""
        faults = list(self._faults())
        if faults:
            raise UnusableRequest("\n".join(faults))
        return self

    def digest(self, video_id: str, named: str | None) -> str:
        """By this a repetition is known: of the same video, and for the same person."""
        return digest_of({"video_id": video_id, "named": named, **self.members()})

    def members(self) -> dict[str, Any]:
        """As JSON: what it says, and nothing else."""
        members: Mapping[str, Any] = {
            "action": str(self.action),
            "reasons": list(self.reasons) or None,
            "note": self.note,
            "age": self.age,
            "territories": list(self.territories) or None,
            "warning_label": self.warning_label,
            "demote": self.demote or None,
            "demonetise": self.demonetise or None,
            "kind": None if self.kind is None else str(self.kind),
            "decision": self.decision,
            "seen": self.seen,
            "etag": self.etag,
            "appeal": self.appeal,
            "to": None if self.to is None else str(self.to),
        }
        return {name: value for name, value in members.items() if value is not None}

    def _restriction(self) -> Restriction:
        return Restriction(
            age=self.age,
            territories=tuple(sorted({territory(code) for code in self.territories})),
            warning_label=self.warning_label,
            demote=self.demote,
            demonetise=self.demonetise,
        )

    def _faults(self) -> Iterator[str]:
        yield from self._reason_faults()
        yield from self._restriction_faults()
        if self.note is not None and len(self.note) > LONGEST_NOTE:
            yield f"the note has {len(self.note):,} characters; it takes {LONGEST_NOTE:,}"
        if (self.action is Action.WITHDRAW) != (self.decision is not None):
            yield (
                "withdraw takes back one decision, and has to name it by its number"
                if self.decision is None
                else f"{self.action} names no decision: only withdraw does"
            )
        if self.kind is not None and self.action is not Action.ESCALATE:
            yield f"{self.action} has no kind: only escalate has"
        yield from self._appeal_faults()

    def _reason_faults(self) -> Iterator[str]:
        needed = self.makes in _GROUNDED
        if needed and not self.reasons:
            yield f"{self._words()} needs a reason of the catalogue: the uploader is owed one"
        if self.reasons and self.makes not in _MAY_BE_GROUNDED:
            yield f"{self._words()} takes no reason: say in a note what it is for"
        if len(self.reasons) > MOST_REASONS:
            yield f"there are {len(self.reasons)} reasons; a decision takes {MOST_REASONS}"

    def _restriction_faults(self) -> Iterator[str]:
        says = self.age is not None or self.territories or self.warning_label is not None
        if self.makes is not Action.RESTRICT:
            if says or self.demote or self.demonetise:
                yield (
                    f"{self._words()} restricts nothing: age, territories, warning label, demote and demonetise are for"
                    " restrict"
                )
            return
        if not (says or self.demote or self.demonetise):
            yield "restrict needs an age, a territory, a warning label, demote or demonetise"
        if self.age is not None and not YOUNGEST <= self.age <= OLDEST:
            yield f"the age must lie between {YOUNGEST} and {OLDEST} years"
        if len(self.territories) > MOST_TERRITORIES:
            yield f"there are {len(self.territories)} territories; a decision takes {MOST_TERRITORIES}"
        for code in self.territories[:MOST_TERRITORIES]:
            try:
                territory(code)
            except ValueError as error:
                yield str(error)
        if self.warning_label is not None and not 0 < len(self.warning_label.strip()) <= LONGEST_WARNING:
            yield f"a warning label has 1 to {LONGEST_WARNING} characters"

    def _appeal_faults(self) -> Iterator[str]:
        if self.action in OF_APPEALS and not self.appeal:
            yield f"{self.action} decides an appeal, and has to name it"
        elif self.appeal is not None and self.action not in OF_APPEALS:
            yield f"{self.action} decides no appeal: uphold and overturn do"
        elif self.appeal is not None and len(self.appeal) > LONGEST_APPEAL:
            yield f"the name of an appeal has up to {LONGEST_APPEAL} characters"
        if self.action is Action.OVERTURN and self.to not in _OVERTURNED_TO:
            yield f"overturn needs what the video is to be: {', '.join(sorted(_OVERTURNED_TO))}"
        elif self.action is not Action.OVERTURN and self.to is not None:
            yield f"{self.action} turns into nothing else: only overturn does"

    def _words(self) -> str:
        return str(self.action) if self.to is None else f"{self.action} to {self.to}"
