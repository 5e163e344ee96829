"""`summary.json`: the numbers of a report, and a list of its files, for programs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from reelsift.reports.contents import ReportContents


def summary_document(contents: ReportContents, files: Sequence[Mapping[str, Any]]) -> bytes:
    """Times are epoch milliseconds, money US dollars, confidences 0-100. Each of `files` is a file's `key`, `bytes` and
    `md5` (hex), and for files of rows `rows`.
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
        "failed": counts.failed,
        "skipped": counts.skipped,
        "endings": [
            {"status": status, "reason": reason or None, "lines": lines}
            for (status, reason), lines in sorted(contents.endings.items())
        ],
        "passed_over": dict(batch.passed_over),
        "verdicts": dict(contents.verdicts),
        "labels": [asdict(share) for share in contents.labels],
        "billed_lines": counts.billed,
        "billed_minutes": round(counts.billed_ms / 60_000, 3),
        "money_usd": counts.cost_micros / 1_000_000,
        "max_cost_usd": None if batch.max_cost_micros is None else batch.max_cost_micros / 1_000_000,
        "flagged_total": contents.flagged_total,
        "flagged": [
            {
                "uri": video.uri,
                "video_id": video.video_id,
                "line": video.line,
                "verdict": video.verdict,
                "peak_label": video.peak_label,
                "peak_confidence": video.peak_confidence,
                "duration_ms": video.duration_ms,
            }
            for video in contents.flagged
        ],
        "files": list(files),
    }
    return json.dumps(document, indent=1).encode()
