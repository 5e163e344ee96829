"""What a person has said of a video, and how what was said is kept: numbered, never changed, chained by digests.

A decision has two parts. Its *record* has ids, codes and pseudonyms only, so it can be exported and locked; the digest
that chains decisions is over it. Its *private part* (note, evidence, ETag) can be forgotten: the record holds the
digest of it, which a random salt keeps from being guessed.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from reelsift.domain.reason_catalogue import DecisionReason
from reelsift.domain.status import Cause, Restriction, Status

FIRST = ""
"""What stands for the digest of the decision before the first."""


class Action(StrEnum):
    """What a decision does."""

    APPROVE = "approve"
    RESTRICT = "restrict"
    REJECT = "reject"
    ESCALATE = "escalate"
    WITHDRAW = "withdraw"
    """It takes back one other decision."""
    UPHOLD = "uphold"
    """An appeal is dismissed: the status stays."""
    OVERTURN = "overturn"
    """An appeal is granted."""


class EscalationKind(StrEnum):
    """Whom a video is escalated to, where only specialists may see it any more."""

    CHILD_SAFETY = "child_safety"
    THREAT_TO_LIFE = "threat_to_life"
    LEGAL = "legal"


STATUS_OF = {
    Action.APPROVE: Status.APPROVED,
    Action.RESTRICT: Status.RESTRICTED,
    Action.REJECT: Status.REJECTED,
    Action.ESCALATE: Status.IN_REVIEW,
}
"""The status that an action makes, whatever was before; see `status_of` for an escalation of a kind."""

OF_APPEALS = frozenset({Action.UPHOLD, Action.OVERTURN})


def status_of(action: Action, kind: EscalationKind | None = None) -> Status:
    """The status that an action makes: REJECTED for an escalation of a kind, which seals the video."""
    return STATUS_OF[action] if kind is None else Status.REJECTED


@dataclass(frozen=True, slots=True)
class Private:
    """What of a decision can be forgotten. `evidence` is what was known of the video, as JSON; `salt` is random."""

    salt: str
    etag: str | None = None
    note: str | None = None
    evidence: Mapping[str, Any] | None = None

    def members(self) -> dict[str, Any]:
        """As JSON."""
        return {"salt": self.salt, "etag": self.etag, "note": self.note, "evidence": self.evidence}

    @property
    def digest(self) -> str:
        """64 hexadecimal digits."""
        return digest_of(self.members())

    @classmethod
    def read(cls, members: Mapping[str, Any]) -> Self:
        """The part that `members` made JSON of."""
        return cls(**members)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision on a video.

    `number` counts up from 1, over all decisions of the video. `by` is the pseudonym of who is named as the decider,
    `principal` that of whose credentials were used: persons are told apart by it. `at_ms` is in epoch milliseconds.
    `status` and `restriction` are what it makes of the video while it stands, None for a withdrawal. `revision` is the
    revision of the status that it has made, 0 where the status stayed. `automated` is whether detections of the
    program's own were at hand; `content_date` the day the object was last modified (ISO, UTC), if that is known.
    `previous` is the digest of the decision before, FIRST for the first. `private` is None once it was forgotten.
    """

    video_id: str
    number: int
    action: Action
    by: str
    principal: str
    at_ms: int
    status: Status | None = None
    restriction: Restriction | None = None
    reasons: tuple[DecisionReason, ...] = ()
    withdraws: int | None = None
    kind: EscalationKind | None = None
    appeal: str | None = None
    revision: int = 0
    automated: bool = False
    content_date: str | None = None
    previous: str = FIRST
    private_digest: str
    private: Private | None = field(default=None, compare=False)

    def record(self) -> dict[str, Any]:
        """As JSON: all but the private part."""
        return {
            "video_id": self.video_id,
            "number": self.number,
            "action": str(self.action),
            "by": self.by,
            "principal": self.principal,
            "at_ms": self.at_ms,
            "status": None if self.status is None else str(self.status),
            "restriction": None if self.restriction is None else self.restriction.members(),
            "reasons": [reason.copied() for reason in self.reasons],
            "withdraws": self.withdraws,
            "kind": None if self.kind is None else str(self.kind),
            "appeal": self.appeal,
            "revision": self.revision,
            "automated": self.automated,
            "content_date": self.content_date,
            "previous": self.previous,
            "private_digest": self.private_digest,
        }

    @property
    def digest(self) -> str:
        """64 hexadecimal digits: of the record, and so of every decision before it."""
        return digest_of(self.record())

    @property
    def cause(self) -> Cause:
        """What it is to the revision that it makes."""
        if self.action is Action.WITHDRAW:
            return Cause.WITHDRAWN
        if self.action is Action.ESCALATE:
            return Cause.ESCALATED
        return Cause.APPEAL if self.action in OF_APPEALS else Cause.DECISION

    @classmethod
    def read(cls, record: Mapping[str, Any], private: Private | None = None) -> Self:
        """The decision that `record` made JSON of."""
        return cls(
            video_id=record["video_id"],
            number=record["number"],
            action=Action(record["action"]),
            by=record["by"],
            principal=record["principal"],
            at_ms=record["at_ms"],
            status=None if record["status"] is None else Status(record["status"]),
            restriction=None if record["restriction"] is None else Restriction.read(record["restriction"]),
            reasons=tuple(map(DecisionReason.of_copy, record["reasons"])),
            withdraws=record["withdraws"],
            kind=None if record["kind"] is None else EscalationKind(record["kind"]),
            appeal=record["appeal"],
            revision=record["revision"],
            automated=record["automated"],
            content_date=record["content_date"],
            previous=record["previous"],
            private_digest=record["private_digest"],
            private=private,
        )


@dataclass(frozen=True, slots=True)
class SealedDecision:
    """What everybody may know of a decision on a sealed video: that there is one, when it was made (epoch
    milliseconds), and its digest, which the next one is chained by.
    """

    video_id: str
    number: int
    at_ms: int
    digest: str


def canonical(members: Mapping[str, Any]) -> str:
    """JSON of which there is one form only, in ASCII: what digests are over, and what is stored."""
    return json.dumps(members, sort_keys=True, separators=(",", ":"))


def digest_of(members: Mapping[str, Any]) -> str:
    """64 hexadecimal digits of SHA-256."""
    return hashlib.sha256(canonical(members).encode("ascii")).hexdigest()


def broken_link(decisions: Iterable[Decision], last: int) -> int | None:
    """The first number at which the decisions of a video, in order, are not what was decided: one is missing or was
    changed. None where all of them are whole. `last` is how many there were, by the video's status.
    """
    previous, number = FIRST, 0
    for number, decision in enumerate(decisions, start=1):
        changed = decision.private is not None and decision.private.digest != decision.private_digest
        if decision.number != number or decision.previous != previous or changed:
            return number
        previous = decision.digest
    return None if number == last else min(number, last) + 1


def standing_of(decisions: Sequence[Decision]) -> Decision | None:
    """The decision by which the status of a video is: the last that makes one and was not withdrawn. None where it is
    by the verdict.
    """
    withdrawn = {decision.withdraws for decision in decisions}
    made = (decision for decision in decisions if decision.status is not None and decision.number not in withdrawn)
    return max(made, key=lambda decision: decision.number, default=None)
