"""How good verdicts are, by what people have decided: nothing that too few events stand behind."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from reelsift.domain.decided_video import DecidedVideo, LabelId
from reelsift.domain.policy import Verdict
from reelsift.domain.proportion import Proportion
from reelsift.domain.status import Status
from reelsift.domain.weighted_count import FEWEST_EVENTS, WeightedCount

BANDS = (50, 60, 70, 80, 90, 95, 99)
"""Confidences from which on a label's precision is told."""


FEWEST_OPINIONS = 10
"""Second opinions of which so few say nothing of how often two people agree."""


def agreement_says_something(opinions: Proportion) -> bool:
    """Whether there are enough second opinions to say how often two people agree."""
    return opinions.n >= FEWEST_OPINIONS


def says_something(proportion: Proportion) -> bool:
    """Whether there are enough hits to say what share there is."""
    return proportion.hits >= FEWEST_EVENTS


@dataclass(frozen=True, slots=True)
class Missed:
    """What a draw among approvals has found: of `drawn` videos that people looked at, `found` were wrong. `approved` is
    for how many approvals these stand.
    """

    drawn: int
    found: WeightedCount
    approved: float

    @property
    def share(self) -> float | None:
        """Of the approvals, those that are wrong."""
        return self.found.total / self.approved if self.approved else None

    def members(self) -> dict[str, Any]:
        """As JSON. What too few events stand behind is null."""
        says = self.found.says_something
        return {
            "drawn": self.drawn,
            "found": self.found.events,
            "approved": round(self.approved),
            "missed": round(self.found.total) if says else None,
            "low": round(self.found.low) if says else None,
            "high": round(self.found.high) if says else None,
            "share": self.share if says else None,
        }


@dataclass(frozen=True, slots=True)
class Quality:
    """What decisions say of verdicts.

    `by_verdict` has for review and reject how many of the videos people found something in: rejected them, or, where
    the verdict was review, restricted them. `by_label` has the same, rejected or restricted, for each label by the
    confidence from which on it is counted. `appeals` are those decided, `overturned` those granted of them. `opinions`
    are second opinions, and of these those that agree with the decision.
    """

    videos: int
    by_verdict: Mapping[Verdict, Proportion]
    by_label: Mapping[LabelId, Mapping[int, Proportion]]
    missed: Missed
    appeals: Proportion = field(default_factory=lambda: Proportion(0, 0))
    opinions: Proportion = field(default_factory=lambda: Proportion(0, 0))


def quality_of(videos: Iterable[DecidedVideo], appeals: Iterable[bool] = (), opinions: Iterable[bool] = ()) -> Quality:
    """What these decisions say. `opinions` are whether each second opinion agrees."""
    every, granted, agreed = list(videos), list(appeals), list(opinions)
    by_verdict = {
        verdict: _share(video for video in every if video.verdict is verdict)
        for verdict in (Verdict.REVIEW, Verdict.REJECT)
    }
    labels = sorted({label for video in every for label in video.reasons})
    by_label = {}
    for label in labels:
        of_label = [video for video in every if label in video.reasons]
        by_label[label] = {
            band: _wrong(video for video in of_label if video.reasons[label] >= band)
            for band in BANDS
            if any(video.reasons[label] >= band for video in of_label)
        }
    return Quality(
        videos=len(every),
        by_verdict=by_verdict,
        by_label=by_label,
        missed=missed_of(every),
        appeals=Proportion(sum(granted), len(granted)),
        opinions=Proportion(sum(agreed), len(agreed)),
    )


def missed_of(videos: Iterable[DecidedVideo]) -> Missed:
    """What of approvals was missed, by those that were drawn."""
    drawn = [video for video in videos if video.probability is not None]
    largest = max((video.weight for video in drawn), default=0.0)
    found = WeightedCount.of((video.weight for video in drawn if video.is_wrong), largest)
    return Missed(len(drawn), found, sum(video.weight for video in drawn))


def _share(videos: Iterable[DecidedVideo]) -> Proportion:
    """Of the videos of one verdict those in which people found what it says."""
    every = list(videos)
    agreed = [
        video
        for video in every
        if video.status is Status.REJECTED or (video.verdict is Verdict.REVIEW and video.is_wrong)
    ]
    return Proportion(len(agreed), len(every))


def _wrong(videos: Iterable[DecidedVideo]) -> Proportion:
    every = [video.is_wrong for video in videos]
    return Proportion(sum(every), len(every))
