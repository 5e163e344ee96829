"""What a report says of many lines together: made for each chunk, and added up at the end of its batch."""

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from reelsift.domain import taxonomy
from reelsift.domain.analysis import Analysis
from reelsift.domain.outcome import Outcome
from reelsift.domain.policy import Verdict
from reelsift.domain.video_verdict import PENDING
from reelsift.reports.contents import LabelShare, Move
from reelsift.reports.report_line import ReportLine

FLAGGED_KEPT = 200
"""Videos for people to look at that a report names: the gravest."""

LABELS_KEPT = 5_000
"""Labels told apart: label detection knows about 3,000, content moderation some 100."""

_GRAVITY = {str(Verdict.REJECT): 0, str(Verdict.REVIEW): 1}

_NOT_FLAGGED = frozenset({None, str(Verdict.APPROVE), PENDING})
"""What an outcome says of videos that nobody has to look at, or not yet."""


@dataclass(frozen=True, slots=True)
class Flagged:
    """A video that people have to look at. The confidence is 0-100."""

    uri: str
    video_id: str
    line: str
    verdict: str
    peak_analysis: str | None
    peak_label: str | None
    peak_confidence: float | None

    @property
    def gravity(self) -> tuple[int, float, str, str]:
        """For sorting: the gravest verdict first, then the most confident."""
        return _GRAVITY.get(self.verdict, len(_GRAVITY)), -(self.peak_confidence or 0), self.uri, self.line


@dataclass(slots=True)
class FindingsSummary:
    """Lines by status and reason, by verdict, and by the status of their video; videos by analysis and label; and the
    gravest videos. Of a re-evaluation, how many videos `moved` from one verdict and status to another.

    A name that two analyses use is two labels: each says something else of a video, with a confidence of its own.
    Labels and flagged videos count a video once for each chunk that has it. `flagged_total` is exact where all flagged
    videos are kept, else a video that stands in several chunks counts in each.
    """

    endings: Counter[tuple[str, str]] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    labels: dict[tuple[str, str], tuple[int, float]] = field(default_factory=dict)
    flagged: list[Flagged] = field(default_factory=list)
    flagged_total: int = 0
    moved: Counter[Move] = field(default_factory=Counter)

    @classmethod
    def of_lines(cls, lines: Iterable[ReportLine]) -> "FindingsSummary":
        """The summary of one chunk."""
        summary = cls()
        flagged: dict[str, Flagged] = {}
        videos: set[str] = set()
        for outcome in (line.outcome for line in lines):
            summary.endings[str(outcome.status), str(outcome.reason or "")] += 1
            if outcome.verdict is not None:
                summary.verdicts[outcome.verdict] += 1
            if outcome.video_status is not None:
                summary.statuses[outcome.video_status] += 1
            if (move := _move(outcome)) is not None:
                summary.moved[move] += 1
            if outcome.video_id is None or outcome.video_id in videos:
                continue
            videos.add(outcome.video_id)
            for label in outcome.top_labels:
                summary._add_label((str(label.analysis), label.label), 1, label.confidence)
            if outcome.verdict not in _NOT_FLAGGED:
                flagged[outcome.video_id] = _flagged(outcome)
        summary.flagged_total = len(flagged)
        summary.flagged = heapq.nsmallest(FLAGGED_KEPT, flagged.values(), key=lambda video: video.gravity)
        return summary

    def add(self, other: "FindingsSummary") -> None:
        """Take over what another chunk's summary says."""
        self.endings.update(other.endings)
        self.verdicts.update(other.verdicts)
        self.statuses.update(other.statuses)
        self.moved.update(other.moved)
        for label, (videos, confidence) in other.labels.items():
            self._add_label(label, videos, confidence)
        everything = len(self.flagged) == self.flagged_total and len(other.flagged) == other.flagged_total
        distinct = {video.video_id: video for video in (*self.flagged, *other.flagged)}
        self.flagged_total = len(distinct) if everything else self.flagged_total + other.flagged_total
        self.flagged = heapq.nsmallest(FLAGGED_KEPT, distinct.values(), key=lambda video: video.gravity)

    def label_shares(self) -> list[LabelShare]:
        """The labels, those that most videos show first."""
        ranked = sorted(self.labels.items(), key=lambda item: (-item[1][0], -item[1][1], item[0]))
        return [
            LabelShare(analysis, label, _category(analysis, label), videos, confidence)
            for (analysis, label), (videos, confidence) in ranked
        ]

    def members(self) -> dict[str, Any]:
        """As JSON, to be kept until the batch's end."""
        return {
            "endings": [[status, reason, lines] for (status, reason), lines in sorted(self.endings.items())],
            "verdicts": dict(sorted(self.verdicts.items())),
            "statuses": dict(sorted(self.statuses.items())),
            "labels": [[*label, *share] for label, share in sorted(self.labels.items())],
            "flagged": [asdict(video) for video in self.flagged],
            "flagged_total": self.flagged_total,
            "moved": [[*move, videos] for move, videos in sorted(self.moved.items())],
        }

    @classmethod
    def parse(cls, members: Mapping[str, Any]) -> "FindingsSummary":
        """What `members` wrote."""
        return cls(
            endings=Counter({(status, reason): lines for status, reason, lines in members["endings"]}),
            verdicts=Counter(members["verdicts"]),
            statuses=Counter(members["statuses"]),
            labels={
                (analysis, label): (videos, confidence) for analysis, label, videos, confidence in members["labels"]
            },
            flagged=[Flagged(**video) for video in members["flagged"]],
            flagged_total=members["flagged_total"],
            # Parts that an earlier version has written have none.
            moved=Counter({Move(*move): videos for *move, videos in members.get("moved", ())}),
        )

    def _add_label(self, label: tuple[str, str], videos: int, confidence: float) -> None:
        known = self.labels.get(label)
        if known is not None:
            self.labels[label] = (known[0] + videos, max(known[1], confidence))
        elif len(self.labels) < LABELS_KEPT:
            self.labels[label] = (videos, confidence)


def _move(outcome: Outcome) -> Move | None:
    """How a re-evaluated video has moved; None where it has not."""
    if outcome.before is None:
        return None
    before = outcome.before.verdict or "", outcome.before.status or ""
    after = outcome.verdict or "", outcome.video_status or ""
    return None if before == after else Move(before[0], after[0], before[1], after[1])


def _category(analysis: str, label: str) -> str:
    """The top level above a label. Only moderation's taxonomy is known; of others a label stands for itself."""
    return taxonomy.category(taxonomy.path(label, None)) if analysis == Analysis.CONTENT_MODERATION else label


def _flagged(outcome: Outcome) -> Flagged:
    return Flagged(
        uri=outcome.ref.uri,
        video_id=outcome.video_id or "",
        line=outcome.id.line,
        verdict=outcome.verdict or "",
        peak_analysis=None if outcome.peak_analysis is None else str(outcome.peak_analysis),
        peak_label=outcome.peak_label,
        peak_confidence=outcome.peak_confidence,
    )
