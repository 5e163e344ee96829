"""A version of the policy: which document holds, since when, and by whom. The live one has an epoch that only grows."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from reelsift.domain.analysis import Analysis
from reelsift.domain.policy import Policy
from reelsift.domain.status import By

Models = Mapping[Analysis, tuple[str, ...]]
"""Versions of Rekognition's models, by the analysis that they make."""


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """What the pointer to the live policy says, and each entry of its log.

    `epoch` counts up by one with every change, a return to an older document included; it is 0 where a deployment has
    no version yet. `document`, `judging` and `handling` are digests: of the document as it is stored, of what makes
    verdicts, and of what people are asked. `by` is an AWS identity and `at_ms` in epoch milliseconds.

    `auto_reject` says whether a rejection by the policy needs no person; who last changed that and when stands beside
    it, None where nobody has. `known_models` are the versions of Rekognition's models that this deployment had met when
    the document was applied: what a later one sees, whoever wrote the document cannot have known.
    """

    epoch: int
    document: str
    judging: str
    handling: str
    by: str
    at_ms: int
    note: str = ""
    auto_reject: bool = False
    auto_reject_by: str | None = None
    auto_reject_at_ms: int | None = None
    known_models: Models = field(default_factory=dict, hash=False)

    @classmethod
    def first(cls, policy: Policy, *, by: str, at_ms: int, note: str = "", known_models: Models | None = None) -> Self:
        """The first version of a deployment: nothing is rejected by a machine alone."""
        return cls(
            epoch=1,
            document=policy.document_digest,
            judging=policy.digest,
            handling=policy.handling.digest,
            by=by,
            at_ms=at_ms,
            note=note,
            known_models=known_models or {},
        )

    def with_policy(self, policy: Policy, *, by: str, at_ms: int, note: str, known_models: Models) -> Self:
        """The version after this one, by which another document holds. Whether machines reject stays as it is.

        Where an older document holds again, `known_models` are those of its own version.
        """
        return replace(
            self,
            epoch=self.epoch + 1,
            document=policy.document_digest,
            judging=policy.digest,
            handling=policy.handling.digest,
            by=by,
            at_ms=at_ms,
            note=note,
            known_models=known_models,
        )

    def with_auto_reject(self, value: bool) -> Self:  # noqa: FBT001 -- it is what the method is about
        """The same version with the switch set: by whoever makes the version, at its time. Unchanged where it is set so
        already.
        """
        if value is self.auto_reject:
            return self
        return replace(self, auto_reject=value, auto_reject_by=self.by, auto_reject_at_ms=self.at_ms)

    @property
    def rejects_by(self) -> Models | None:
        """The versions of models by which machines reject; None where they do not."""
        return self.known_models if self.auto_reject else None

    def members(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "epoch": self.epoch,
            "document": self.document,
            "judging": self.judging,
            "handling": self.handling,
            "by": self.by,
            "at_ms": self.at_ms,
            "note": self.note,
            "auto_reject": self.auto_reject,
            "auto_reject_by": self.auto_reject_by,
            "auto_reject_at_ms": self.auto_reject_at_ms,
            "known_models": {str(analysis): list(models) for analysis, models in self.known_models.items()},
        }

    def says_the_same(self, other: "PolicyVersion") -> bool:
        """Whether another version differs in nothing but who made it, when and why."""
        return (self.document, self.auto_reject, dict(self.known_models)) == (
            other.document,
            other.auto_reject,
            dict(other.known_models),
        )


@dataclass(frozen=True, slots=True)
class Live:
    """A version of the policy, and the policy itself as this release understands it."""

    policy: Policy
    version: PolicyVersion

    @property
    def epoch(self) -> int:
        return self.version.epoch

    @property
    def by(self) -> By:
        """Who makes a revision that rests on this. The digest is that of how this release judges."""
        return By(self.policy.digest, self.epoch)
