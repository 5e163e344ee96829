"""What a second person says of a video that somebody has decided: an opinion, which changes no status."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from reelsift.domain.decision import Action, Decision, Private, digest_of
from reelsift.domain.reason_catalogue import DecisionReason
from reelsift.domain.status import Restriction

OPINIONS = frozenset({Action.APPROVE, Action.RESTRICT, Action.REJECT, Action.ESCALATE})
"""What an opinion may say. `escalate` says that somebody else has to: it agrees with nothing."""

ASKED_ABOUT = frozenset({Action.APPROVE, Action.RESTRICT, Action.REJECT})
"""Decisions about which another person may be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """The one opinion there may be about a decision, which `decision` numbers.

    `by`, `principal`, `at_ms` and `reasons` are as those of a decision; `agrees` is whether it says the same as the
    decision. `probability` is that with which the decision was drawn (0-1). `private` is what can be forgotten: its
    evidence is but the digest (SHA-256) of what was known.
    """

    video_id: str
    decision: int
    action: Action
    by: str
    principal: str
    at_ms: int
    agrees: bool
    restriction: Restriction | None = None
    reasons: tuple[DecisionReason, ...] = ()
    probability: float | None = None
    private_digest: str
    private: Private | None = field(default=None, compare=False)

    def record(self) -> dict[str, Any]:
        """As JSON: all but the private part."""
        return {
            "video_id": self.video_id,
            "decision": self.decision,
            "action": str(self.action),
            "by": self.by,
            "principal": self.principal,
            "at_ms": self.at_ms,
            "agrees": self.agrees,
            "restriction": None if self.restriction is None else self.restriction.members(),
            "reasons": [reason.copied() for reason in self.reasons],
            "probability": self.probability,
            "private_digest": self.private_digest,
        }

    @property
    def digest(self) -> str:
        """64 hexadecimal digits, of the record."""
        return digest_of(self.record())

    @classmethod
    def read(cls, record: Mapping[str, Any], private: Private | None = None) -> Self:
        """The opinion that `record` made JSON of."""
        return cls(
            video_id=record["video_id"],
            decision=record["decision"],
            action=Action(record["action"]),
            by=record["by"],
            principal=record["principal"],
            at_ms=record["at_ms"],
            agrees=record["agrees"],
            restriction=None if record["restriction"] is None else Restriction.read(record["restriction"]),
            reasons=tuple(map(DecisionReason.of_copy, record["reasons"])),
            probability=record["probability"],
            private_digest=record["private_digest"],
            private=private,
        )


def agree(decision: Decision, action: Action, restriction: Restriction | None) -> bool:
    """Whether two people say the same of a video: the same action, and where it is restricted the same restriction,
    but for the words of a warning.
    """
    return decision.action is action and _meant(decision.restriction) == _meant(restriction)


def _meant(restriction: Restriction | None) -> Mapping[str, Any]:
    members = {} if restriction is None else restriction.members()
    return members | {"warning_label": "warning_label" in members}
