"""SortBy and AggregateBy of the Get operations: the order of the detections, and whether they are segments."""

from collections.abc import Iterable
from itertools import groupby

from rekognition_cloud.rekognition.analysis import Analysis, Request, Row

_SEGMENT_MEMBERS = ("StartTimestampMillis", "EndTimestampMillis", "DurationMillis")
# A label is seen without a break while its samples are no further apart than this many steps.
_LARGEST_GAP = 1.5


def arranged(
    analysis: Analysis,
    rows: Iterable[Row],
    request: Request,
    *,
    sort_by: str | None,
    aggregate_by: str | None,
    duration_ms: int,
) -> list[Row]:
    """The rows in order: TIMESTAMP sorts them by time; NAME, and what else an operation may sort by, groups them by
    label, the highest confidence first. `sort_by` and `aggregate_by` are None where an operation has no choice.
    """
    if aggregate_by == "SEGMENTS":
        grained = _segments(analysis, rows, duration_ms)
    elif aggregate_by == "TIMESTAMPS":
        grained = [{name: value for name, value in row.items() if name not in _SEGMENT_MEMBERS} for row in rows]
    else:
        grained = list(rows)
    if sort_by in {None, "TIMESTAMP"}:
        position = analysis.position
        return sorted(grained, key=analysis.at_ms if position is None else lambda row: position(row, request))
    return sorted(grained, key=lambda row: (analysis.path(row)[-1], -analysis.confidence(row)))


def _segments(analysis: Analysis, rows: Iterable[Row], duration_ms: int) -> list[Row]:
    """One row for each unbroken stretch of a label. Segments of a recording stay as they are.

    Amazon does not document the confidence of a segment; this is the highest of its samples.
    """
    by_label = sorted(rows, key=lambda row: (analysis.path(row), row["Timestamp"]))
    segments: list[Row] = []
    for _, samples in groupby(by_label, key=analysis.path):
        current: list[Row] = []
        for row in samples:
            if "StartTimestampMillis" in row:
                segments.append(row)
            elif current and row["Timestamp"] - current[-1]["Timestamp"] > _LARGEST_GAP * analysis.step_ms:
                segments.append(_segment(analysis, current, duration_ms))
                current = [row]
            else:
                current.append(row)
        if current:
            segments.append(_segment(analysis, current, duration_ms))
    return segments


def _segment(analysis: Analysis, samples: list[Row], duration_ms: int) -> Row:
    start = samples[0]["Timestamp"]
    end = max(start, min(samples[-1]["Timestamp"] + analysis.step_ms, duration_ms))
    surest = max(samples, key=analysis.confidence)
    return surest | {
        "Timestamp": start,
        "StartTimestampMillis": start,
        "EndTimestampMillis": end,
        "DurationMillis": end - start,
    }
