"""What the rest of the world acts on: a video's status, and the revisions it has gone through.

By the latest decision of a person that stands, else by the verdict. `domain.status_changes` changes it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from reelsift.domain.analysis import Analysis
from reelsift.domain.context import Context
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.policy import Peak, Verdict
from reelsift.domain.video import Video
from reelsift.domain.video_verdict import MOST_REASONS, AlertedLabel, Rejecting, VideoVerdict, alerted_label

MOST_VERSIONS = 20
"""Versions of an object that its row names: the newest that lines have named."""

LONGEST_REASON_TEXT = 200
"""Characters of a label, a parent or a code in the reasons of a revision."""

MOST_PARENTS = 5
"""Parents of a label in the reasons of a revision: those next to it."""


class Status(StrEnum):
    """What may be done with a video."""

    APPROVED = "approved"
    RESTRICTED = "restricted"
    """It may be shown, with its restriction applied."""
    IN_REVIEW = "in_review"
    """A person is to look at it."""
    REJECTED = "rejected"
    FAILED = "failed"
    """It could not be analysed and never had an answer."""


class Cause(StrEnum):
    """What made a revision."""

    VERDICT = "verdict"
    FAILED = "failed"
    DECISION = "decision"
    WITHDRAWN = "withdrawn"
    """A decision was withdrawn."""
    APPEAL = "appeal"
    ESCALATED = "escalated"
    REEVALUATION = "reevaluation"
    """A re-evaluation gave the video the verdict of the policy that is live."""


class NoRestriction(ValueError):
    """A restriction restricts nothing."""


@dataclass(frozen=True, slots=True)
class Restriction:
    """How a restricted video may be shown: at least one member says something, else NoRestriction is raised.

    `age` is the youngest age (years) that may see it; `territories` are those in which all of this applies (ISO 3166-1
    alpha-2), everywhere where there are none; `warning_label` is to be shown before it; with `demote` it is not to be
    recommended, with `demonetise` not to earn money.
    """

    age: int | None = None
    territories: tuple[str, ...] = ()
    warning_label: str | None = None
    demote: bool = False
    demonetise: bool = False

    def __post_init__(self) -> None:
        if not self.members():
            raise NoRestriction("a restriction needs an age, a territory, a warning label, demote or demonetise")

    def members(self) -> dict[str, Any]:
        """As JSON: what it says, and nothing else."""
        members = {
            "age": self.age,
            "territories": list(self.territories) or None,
            "warning_label": self.warning_label,
            "demote": self.demote or None,
            "demonetise": self.demonetise or None,
        }
        return {name: value for name, value in members.items() if value is not None}

    @classmethod
    def read(cls, members: Mapping[str, Any]) -> Self:
        """The restriction that `members` made JSON of."""
        return cls(**{**members, "territories": tuple(members.get("territories", ()))})


@dataclass(frozen=True, slots=True)
class By:
    """Who made a revision: a policy, by its digest and epoch, or a person, by a pseudonym. The other is None."""

    policy: str | None = None
    epoch: int = 0
    person: str | None = None

    def members(self) -> dict[str, Any]:
        """As JSON."""
        if self.person is not None:
            return {"kind": "person", "pseudonym": self.person}
        return {"kind": "policy", "digest": self.policy, "epoch": self.epoch}


@dataclass(frozen=True, slots=True)
class StatusReason:
    """One reason of a revision: a label that a verdict was given for, or a reason of the catalogue, or a failure.

    `code` is that of the catalogue, or of a failure. `confidence` is 0-100, `at_ms` a time in the video. Texts are cut
    at LONGEST_REASON_TEXT.
    """

    code: str | None = None
    analysis: Analysis | None = None
    label: str | None = None
    parents: tuple[str, ...] = ()
    confidence: float | None = None
    at_ms: int | None = None

    @classmethod
    def of(cls, peak: Peak) -> Self:
        """The reason that a label is for a verdict."""
        return cls(
            analysis=peak.analysis,
            label=_cut(peak.label),
            parents=tuple(_cut(parent) for parent in peak.parents[-MOST_PARENTS:]),
            confidence=peak.max_confidence,
            at_ms=peak.peak_ms,
        )

    @classmethod
    def of_failure(cls, reason: Reason) -> Self:
        return cls(code=str(reason))

    def members(self) -> dict[str, Any]:
        """As JSON: what it says, and nothing else."""
        members = {
            "code": None if self.code is None else _cut(self.code),
            "analysis": None if self.analysis is None else str(self.analysis),
            "label": self.label,
            "parents": list(self.parents) or None,
            "confidence": self.confidence,
            "at_ms": self.at_ms,
        }
        return {name: value for name, value in members.items() if value is not None}

    @classmethod
    def read(cls, members: Mapping[str, Any]) -> Self:
        """The reason that `members` made JSON of."""
        analysis = members.get("analysis")
        confidence = members.get("confidence")
        return cls(
            code=members.get("code"),
            analysis=None if analysis is None else Analysis(analysis),
            label=members.get("label"),
            parents=tuple(members.get("parents", ())),
            confidence=None if confidence is None else float(confidence),
            at_ms=members.get("at_ms"),
        )


@dataclass(frozen=True, slots=True)
class Revision:
    """One change of a video's status. `number` counts up from 1 without a gap.

    `at_ms` is in epoch milliseconds; `decision` is the number of the decision that made it, 0 where none did.
    """

    number: int
    status: Status
    at_ms: int
    by: By
    cause: Cause
    restriction: Restriction | None = None
    decision: int = 0


@dataclass(frozen=True, slots=True)
class Unpublished:
    """A revision that is still to be told, with what its event says beside it.

    `previous` is the status before it. An event with a `tell_at_ms` (epoch milliseconds) waits until then, so that its
    decision can be withdrawn; once `claimed`, somebody is about to tell it, and it can not be taken back.
    """

    revision: Revision
    previous: Status | None = None
    reasons: tuple[StatusReason, ...] = ()
    tell_at_ms: int | None = None
    claimed: bool = False

    def is_due(self, now_ms: int) -> bool:
        return self.tell_at_ms is None or self.tell_at_ms <= now_ms

    @property
    def due_ms(self) -> int:
        """Since when it is to be told."""
        return self.revision.at_ms if self.tell_at_ms is None else self.tell_at_ms


@dataclass(frozen=True, slots=True)
class AppealDecided:
    """What became of an appeal, and is still to be told: whether it was granted (`overturned`), by which decision, and
    the status and revision that the video has had since. Times are in epoch milliseconds.
    """

    appeal: str
    overturned: bool
    decision: int
    at_ms: int
    by: By
    status: Status | None
    revision: int
    restriction: Restriction | None = None
    reasons: tuple[StatusReason, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What was known of a video when the decision that stands was made: the verdict, and the labels it was given for,
    as `alerted_label` shortens them.
    """

    verdict: Verdict | None = None
    labels: frozenset[AlertedLabel] = frozenset()

    @classmethod
    def of(cls, verdict: VideoVerdict | None) -> Self:
        if verdict is None:
            return cls()
        return cls(verdict.verdict, frozenset(map(alerted_label, verdict.reasons)))

    def is_less_grave_than(self, verdict: VideoVerdict | None) -> bool:
        """Whether a verdict says more against the video than was known: it is stricter, or names another label. Of
        very many labels not all are known, so there only a stricter one does.
        """
        if verdict is None or verdict.verdict not in {Verdict.REVIEW, Verdict.REJECT}:
            return False
        order = [None, *Verdict]
        if order.index(verdict.verdict) > order.index(self.verdict):
            return True
        return len(self.labels) < MOST_REASONS and not self.labels.issuperset(map(alerted_label, verdict.reasons))


@dataclass(frozen=True, slots=True)
class VideoStatus:
    """All that is known of a video as a whole: the content of its one row.

    `video` is None where it was forgotten: then only the revision counts on. `revision` and `last_decision` are 0 where
    there is none yet. `standing` is the number of the decision by which the status is, 0 where it is by the verdict;
    `reasons` are what the decision gives, and `known` is what was known when it was made. `failure` is why there is no
    answer, the newest. `context` is what the line that asked last brought along, and `asked_by` that line's batch and
    name. `history` are the newest revisions, the oldest first; older ones, and events that did not fit, are rows of
    their own: `more_events` says that there are such events. `appeals` are those whose outcome is still to be told.
    Of a `sealed` video only the worker and specialists read the whole row: for everybody else it says no more than
    `domain.seal.hidden` leaves of it.
    `tell_at_ms` is when somebody is to look after what is unpublished (epoch milliseconds), None where that is left to
    whoever made it; `tell_tries` counts how often
    somebody has. `edition` counts the writes.
    """

    video_id: str
    video: Video | None
    verdict: VideoVerdict | None = None
    status: Status | None = None
    restriction: Restriction | None = None
    reasons: tuple[StatusReason, ...] = ()
    revision: int = 0
    last_decision: int = 0
    standing: int = 0
    known: Known | None = None
    sealed: bool = False
    failure: Failure | None = None
    duration_ms: int | None = None
    context: Context | None = field(default=None, hash=False)
    asked_by: tuple[str, str] | None = None
    versions: tuple[str, ...] = ()
    history: tuple[Revision, ...] = ()
    unpublished: tuple[Unpublished, ...] = ()
    appeals: tuple[AppealDecided, ...] = ()
    more_events: bool = False
    tell_at_ms: int | None = None
    tell_tries: int = 0
    edition: int = 0

    @classmethod
    def new(cls, video: Video) -> Self:
        """A video of which nothing is known yet; not stored."""
        return cls(video_id=video.video_id, video=video)

    @property
    def changed_ms(self) -> int | None:
        """When the status became what it is (epoch milliseconds)."""
        return self.history[-1].at_ms if self.history else None


def status_of_verdict(verdict: Verdict | None, rejecting: Rejecting | None = None) -> Status | None:
    """The status that a verdict makes of a video which nobody has decided.

    A rejection waits for a person too, unless it was let reject alone: no machine rejects by default. None where the
    policy clears no video.
    """
    match verdict:
        case None:
            return None
        case Verdict.APPROVE:
            return Status.APPROVED
        case Verdict.REJECT if rejecting is Rejecting.ALONE:
            return Status.REJECTED
        case Verdict.INCOMPLETE | Verdict.REVIEW | Verdict.REJECT:
            return Status.IN_REVIEW


def with_version(versions: Iterable[str], named: str | None) -> tuple[str, ...]:
    """The versions of an object that lines have named, with one more; the newest last, MOST_VERSIONS at most."""
    if named is None:
        return tuple(versions)
    return (*(version for version in versions if version != named), named)[-MOST_VERSIONS:]


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_REASON_TEXT else text[: LONGEST_REASON_TEXT - 3] + "..."
