"""What is shown and kept of an analysed video: the JSON that `show` and `inspect` print."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import heappush, heappushpop, nlargest
from itertools import islice
from typing import Any

from reelsift.domain.analysis import Analysis
from reelsift.domain.policy import Peak
from reelsift.domain.segments import Segment

SEGMENTS_A_LINE = 250
"""Segments that are written and read at a time. The whole of a dense answer, some 20 MB, at one go would keep every
other thread waiting for as long as that takes, and needs ten times the memory.
"""

_FOLDER = "results/"
SHOT = "Shot"
"""The label of a shot: the one of shots and cues that is no cue."""

_SEGMENTS = ', "segments": ['
_END = "\n]}"


def key_of_result(video_id: str, name: str) -> str:
    """Where the work bucket keeps the result of this name."""
    return f"{_FOLDER}{video_id}/{name}.json"


def name_of_result(key: str) -> str:
    """What tells a result from all others of its video, out of its key: `<analysis>/<attempt>-<random>`."""
    return "/".join(key.split("/")[-2:]).removesuffix(".json")


def encode_result(head: Mapping[str, Any], segments: Sequence[Segment]) -> bytes:
    """A result as it is stored: one JSON object, whose first line is all but its segments, a few of which stand on each
    further line. `head` has at least one member.
    """
    lines = [json.dumps(head, ensure_ascii=False).removesuffix("}") + _SEGMENTS]
    for start in range(0, len(segments), SEGMENTS_A_LINE):
        some = [segment_members(segment) for segment in segments[start : start + SEGMENTS_A_LINE]]
        comma = "," if start + SEGMENTS_A_LINE < len(segments) else ""
        lines.append(json.dumps(some, ensure_ascii=False)[1:-1] + comma)
    return b"\n".join(line.encode("utf-8", "surrogatepass") for line in lines) + _END.encode()


def encode_lines(head: Mapping[str, Any], segments: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """The same form for other programs, piece by piece and a segment a line, in ASCII: a name that no UTF-8 can hold,
    or that would steer a terminal, is escaped. Takes segments as JSON, and holds SEGMENTS_A_LINE of them at a time.
    """
    yield (json.dumps(head).removesuffix("}") + _SEGMENTS).encode()
    before, remaining = "\n", iter(segments)
    while some := list(islice(remaining, SEGMENTS_A_LINE)):
        yield (before + ",\n".join(map(json.dumps, some))).encode()
        before = ",\n"
    yield _END.encode()


class ResultReader:
    """Reads a stored result as its bytes come, with a few of its segments in memory at a time.

    `head` is all of it but its segments; it is there once the first of them may come.
    """

    def __init__(self) -> None:
        self.head: dict[str, Any] = {}
        self._rest = b""

    def add(self, piece: bytes) -> Iterator[list[dict[str, Any]]]:
        """The segments that are whole with these bytes, some at a time."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            if not self.head:
                self.head = _head(line)
            else:
                yield _segments(line)


def read_head(body: bytes) -> dict[str, Any]:
    """All of a stored result but its segments."""
    return _head(body.partition(b"\n")[0])


def read_segments(body: bytes) -> Iterator[dict[str, Any]]:
    """The segments of a stored result, in order, with a few of them in memory at a time."""
    start = body.index(b"\n") + 1
    while (end := body.find(b"\n", start)) >= 0:
        yield from _segments(body[start:end])
        start = end + 1


def _head(line: bytes) -> dict[str, Any]:
    head: dict[str, Any] = json.loads(line.removesuffix(_SEGMENTS.encode()) + b"}")
    return head


def _segments(line: bytes) -> list[dict[str, Any]]:
    segments: list[dict[str, Any]] = json.loads(b"[" + line.removesuffix(b",") + b"]")
    return segments


def segment_members(segment: Segment) -> dict[str, Any]:
    """A segment as JSON: times in milliseconds, confidences 0-100. `details` is there where its analysis tells any, and
    `last_ms` where the segment was made of samples.
    """
    members = {
        "analysis": str(segment.analysis),
        "label": segment.label,
        "parents": list(segment.parents),
        "start_ms": segment.start_ms,
        "end_ms": segment.end_ms,
        "samples": segment.samples,
        "max_confidence": segment.max_confidence,
        "mean_confidence": segment.mean_confidence,
        "peak_ms": segment.peak_ms,
    }
    if segment.last_ms is not None:
        members["last_ms"] = segment.last_ms
    return members | {"details": dict(segment.details)} if segment.details else members


def read_segment(members: Mapping[str, Any]) -> Segment:
    """The segment that `segment_members` made JSON of."""
    return Segment(
        **{**members, "analysis": Analysis(members["analysis"]), "parents": tuple(members["parents"])},
    )


def peak_members(peak: Peak) -> dict[str, Any]:
    """A label that passed a threshold, as JSON: the threshold it passed, and where. `id` is there where it tells
    namesakes apart.
    """
    members = {
        "analysis": str(peak.analysis),
        "label": peak.label,
        "parents": list(peak.parents),
        "max_confidence": peak.max_confidence,
        "peak_ms": peak.peak_ms,
        "threshold": peak.threshold,
        "ranges_ms": [list(range_ms) for range_ms in peak.ranges_ms],
    }
    return members if peak.known_as is None else members | {"id": peak.known_as}


def in_order(segments: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Segments as JSON, by start, then label."""
    return sorted(segments, key=place_in_order)


def strongest(segments: Iterable[Mapping[str, Any]], limit: int) -> tuple[list[Mapping[str, Any]], int]:
    """The most confident of a video's segments, so many in all at most and in order, and how many there are beside
    them.

    Each analysis has an equal share, and what one leaves of its share the others have: labels are nearly always surer
    than what is wrong with a video. So do shots apart from cues, which are few and worth more.
    """
    shares: dict[tuple[str, bool], list[tuple[float, int, Mapping[str, Any]]]] = {}
    total = 0
    for total, segment in enumerate(segments, start=1):
        share = shares.setdefault((segment["analysis"], segment["label"] == SHOT), [])
        # Of equals the earlier is stronger: no two entries are the same, and segments are never compared.
        entry = (segment["max_confidence"], -total, segment)
        if len(share) < limit:
            heappush(share, entry)
        else:
            heappushpop(share, entry)
    kept: list[Mapping[str, Any]] = []
    for remaining, share in zip(range(len(shares), 0, -1), sorted(shares.values(), key=len), strict=True):
        kept += [segment for _, _, segment in nlargest((limit - len(kept)) // remaining, share)]
    return in_order(kept), total - len(kept)


def place_in_order(segment: Mapping[str, Any]) -> tuple[int, str, int]:
    """What segments are ordered by, in results and in what is made of several: start, then label, then end."""
    return segment["start_ms"], segment["label"], segment["end_ms"]
