"""What is taken down beside a seal: who has sealed a video and for what, what was reported, and who has looked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from reelsift.domain.decision import EscalationKind


@dataclass(frozen=True, slots=True)
class Seal:
    """The seal of a video: since when (epoch milliseconds), by which decision of whom (a pseudonym), for what kind.

    The last two are None where the decision is lost, of which the archive has the digest alone. `lifted_ms` is when the
    seal was taken away, None while it is on.
    """

    video_id: str
    kind: EscalationKind | None
    sealed_ms: int
    decision: int
    by: str | None
    lifted_ms: int | None = None

    def members(self) -> dict[str, Any]:
        """As JSON, but for the id of the video."""
        members = {
            "kind": None if self.kind is None else str(self.kind),
            "sealed_ms": self.sealed_ms,
            "decision": self.decision,
            "by": self.by,
            "lifted_ms": self.lifted_ms,
        }
        return {name: value for name, value in members.items() if value is not None}

    @classmethod
    def read(cls, video_id: str, members: Mapping[str, Any]) -> Self:
        """What `members` made JSON of."""
        return cls(
            video_id,
            EscalationKind(members["kind"]) if "kind" in members else None,
            members["sealed_ms"],
            members["decision"],
            members.get("by"),
            members.get("lifted_ms"),
        )


@dataclass(frozen=True, slots=True)
class Reported:
    """A report to an authority: the number it has there, which authority, when it was taken down and by whom."""

    number: str
    authority: str
    at_ms: int
    by: str

    def members(self) -> dict[str, Any]:
        """As JSON."""
        return {"number": self.number, "authority": self.authority, "at_ms": self.at_ms, "by": self.by}

    @classmethod
    def read(cls, members: Mapping[str, Any]) -> Self:
        """What `members` made JSON of."""
        return cls(members["number"], members["authority"], members["at_ms"], members["by"])


@dataclass(frozen=True, slots=True)
class Seen:
    """A specialist has looked at what is sealed: when, who (a pseudonym), and by which command. `nonce` tells two looks
    of one moment apart.
    """

    at_ms: int
    by: str
    how: str
    nonce: str

    def members(self) -> dict[str, Any]:
        """As JSON."""
        return {"at_ms": self.at_ms, "by": self.by, "how": self.how, "nonce": self.nonce}

    @classmethod
    def read(cls, members: Mapping[str, Any]) -> Self:
        """What `members` made JSON of."""
        return cls(members["at_ms"], members["by"], members["how"], members["nonce"])
