"""What people have said of a video beside what a policy had said: what the quality of policies is known by."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reelsift.domain.analysis import Analysis
from reelsift.domain.decision import Action, Decision, standing_of
from reelsift.domain.policy import Verdict
from reelsift.domain.status import Status

LabelId = tuple[Analysis, str]
"""A label; of what is written, the rule that looks for it."""

FOUND = frozenset({Status.REJECTED, Status.RESTRICTED})
"""Statuses by which a person says that there is something wrong with a video."""

_OVER = frozenset({Status.APPROVED, *FOUND})


@dataclass(frozen=True, slots=True)
class DecidedVideo:
    """A video that came before a person by a verdict, or by a draw among what a policy had approved.

    `verdict` and `reasons` (confidences of 0-100) are what the policy had said when the person decided. `status` is
    what people say by now: approved, restricted or rejected. `probability` is that with which it was drawn, None where
    its verdict sent it to review: then it was looked at for certain.
    """

    video_id: str
    verdict: Verdict
    reasons: Mapping[LabelId, float]
    status: Status
    probability: float | None = None

    @property
    def weight(self) -> float:
        """For how many videos it stands."""
        return 1.0 if self.probability is None else 1 / self.probability

    @property
    def is_wrong(self) -> bool:
        """Whether people say that there is something wrong with it."""
        return self.status in FOUND


@dataclass(frozen=True, slots=True)
class Drawn:
    """That a video was drawn: with which probability, and after how many decisions on it."""

    probability: float
    after_decision: int


def decided_video(decisions: Sequence[Decision], drawn: Drawn | None) -> DecidedVideo | None:
    """What people say of a video, by its decisions in order. None where nothing is decided by now, where what the
    policy had said is not known any more, and where somebody looked at it for another reason: who chooses what to look
    at by hand chooses no sample.
    """
    standing = standing_of(decisions)
    if standing is None or standing.status not in _OVER:
        return None
    after = 0 if drawn is None else drawn.after_decision
    first = next((one for one in decisions if one.number == after + 1), None)
    evidence = first.private.evidence if first is not None and first.private is not None else None
    if evidence is None or evidence.get("verdict") not in set(Verdict):
        return None
    verdict = Verdict(evidence["verdict"])
    if (verdict is Verdict.APPROVE) != (drawn is not None) or (drawn is not None and not drawn.probability):
        return None
    probability = None if drawn is None else drawn.probability
    reasons: dict[LabelId, float] = {}
    for label, confidence in _reasons(evidence):
        reasons[label] = max(confidence, reasons.get(label, confidence))
    return DecidedVideo(decisions[0].video_id, verdict, reasons, standing.status, probability)


def appeals_of(decisions: Sequence[Decision]) -> Iterator[bool]:
    """Whether each appeal that was decided was granted."""
    for decision in decisions:
        if decision.action in {Action.UPHOLD, Action.OVERTURN}:
            yield decision.action is Action.OVERTURN


def _reasons(evidence: Mapping[str, Any]) -> Iterator[tuple[LabelId, float]]:
    for reason in evidence["reasons"]:
        analysis = Analysis(reason["analysis"])
        label = reason["parents"][-1] if analysis is Analysis.TEXT and reason["parents"] else reason["label"]
        yield (analysis, label), reason["max_confidence"]
