"""What the report of a batch says, before it is written in any form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reelsift.domain.batch import Batch, Counts


@dataclass(frozen=True, slots=True)
class LabelShare:
    """One label over all videos of a batch: how many show it among their most confident labels, and its top peak."""

    label: str
    category: str
    videos: int
    max_confidence: float


@dataclass(frozen=True, slots=True)
class FlaggedVideo:
    """A video that people have to look at, with what was seen in it.

    `segments` are as `domain.result.segment_members` has them, in order; `alerts` names analysis and label of what
    passed the alert threshold. Times are milliseconds, confidences 0-100. `segments_left_out` counts those beyond the
    strongest that are there.
    """

    uri: str
    video_id: str
    line: str
    verdict: str
    peak_label: str | None
    peak_confidence: float | None
    duration_ms: int | None
    segments: Sequence[Mapping[str, Any]]
    alerts: frozenset[tuple[str, str]]
    segments_left_out: int = 0


@dataclass(frozen=True, slots=True)
class ReportContents:
    """A batch at its end. `endings` counts lines by status and reason (empty for plain success), `verdicts` by verdict.

    `flagged` are the videos shown, the gravest first, of `flagged_total`. `location` is where the report's files lie
    (a URI); times are epoch milliseconds.
    """

    deployment: str
    batch: Batch
    counts: Counts
    written_ms: int
    location: str
    endings: Mapping[tuple[str, str], int]
    verdicts: Mapping[str, int]
    labels: Sequence[LabelShare]
    flagged_total: int
    flagged: Sequence[FlaggedVideo]
