"""A video that was judged before, in short: what a policy is tested against."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reelsift.domain.analysis import Analysis
from reelsift.domain.policy import Peak, Verdict
from reelsift.domain.status import Status


@dataclass(frozen=True, slots=True)
class Found:
    """The first reason of a verdict: what was found, how sure (0-100), at which time, and the threshold it passed.

    What is written goes by the rule that looks for it: `label` is the rule's name, and never the text.
    """

    analysis: Analysis
    label: str
    confidence: float
    at_ms: int
    threshold: float

    @classmethod
    def of(cls, reasons: Iterable[Peak]) -> "Found | None":
        for peak in reasons:
            label = peak.parents[-1] if peak.analysis is Analysis.TEXT and peak.parents else peak.label
            return cls(peak.analysis, label, peak.max_confidence, peak.peak_ms, peak.threshold)
        return None

    def members(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "analysis": str(self.analysis),
            "label": self.label,
            "confidence": self.confidence,
            "at_ms": self.at_ms,
            "threshold": self.threshold,
        }


@dataclass(frozen=True, slots=True)
class JudgedVideo:
    """What the archive says of a video: its verdict, what that rests on (`attempts`), and the first reason of it.

    `decided` says that a person's decision stands. `batch` is that of the line that asked last.
    """

    video_id: str
    bucket: str
    key: str
    verdict: Verdict | None
    status: Status | None
    attempts: Mapping[Analysis, int]
    decided: bool = False
    found: Found | None = None
    batch: str | None = None
    judged_ms: int = 0

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


@dataclass(frozen=True, slots=True)
class KnownAnswer:
    """What is known of an answer beside its segments. `seen_from` is the confidence (0-100) below which nothing could
    be seen, None where nobody noted it.
    """

    analysis: Analysis
    attempt: int
    model_version: str | None = None
    seen_from: float | None = None
