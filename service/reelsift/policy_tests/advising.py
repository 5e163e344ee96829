"""Advice on the live policy, by what people have decided in a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reelsift.aws.deployment import Deployment
from reelsift.domain.advice import Outcome, RejectAdvice, ReviewAdvice, advise_reject, advise_review
from reelsift.domain.decided_video import LabelId
from reelsift.domain.rules import Action
from reelsift.policy_tests.decided_videos import read_decided
from reelsift.policy_tests.decision_time import decision_time
from reelsift.policy_tests.weighing import advised_document, weigh
from reelsift.policy_versions.current import read_live


@dataclass(frozen=True, slots=True)
class Advised:
    """What is advised on the policy of this digest, by so many decided videos; `gone` had no results any more.

    `thresholds` are those that both halves bear out, and `document` is the policy with them. A decision takes
    `decision_s` seconds.
    """

    policy: str
    videos: int
    gone: int
    reject: list[RejectAdvice]
    review: ReviewAdvice
    thresholds: Mapping[LabelId, Mapping[Action, float]]
    document: Mapping[str, Any]
    decision_s: float


async def advise_by(deployment: Deployment, precision: float, missed: float, *, since_ms: int, now_ms: int) -> Advised:
    """Advice for this precision of rejections and this share of missed (0-1), by decisions of a time (epoch
    milliseconds).
    """
    live = await read_live(deployment)
    decided = await read_decided(deployment, since_ms, now_ms)
    weighing = await weigh(deployment, live.policy, decided.videos)
    reject = advise_reject(weighing.weighed, weighing.thresholds, precision)
    review = advise_review(weighing.weighed, weighing.thresholds, missed)
    thresholds = _thresholds(reject, review)
    time = await decision_time(deployment)
    return Advised(
        policy=live.policy.digest,
        videos=len(weighing.weighed),
        gone=weighing.gone,
        reject=reject,
        review=review,
        thresholds=thresholds,
        document=advised_document(live.policy.document, thresholds),
        decision_s=time.seconds,
    )


def _thresholds(reject: list[RejectAdvice], review: ReviewAdvice) -> dict[LabelId, dict[Action, float]]:
    advised: dict[LabelId, dict[Action, float]] = {}
    if review.outcome is Outcome.ADVISED:
        for label, (_, threshold) in review.thresholds.items():
            advised.setdefault(label, {})[Action.REVIEW] = threshold
    for one in reject:
        if one.outcome is Outcome.ADVISED and one.threshold is not None:
            said = advised.setdefault(one.label, {})
            # No policy may reject what it does not send to review.
            said[Action.REJECT] = max(one.threshold, said.get(Action.REVIEW, 0.0))
    return advised
