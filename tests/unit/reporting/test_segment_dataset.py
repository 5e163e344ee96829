"""The segments of a chunk's videos: read from their results, a few ahead and each once, and written as one object."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from pyarrow.parquet import read_table  # type: ignore[import-untyped]

from reelsift.aws.table import ConditionFailed
from reelsift.domain.analysis import Analysis
from reelsift.domain.batch import Batch, Chunk, Counts
from reelsift.domain.line import LineId, OutcomeStatus
from reelsift.domain.outcome import Outcome
from reelsift.domain.reevaluation import Reevaluation
from reelsift.domain.result import encode_result, key_of_result
from reelsift.domain.segments import Segment
from reelsift.domain.video import ObjectRef
from reelsift.reporting.segment_dataset import READS_AHEAD, WHOLE_BYTES, SegmentDataset, part_key
from reelsift.reports import report_keys
from reelsift.reports.report_line import ReportLine
from reelsift.runtime.lease import Lease, WorkerStops
from support.clocks import SetClock
from support.memory_stores import MemoryChunks, MemoryWork

BATCH = Batch("b1", "b", "m.csv", 1_780_000_000_000, total=100, chunks=1)
KEY = report_keys.segments_key(BATCH, 0)
PART = part_key(BATCH, 0)
LEASE_S = 120


class WatchedWork(MemoryWork):
    """Notes which results are read, and how many at a time at the most."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: list[str] = []
        self.reading = self.most = 0
        self.on_read: Callable[[], None] = lambda: None

    async def pieces(self, key: str) -> AsyncGenerator[bytes, None]:
        self.reads.append(key)
        self.on_read()
        self.reading += 1
        self.most = max(self.most, self.reading)
        try:
            async for piece in super().pieces(key):
                yield piece
        finally:
            self.reading -= 1


class Writing:
    """A chunk that a worker has claimed, and a work bucket with the results of its videos."""

    def __init__(self) -> None:
        self.clock = SetClock()
        self.stop = asyncio.Event()
        self.chunks = MemoryChunks()
        chunk = Chunk("b1", 0, Counts(), total=100, source_key="k", due_at_ms=self.clock.now_ms())
        self.chunks.put(chunk, "report")
        self.lease = self.leased(chunk)
        self.work = WatchedWork()
        self.dataset = SegmentDataset(self.work)

    def leased(self, chunk: Chunk) -> Lease[Chunk]:
        return Lease(chunk, self.chunks.claim_report, seconds=LEASE_S, clock=self.clock, stop=self.stop)

    def analysed(self, video_id: str, labels: Sequence[str], analysis: Analysis = Analysis.CONTENT_MODERATION) -> str:
        """The name of a result with a segment for each of these labels."""
        head = {"analysis": str(analysis), "attempt": 1, "job_id": "j", "model_version": "7.0"}
        segments = [Segment(analysis, label, (), 0, 1_000, 2, 90.0, 80.0, 500) for label in labels]
        name = f"{analysis}/1-ab12cd34"
        self.work.objects[key_of_result(video_id, name)] = encode_result(head, segments)
        return name

    def video(self, number: int, labels: Sequence[str]) -> ReportLine:
        video_id = f"{number:040x}"
        return line(number, video_id, self.analysed(video_id, labels))

    def work_key(self, number: int) -> str:
        return key_of_result(f"{number:040x}", f"{Analysis.CONTENT_MODERATION}/1-ab12cd34")

    async def write(self, *lines: ReportLine) -> dict[str, Any]:
        await self.lease.claim()
        (noted,) = await self.dataset.write(BATCH, self.lease, lines)
        return noted

    @property
    def labels(self) -> list[tuple[str, str | None]]:
        """Key and label of each row."""
        rows = read_table(BytesIO(self.work.objects[KEY])).to_pylist()
        return [(row["key"], row["label"]) for row in rows]


def line(number: int, video_id: str | None, *results: str) -> ReportLine:
    ref = ObjectRef("videos", f"{number}.mp4")
    status = OutcomeStatus.SUCCEEDED if results else OutcomeStatus.FAILED
    outcome = Outcome(LineId("b1", f"m.csv:{number}", 0), ref, status, 1, video_id=video_id, results=results)
    return ReportLine(outcome, ref)


@pytest.fixture
def writing() -> Writing:
    return Writing()


async def test_the_segments_of_all_analyses_stand_in_the_order_of_the_lines(writing: Writing) -> None:
    video_id = "a" * 40
    results = [writing.analysed(video_id, ["Explicit"]), writing.analysed(video_id, ["Dog", "Cat"], Analysis.LABELS)]
    noted = await writing.write(
        writing.video(1, ["Violence"]), line(2, None), line(3, video_id, *results), writing.video(4, [])
    )
    assert writing.labels == [
        ("1.mp4", "Violence"), ("3.mp4", "Explicit"), ("3.mp4", "Dog"), ("3.mp4", "Cat"), ("4.mp4", None)
    ]  # fmt: skip
    assert (noted["key"], noted["rows"], noted["bytes"]) == (KEY, 5, len(writing.work.objects[KEY]))
    assert KEY == "reports/segments/date=2026-05-28/batch=b1/part-000000000.parquet"


async def test_a_video_of_several_lines_is_read_and_written_once(writing: Writing) -> None:
    first = writing.video(1, ["Violence"])
    await writing.write(first, first, writing.video(2, ["Drugs"]), first)
    assert writing.labels == [("1.mp4", "Violence"), ("2.mp4", "Drugs")]
    assert len(writing.work.reads) == 2


async def test_the_copy_has_each_answer_once_with_its_segments_numbered(writing: Writing) -> None:
    video_id = "a" * 40
    results = [
        writing.analysed(video_id, ["Explicit", "Smoking"]),
        writing.analysed(video_id, [], Analysis.LABELS),
        writing.analysed(video_id, ["Face"], Analysis.FACES),
    ]
    await writing.write(line(1, video_id, *results), line(2, video_id, *results), line(3, None))
    rows = read_table(BytesIO(writing.work.objects[PART])).to_pylist()
    # Nothing judges faces.
    assert [(row["analysis"], row["attempt"], row["number"], row["label"]) for row in rows] == [
        ("content_moderation", 1, 0, "Explicit"), ("content_moderation", 1, 1, "Smoking"), ("labels", 1, 0, None)
    ]  # fmt: skip
    assert PART == "archive/segments/2026-05/b1-000000000.parquet"


async def test_the_copy_has_them_where_reports_have_no_segments(writing: Writing) -> None:
    writing.work.objects[KEY] = b"from before"
    writing.dataset = SegmentDataset(writing.work, with_report=False)
    await writing.lease.claim()
    assert await writing.dataset.write(BATCH, writing.lease, [writing.video(1, ["Violence"])]) == []
    assert read_table(BytesIO(writing.work.objects[PART])).num_rows == 1
    assert KEY not in writing.work.objects


async def test_a_large_result_is_numbered_through_in_the_copy(writing: Writing) -> None:
    many = 8_000
    await writing.write(writing.video(2, ["Violence"] * many), writing.video(3, ["Drugs"]))
    assert read_table(BytesIO(writing.work.objects[PART]))["number"].to_pylist() == [*range(many), 0]


async def test_a_chunk_whose_videos_were_all_forgotten_takes_its_part_back(writing: Writing) -> None:
    await writing.write(writing.video(1, ["Violence"]))
    await writing.write(line(1, None))
    assert PART not in writing.work.objects


async def test_what_is_judged_anew_brings_nothing_to_the_copy(writing: Writing) -> None:
    await writing.lease.claim()
    again = replace(BATCH, reevaluation=Reevaluation(epoch=2, policy="p", walks=1))
    await writing.dataset.write(again, writing.lease, [writing.video(1, ["Violence"])])
    assert PART not in writing.work.objects


async def test_a_few_results_are_read_ahead(writing: Writing) -> None:
    lines = [writing.video(number, ["Violence"]) for number in range(5 * READS_AHEAD)]
    await writing.write(*lines)
    assert [key for key, _ in writing.labels] == [f"{number}.mp4" for number in range(5 * READS_AHEAD)]
    assert 1 < writing.work.most <= READS_AHEAD
    assert len(writing.work.reads) == 5 * READS_AHEAD


async def test_a_large_result_is_not_held_but_read_again_in_its_turn(writing: Writing) -> None:
    many = 8_000
    large = writing.video(2, ["Violence"] * many)
    assert len(writing.work.objects[writing.work_key(2)]) > WHOLE_BYTES
    await writing.write(writing.video(1, ["Drugs"]), large, writing.video(3, ["Drugs"]))
    assert writing.labels == [("1.mp4", "Drugs"), *[("2.mp4", "Violence")] * many, ("3.mp4", "Drugs")]
    assert writing.work.reads.count(writing.work_key(2)) == 2


async def test_a_result_that_was_deleted_is_left_out(writing: Writing) -> None:
    lines = [writing.video(number, ["Violence"]) for number in range(3)]
    del writing.work.objects[writing.work_key(1)]
    assert (await writing.write(*lines))["rows"] == 2
    assert [key for key, _ in writing.labels] == ["0.mp4", "2.mp4"]


async def test_a_worker_that_takes_over_writes_the_same_bytes(writing: Writing) -> None:
    lines = [writing.video(number, ["Violence"]) for number in range(40)]
    noted = await writing.write(*lines)
    before = [writing.work.objects[key] for key in (KEY, PART)]
    assert await writing.write(*lines) == noted
    assert [writing.work.objects[key] for key in (KEY, PART)] == before


async def test_a_worker_that_slept_through_its_lease_writes_nothing(writing: Writing) -> None:
    await writing.lease.claim()
    writing.clock.move(LEASE_S + 1)
    await writing.leased(writing.chunks[0]).claim()
    with pytest.raises(ConditionFailed):
        await writing.dataset.write(BATCH, writing.lease, [writing.video(1, ["Violence"])])
    assert not {KEY, PART} & set(writing.work.objects)


async def test_a_stopping_worker_leaves_off_between_two_results(writing: Writing) -> None:
    writing.stop.set()
    with pytest.raises(WorkerStops):
        await writing.write(*[writing.video(number, ["Violence"]) for number in range(3)])
    assert KEY not in writing.work.objects
    assert writing.work.reading == 0


async def test_the_lease_is_kept_while_results_are_read(writing: Writing) -> None:
    left_s = []

    def pass_time() -> None:
        writing.clock.move(2)
        left_s.append(writing.lease.left_s)

    writing.work.on_read = pass_time
    await writing.write(*[writing.video(number, ["Violence"]) for number in range(LEASE_S)])
    assert len(left_s) * 2 > LEASE_S
    assert min(left_s) > 0
