"""Videos and their evidence in files of a folder, divided by video: a test of any size holds one division at a time."""

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from reelsift.archive.part import open_part
from reelsift.domain.analysis import Analysis
from reelsift.domain.judged_video import Found, JudgedVideo
from reelsift.domain.policy import Verdict
from reelsift.domain.status import Status
from reelsift.policy_tests.relevance import Relevance

DIVISIONS = 64
"""By the first digits of the video's id, which is a hash: of a million videos each has 16,000."""

_LINES_HELD = 500
"""Videos of a division that are held before they are written."""

ANSWER_COLUMNS = ("video_id", "analysis", "attempt", "model_version", "seen_from")

EVIDENCE_COLUMNS = (
    *("video_id", "analysis", "attempt", "label", "parents", "start_ms", "end_ms", "last_ms", "samples"),
    *("max_confidence", "mean_confidence", "peak_ms", "details"),
)

_COLUMNS = ("number", *dict.fromkeys((*ANSWER_COLUMNS, *EVIDENCE_COLUMNS)))


def division_of(video_id: str) -> int:
    return int(video_id[:2], 16) % DIVISIONS


class VideoSpill:
    """Writes videos, each to the file of its division."""

    def __init__(self, folder: Path) -> None:
        self.videos = 0
        self._folder = folder
        self._lines: list[list[str]] = [[] for _ in range(DIVISIONS)]

    def add(self, video: JudgedVideo) -> None:
        """Append a video."""
        self.videos += 1
        division = division_of(video.video_id)
        self._lines[division].append(json.dumps(_members(video)))
        if len(self._lines[division]) >= _LINES_HELD:
            self._write(division)

    def close(self) -> None:
        """Write what is still held."""
        for division in range(DIVISIONS):
            self._write(division)

    def _write(self, division: int) -> None:
        if self._lines[division]:
            with videos_file(self._folder, division).open("a", encoding="ascii") as file:
                file.write("\n".join(self._lines[division]) + "\n")
            self._lines[division] = []


def spilled_videos(folder: Path, division: int) -> Iterator[JudgedVideo]:
    """The videos of a division."""
    path = videos_file(folder, division)
    if path.exists():
        with path.open(encoding="ascii") as file:
            yield from (_video(json.loads(line)) for line in file)


class EvidenceSpill:
    """Writes what of parts can matter to a policy: which answers there are, and their relevant segments, each with the
    number of its part. One part at a time.
    """

    def __init__(self, folder: Path, relevance: Relevance | None, only: Collection[str] | None = None) -> None:
        """With `only`, the ids of videos, the evidence of all others is left out. Without `relevance` there is none."""
        self._folder = folder
        self._relevance = relevance
        self._only = only
        self._writers: dict[Path, Any] = {}

    def add(self, part: Path, number: int) -> None:
        """Append what a part has. Raises UnreadablePart for one that is none, before anything of it is written, and
        pyarrow's errors for one that is damaged further on.
        """
        file = open_part(part)
        columns = _COLUMNS if self._relevance is not None else ("number", *ANSWER_COLUMNS)
        for group in range(file.num_row_groups):
            table = file.read_row_group(group, columns=list(columns))
            self._add(table, number)

    def close(self) -> None:
        """End all files."""
        for writer in self._writers.values():
            writer.close()
        self._writers = {}

    def _add(self, table: Any, number: int) -> None:
        import pyarrow as pa  # type: ignore[import-untyped]
        from pyarrow import compute

        if self._only is not None:
            table = table.filter(compute.is_in(table["video_id"], value_set=pa.array(sorted(self._only), pa.string())))
        first = table.filter(compute.equal(table["number"], 0)).select(list(ANSWER_COLUMNS))
        self._write("answers", first, number)
        if self._relevance is not None:
            self._write("evidence", self._relevance.rows(table).select(list(EVIDENCE_COLUMNS)), number)

    def _write(self, kind: str, table: Any, number: int) -> None:
        import pyarrow as pa
        from pyarrow import compute

        if not table.num_rows:
            return
        prefixes = compute.utf8_slice_codeunits(table["video_id"], 0, 2)
        known = compute.index_in(prefixes, value_set=pa.array([f"{prefix:02x}" for prefix in range(256)]))
        divisions = compute.bit_wise_and(known, pa.scalar(DIVISIONS - 1, pa.int32()))
        table = table.append_column("part", pa.array([number], pa.int32()).take(pa.array([0] * table.num_rows)))
        table = table.append_column("division", divisions)
        table = table.take(compute.sort_indices(divisions))
        counts = {count["values"]: count["counts"] for count in compute.value_counts(divisions).to_pylist()}
        start = 0
        for division in sorted(number for number in counts if number is not None):
            some = table.slice(start, counts[division]).drop_columns(["division"])
            start += counts[division]
            path = self._folder / f"{kind}-{division:02d}.arrow"
            if path not in self._writers:
                self._writers[path] = pa.ipc.new_stream(str(path), some.schema)
            self._writers[path].write_table(some)


def spilled_rows(folder: Path, kind: str, division: int) -> Iterator[Any]:
    """The Arrow record batches of a division, of the kind `answers` or `evidence`."""
    import pyarrow as pa

    path = folder / f"{kind}-{division:02d}.arrow"
    if path.exists():
        with pa.OSFile(str(path), "rb") as source, pa.ipc.open_stream(source) as reader:
            yield from reader


def videos_file(folder: Path, division: int) -> Path:
    return folder / f"videos-{division:02d}.jsonl"


def _members(video: JudgedVideo) -> list[Any]:
    found = video.found
    return [
        video.video_id,
        video.bucket,
        video.key,
        video.verdict,
        video.status,
        dict(video.attempts),
        video.decided,
        None if found is None else [found.analysis, found.label, found.confidence, found.at_ms, found.threshold],
        video.batch,
        video.judged_ms,
    ]


def _video(members: list[Any]) -> JudgedVideo:
    video_id, bucket, key, verdict, status, attempts, decided, found, batch, judged_ms = members
    return JudgedVideo(
        video_id=video_id,
        bucket=bucket,
        key=key,
        verdict=None if verdict is None else Verdict(verdict),
        status=None if status is None else Status(status),
        attempts={Analysis(analysis): attempt for analysis, attempt in attempts.items()},
        decided=decided,
        found=None if found is None else Found(Analysis(found[0]), *found[1:]),
        batch=batch,
        judged_ms=judged_ms,
    )
