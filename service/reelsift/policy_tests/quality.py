"""How good verdicts are, by what people have decided in a time, and how long a decision takes."""

from dataclasses import dataclass
from typing import Any

from reelsift.aws.deployment import Deployment
from reelsift.domain.proportion import Proportion
from reelsift.domain.quality import Quality, agreement_says_something, quality_of, says_something
from reelsift.policy_tests.decided_videos import Decided, read_decided
from reelsift.policy_tests.decision_time import decision_time
from reelsift.reports.policy_test_report import DecisionTime

_NO_SHARE = {"share": None, "low": None, "high": None}


@dataclass(frozen=True, slots=True)
class QualityRead:
    """What was decided, what it says of verdicts, and the time a decision takes."""

    decided: Decided
    quality: Quality
    time: DecisionTime

    def members(self) -> dict[str, Any]:
        """As JSON. What too few events stand behind has no share."""
        decided, quality, time = self.decided, self.quality, self.time
        return {
            "since_ms": decided.since_ms,
            "decisions": decided.decisions,
            "videos": quality.videos,
            "left_out": decided.left_out,
            "precision": {str(verdict): share_members(share) for verdict, share in quality.by_verdict.items()},
            "labels": [
                {
                    "analysis": str(analysis),
                    "label": label,
                    "from": {str(band): share_members(share) for band, share in bands.items()},
                }
                for (analysis, label), bands in quality.by_label.items()
            ],
            "appeals": share_members(quality.appeals),
            "second_opinions": agreement_members(quality.opinions),
            "missed": quality.missed.members(),
            "decision_s": time.seconds,
            "measured_decisions": time.measured,
        }


async def read_quality(deployment: Deployment, since_ms: int, now_ms: int) -> QualityRead:
    """What decisions from a time on, until now, say (epoch milliseconds)."""
    decided = await read_decided(deployment, since_ms, now_ms)
    return QualityRead(
        decided, quality_of(decided.videos, decided.appeals, decided.opinions), await decision_time(deployment)
    )


def agreement_members(opinions: Proportion) -> dict[str, Any]:
    """As JSON: of how many second opinions how many agree."""
    return opinions.members() if agreement_says_something(opinions) else opinions.members() | _NO_SHARE


def share_members(proportion: Proportion) -> dict[str, Any]:
    """As JSON. What too few events stand behind has no share."""
    return proportion.members() if says_something(proportion) else proportion.members() | _NO_SHARE
