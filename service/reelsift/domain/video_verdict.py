"""A video's verdict, and what it rests on: the newest answers of all its analyses, and a policy.

A job is one analysis; the verdict is the video's. It is made once no analysis that the policy needs is open any more,
by whoever settles the last of them, and it only ever changes to one that rests on something newer.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.job import Answered, Job
from reelsift.domain.message_text import label_text
from reelsift.domain.policy import Judgement, Peak, Verdict
from reelsift.domain.reevaluation import Reevaluated
from reelsift.domain.video import Video

PENDING = "pending"
"""What an outcome says in place of a verdict while an analysis that the policy needs is open."""

MOST_REASONS = 20
"""Reasons in the row of a video; its dataset has them all."""

MOST_ALERTED = 500
"""Labels of one video that are remembered as alerted: beyond them it raises no further alert."""

NO_STATUS = frozenset({Reason.CANCELLED, Reason.MAX_COST, Reason.OBJECT_CHANGED, Reason.SEALED})
"""Failures that say nothing of a video: nobody has tried to analyse it, it was another, or nobody was to read it."""


class Rejecting(StrEnum):
    """What becomes of the verdict `reject` where machines may reject."""

    ALONE = "alone"
    """It rejects the video without a person."""
    UNFORESEEN = "unforeseen"
    """It waits for a person: what it rests on nobody can have known of who made the policy live."""
    BRAKED = "braked"
    """It waits for a person: so many were rejected within the hour that no more are without one."""


AlertedLabel = tuple[Analysis, str]
"""Analysis and label, as `alerted_label` shortens it."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What a verdict rests on: the attempt whose answer was judged, of each analysis that has one, and the policy.

    `policy` is the policy's digest. Policies have no versions yet, so `epoch` is 0 everywhere.
    """

    attempts: Mapping[Analysis, int]
    policy: str
    epoch: int = 0

    @property
    def digest(self) -> str:
        """32 hexadecimal digits that name this basis among all of its video."""
        content = json.dumps([sorted(self.attempts.items()), self.policy, self.epoch])
        return hashlib.sha256(content.encode()).hexdigest()[:32]

    def succeeds(self, stored: "Basis") -> bool:
        """Whether a verdict that rests on this may take the place of one that rests on `stored`: no part is older, and
        some part is newer. Where only the digest of the policy differs, the first verdict stands.
        """
        if self.epoch < stored.epoch:
            return False
        if any(self.attempts.get(analysis, 0) < attempt for analysis, attempt in stored.attempts.items()):
            return False
        return self.epoch > stored.epoch or self.attempts != stored.attempts

    def members(self) -> dict[str, object]:
        """As JSON."""
        attempts = {str(analysis): self.attempts[analysis] for analysis in Analysis if analysis in self.attempts}
        return {"attempts": attempts, "policy": self.policy, "epoch": self.epoch}


@dataclass(frozen=True, slots=True)
class VideoVerdict:
    """What a policy has made of a video.

    `verdict` is None where the policy needs nothing, so that it clears no video and only raises alerts. `missing` are
    the analyses that it needs and that have no answer. `reasons` are the first MOST_REASONS labels that the verdict was
    given for, without their times. `alerted` are the labels that some alert of this video has listed, and `unsent` the
    ids of those alerts that are still to be sent.
    """

    video: Video
    verdict: Verdict | None
    missing: tuple[Analysis, ...]
    basis: Basis
    reasons: tuple[Peak, ...]
    judged_ms: int
    """When the verdict was made (epoch milliseconds)."""
    alerted: tuple[AlertedLabel, ...] = ()
    unsent: frozenset[str] = field(default=frozenset())
    rejecting: Rejecting | None = None
    """Of the verdict `reject`; None: it waits for a person, as nobody has switched that off."""
    reevaluated: Reevaluated | None = None
    """Which re-evaluation has made it, and what was before; None where an answer did."""

    @property
    def dataset_key(self) -> str:
        """Where the work bucket keeps all that the verdict rests on: a name of its own for each basis."""
        return f"videos/{self.video.video_id}/{self.basis.digest}.json"


def answers_of(jobs: Iterable[Job]) -> dict[Analysis, Answered]:
    """The newest answer of each analysis of a video, whoever asked for it."""
    return {job.analysis: job.newest_answer for job in jobs if job.newest_answer is not None}


def is_pending(jobs: Iterable[Job], needs: Collection[Analysis]) -> bool:
    """Whether an analysis that the policy needs is open: what it will find may change the verdict."""
    return any(job.analysis in needs and not job.has_result for job in jobs)


def can_be_judged(jobs: Sequence[Job], needs: Collection[Analysis]) -> bool:
    """Whether there is a verdict to be made: some answer, and something that the policy needs was asked for. A policy
    that needs nothing judges whatever there is.
    """
    asked_for = not needs or any(job.analysis in needs for job in jobs)
    return asked_for and any(job.newest_answer is not None for job in jobs)


def failure_of(jobs: Sequence[Job], needs: Collection[Analysis]) -> Failure | None:
    """Why a video has no answer: the failure of the first analysis that the policy needs. None while any is open, where
    any has an answer, and where the policy needs none of them.
    """
    if any(not job.has_result or job.newest_answer is not None for job in jobs):
        return None
    failures = [job.result.failure for job in jobs if job.analysis in needs and job.result.failure is not None]
    return next((failure for failure in failures if failure.reason not in NO_STATUS), None)


@dataclass(frozen=True, slots=True)
class Said:
    """What an outcome says of its video: the verdict, PENDING, or None; the label that the verdict was given for, with
    its analysis and confidence (0-100), where it was given for one; and the status, PENDING, or None. Of a `sealed`
    video it says nothing else.
    """

    verdict: str | None = None
    analysis: Analysis | None = None
    label: str | None = None
    confidence: float | None = None
    status: str | None = None
    sealed: bool = False


def said(
    stored: VideoVerdict | None, jobs: Iterable[Job], needs: Collection[Analysis], status: str | None = None
) -> Said:
    """What there is to say: the verdict and the status there are, else whether one is to come."""
    pending = PENDING if is_pending(jobs, needs) else None
    if stored is None:
        return Said(pending, status=status or pending)
    if stored.verdict is None:
        return Said(status=status)
    if not stored.reasons:
        return Said(str(stored.verdict), status=status)
    first = stored.reasons[0]
    return Said(str(stored.verdict), first.analysis, first.label, first.max_confidence, status)


def new_alerts(judgement: Judgement, stored: VideoVerdict | None) -> tuple[Peak, ...]:
    """The labels above the alert threshold that no alert of this video has listed yet."""
    known = set(stored.alerted) if stored is not None else set()
    if len(known) >= MOST_ALERTED:
        return ()
    return tuple(peak for peak in judgement.alerts if alerted_label(peak) not in known)


def alerted_label(peak: Peak) -> AlertedLabel:
    """A label by which it is known that it was alerted. Of a very long one its beginning counts."""
    return peak.analysis, label_text(peak.label)


def alert_id(video_id: str, basis: Basis, peaks: Iterable[Peak]) -> str:
    """32 hexadecimal digits: the same for the same video, basis and labels."""
    labels = [[str(analysis), label] for analysis, label in map(alerted_label, peaks)]
    content = json.dumps([video_id, basis.digest, sorted(labels)])
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:32]
