"""The sorts of videos that are sent, what Rekognition is to say of each, and what must become of its lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_NUDITY = (("Explicit", "", 1), ("Explicit Nudity", "Explicit", 2))
_KISSING = (("Non-Explicit Nudity of Intimate parts and Kissing", "", 1),)

BUILT_IN, LENIENT = "built-in", "lenient"
"""The policies of a seed."""

LENIENT_POLICY: dict[str, Any] = {"default": {"review": 99, "reject": "off", "alert": 95}}
"""Whatever is not nearly certain is approved, and the same is alerted as by the built-in policy."""

ANALYSES = ("content_moderation", "labels", "text", "celebrities", "faces", "segments")

_FAILURE = {"JobStatus": "FAILED", "StatusMessage": "Internal server error, on purpose."}

_MOST_ATTEMPTS = 3
"""So many retryable failures end a job."""

SUCCEEDED = "SUCCEEDED"
FAILED = "FAILED"
SKIPPED = "SKIPPED"


@dataclass(frozen=True, slots=True)
class Kind:
    """`share` is how many of a hundred videos are of this kind. `peak` (0-100) is the highest confidence of `labels`
    in Rekognition's answer about moderation; other analyses are simulated. Jobs that `fails` are FAILED by Rekognition,
    each time. What follows is what the built-in
    policy and the list in docs/reference/reason-codes.md say must become of a line.
    """

    name: str
    share: int
    labels: tuple[tuple[str, str, int], ...] = _NUDITY
    peak: float = 0.0
    rows: int = 1
    codec: str | None = "libx264"
    allowed: bool = True
    fails: bool = False
    fails_in: frozenset[str] = frozenset()
    """Analyses whose jobs Rekognition fails each time, though the others succeed."""
    status: str = SUCCEEDED
    reason: str | None = None
    verdict: str | None = None
    """By the built-in policy."""
    alert: bool = False
    jobs_failed: int = 0
    """Jobs that Rekognition must have ended as FAILED for each analysis, beside those that the knobs fail."""

    @property
    def analysed(self) -> bool:
        """Whether it ends in one successful job for each analysis, but for those of `fails_in`."""
        return self.status == SUCCEEDED

    @property
    def repeatable(self) -> bool:
        """Whether further lines change nothing: one that comes after a failure has the analysis tried again."""
        return self.analysed and not self.fails_in

    def verdict_by(self, policy: str) -> str | None:
        """The verdict by BUILT_IN or LENIENT."""
        if policy == BUILT_IN or self.verdict is None:
            return self.verdict
        return "review" if self.peak >= LENIENT_POLICY["default"]["review"] else "approve"

    def succeeds(self, analysis: str) -> bool:
        """Whether one job of this analysis succeeds."""
        return self.analysed and analysis not in self.fails_in

    def failures(self, analysis: str) -> int:
        """How many jobs of this analysis Rekognition must have ended as FAILED, beside those that the knobs fail."""
        return _MOST_ATTEMPTS if analysis in self.fails_in else self.jobs_failed

    def reason_of(self, analyses: Sequence[str]) -> str | None:
        """Why a line that asks for these ends as it does; it must have content moderation alone."""
        return "partly_failed" if self.fails_in.intersection(analyses) else self.reason

    def answers(self, duration_ms: int) -> dict[str, dict[str, Any]]:
        """Rekognition's answers by analysis; those that are not there follow from the file."""
        if self.codec != "libx264" or not self.allowed:
            return {}
        failing = ANALYSES if self.fails else sorted(self.fails_in)
        answers = {analysis: dict(_FAILURE) for analysis in failing}
        return {"content_moderation": self._moderation(duration_ms)} | answers

    def _moderation(self, duration_ms: int) -> dict[str, Any]:
        times = range(0, 500 * self.rows, 500)
        return {
            "JobStatus": "SUCCEEDED",
            "ModerationModelVersion": "7.0",
            "VideoMetadata": {
                "Codec": "h264",
                "DurationMillis": duration_ms,
                "Format": "QuickTime / MOV",
                "FrameRate": 5.0,
                "FrameHeight": 96,
                "FrameWidth": 128,
                "ColorRange": "LIMITED",
            },
            "ModerationLabels": [
                {
                    "Timestamp": at,
                    "ModerationLabel": {
                        "Name": name,
                        "ParentName": parent,
                        # The peak is the last row, so that an answer read in part is judged wrong.
                        "Confidence": self.peak if at == times[-1] else min(self.peak, 51.0),
                        "TaxonomyLevel": level,
                    },
                }
                for at in times
                for name, parent, level in self.labels
                if self.peak
            ],
        }


KINDS: Sequence[Kind] = (
    Kind("clean", 46, verdict="approve"),
    Kind("review", 8, peak=75.0, verdict="review"),
    Kind("reject", 6, peak=92.5, verdict="reject"),
    Kind("alert", 12, peak=98.5, verdict="reject", alert=True),
    # At the threshold is alerted, a hair below it is not.
    Kind("threshold", 3, peak=95.0, verdict="reject", alert=True),
    Kind("below", 3, peak=94.99, verdict="reject"),
    # A label whose review is off is approved, and alerted all the same.
    Kind("harmless", 2, labels=_KISSING, peak=99.0, verdict="approve", alert=True),
    # Three pages.
    Kind("long", 3, peak=97.0, rows=1200, verdict="reject", alert=True),
    Kind("unsupported", 4, codec="mpeg4", status=FAILED, reason="unsupported_codec", jobs_failed=1),
    # One analysis fails for good, and the verdict stands.
    Kind("partly", 4, peak=92.5, fails_in=frozenset({"text", "faces"}), verdict="reject"),
    Kind("hopeless", 2, fails=True, status=FAILED, reason="rekognition_failed", jobs_failed=_MOST_ATTEMPTS),
    Kind("missing", 4, codec=None, status=FAILED, reason="object_missing"),
    Kind("forbidden", 3, allowed=False, status=FAILED, reason="bucket_not_allowed"),
)
