"""What the report of a batch says, before it is written in any form, and as `summary.json` for programs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from reelsift.domain.batch import Batch, Counts
from reelsift.reports.long_list import LongList
from reelsift.reports.reason_words import unknown_cost


@dataclass(frozen=True, slots=True)
class LabelShare:
    """One label of one analysis over all videos of a batch: how many show it among their most confident labels, and its
    top peak.
    """

    analysis: str
    label: str
    category: str
    videos: int
    max_confidence: float


class Move(NamedTuple):
    """From which verdict and status to which a re-evaluation has moved videos; empty where there was none."""

    verdict_before: str
    verdict: str
    status_before: str
    status: str


@dataclass(frozen=True, slots=True)
class FlaggedVideo:
    """A video that people have to look at, with what was seen in it.

    `segments` are as `domain.result.segment_members` has them, in order; `alerts` names analysis and label of what
    passed the alert threshold; `peak_analysis` is that of the label that the verdict was given for. Times are
    milliseconds, confidences 0-100. `segments_left_out` counts those beyond the strongest that are there.
    """

    uri: str
    video_id: str
    line: str
    verdict: str
    peak_analysis: str | None
    peak_label: str | None
    peak_confidence: float | None
    duration_ms: int | None
    segments: Sequence[Mapping[str, Any]]
    alerts: frozenset[tuple[str, str]]
    segments_left_out: int = 0


@dataclass(frozen=True, slots=True)
class ReportContents:
    """A batch at its end. `endings` counts lines by status and reason (empty for plain success), `verdicts` by verdict,
    `statuses` by the status that their video had when they ended. Of a re-evaluation `moved` counts the videos that
    got another verdict or status.

    `flagged` are the videos shown, the gravest first, of `flagged_total`. `location` is where the report's files lie (a
    URI), `segments_location` where the segments of its videos do, None where none are written. Times are epoch
    milliseconds.
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
    segments_location: str | None = None
    statuses: Mapping[str, int] = field(default_factory=dict)
    moved: Mapping[Move, int] = field(default_factory=dict)


def summary_document(contents: ReportContents) -> LongList:
    """Times are epoch milliseconds, money US dollars, confidences 0-100. Its files are to be added: the `key`, `bytes`
    and `md5` (hex) of each, and for files of rows `rows`.
    """
    batch, counts = contents.batch, contents.counts
    document = {
        "batch": batch.batch_id,
        "name": batch.name,
        "source": batch.source,
        "deployment": contents.deployment,
        "state": str(batch.state),
        "stopped": batch.stopped,
        "created_ms": batch.created_ms,
        "written_ms": contents.written_ms,
        "lines": batch.total,
        "succeeded": counts.succeeded,
        "partly_failed": counts.partly_failed,
        "failed": counts.failed,
        "skipped": counts.skipped,
        "endings": [
            {"status": status, "reason": reason or None, "lines": lines}
            for (status, reason), lines in sorted(contents.endings.items())
        ],
        "passed_over": dict(batch.passed_over),
        "verdicts": dict(contents.verdicts),
        "statuses": dict(contents.statuses),
        **_moves(contents),
        "labels": [asdict(share) for share in contents.labels],
        "billed_lines": counts.billed,
        "billed_minutes": round(counts.billed_ms / 60_000, 3),
        "money_usd": counts.cost_micros / 1_000_000,
        "money_left_out": unknown_cost(contents.endings) or None,
        "max_cost_usd": None if batch.max_cost_micros is None else batch.max_cost_micros / 1_000_000,
        "flagged_total": contents.flagged_total,
        "flagged": [
            {
                "uri": video.uri,
                "video_id": video.video_id,
                "line": video.line,
                "verdict": video.verdict,
                "peak_analysis": video.peak_analysis,
                "peak_label": video.peak_label,
                "peak_confidence": video.peak_confidence,
                "duration_ms": video.duration_ms,
            }
            for video in contents.flagged
        ],
        "files": [],
    }
    return LongList(document, "files")


def _moves(contents: ReportContents) -> dict[str, Any]:
    """What a re-evaluation has moved, the most videos first; of other batches nothing."""
    terms = contents.batch.reevaluation
    if terms is None:
        return {}
    ranked = sorted(contents.moved.items(), key=lambda item: (-item[1], item[0]))
    return {
        "policy": {"digest": terms.policy, "epoch": terms.epoch},
        "moved": [
            {name: value or None for name, value in move._asdict().items()} | {"videos": videos}
            for move, videos in ranked
        ],
    }
