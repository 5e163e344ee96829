"""Chunks are reported as they complete, and a batch ends once, whichever worker is first."""

import asyncio
from dataclasses import replace

import pytest

from reelsift.aws.errors import AwsUnavailable
from reelsift.domain.batch import Batch, BatchState, Chunk, Counts
from reelsift.reporting.batch_report import MOST_FAILURES, BatchReports
from reelsift.reporting.chunk_report import ChunkReports
from reelsift.reporting.reporter import Reporter
from reelsift.runtime.active_batches import ActiveBatches
from reelsift.runtime.faults import Faults
from reelsift.runtime.lease import Lease
from reelsift.runtime.timings import Timings
from support.clocks import SetClock
from support.memory_stores import MemoryBatches, MemoryChunks, MemoryMetrics

TIMINGS = Timings()


class NotedChunkReports(ChunkReports):
    """Notes the chunks instead of writing files; what is `broken` raises."""

    def __init__(self, chunks: MemoryChunks) -> None:
        self.written: list[int] = []
        self.broken: dict[int, Exception] = {}
        self.may_write = asyncio.Event()
        self.may_write.set()
        self._rows = self._chunks = chunks

    async def write(self, batch: Batch, lease: Lease[Chunk]) -> None:
        assert batch.batch_id == lease.row.batch_id
        await asyncio.sleep(0)
        number = lease.row.number
        if number in self.broken:
            raise self.broken[number]
        await self.may_write.wait()
        await lease.keep()
        await self._rows.reported(lease.row, {"files": [], "failed_versions": False})
        self.written.append(number)


class NotedBatchReports(BatchReports):
    """Ends batches without writing a report, once `may_end` is set."""

    def __init__(self, batches: MemoryBatches, metrics: MemoryMetrics, clock: SetClock) -> None:
        self._batches, self._metrics, self._clock = batches, metrics, clock
        self.may_end = asyncio.Event()
        self.may_end.set()
        self.ended: list[str] = []
        self.error: Exception | None = None
        self._rows = batches

    async def end(self, lease: Lease[Batch]) -> None:
        await self.may_end.wait()
        await lease.keep()
        if self.error is not None:
            raise self.error
        await self._rows.change(lease.row, state=BatchState.COMPLETE, due_at_ms=None)
        self.ended.append(lease.row.batch_id)


class Reporting:
    """Two batches: `a` is under way with complete chunks, `b` is at its end."""

    def __init__(self) -> None:
        self.clock = SetClock()
        now = self.clock.now_ms()
        under_way = Batch("a", "a", "m.csv", now, total=30, chunks=3)
        completing = replace(under_way, batch_id="b", state=BatchState.COMPLETING, due_at_ms=now)
        self.batches = MemoryBatches(under_way, completing)
        self.chunks = MemoryChunks()
        for number in range(3):
            counts = Counts(succeeded=10)
            self.chunks.put(Chunk("a", number, counts, total=10, source_key="k", due_at_ms=now), "report")
        self.chunk_reports = NotedChunkReports(self.chunks)
        self.metrics = MemoryMetrics()
        self.batch_reports = NotedBatchReports(self.batches, self.metrics, self.clock)
        self.stop = asyncio.Event()

    def reporter(self, timings: Timings = TIMINGS) -> Reporter:
        """Of another worker each time."""
        return Reporter(
            batches=self.batches,
            chunks=self.chunks,
            chunk_reports=self.chunk_reports,
            batch_reports=self.batch_reports,
            active_batches=ActiveBatches(self.batches, clock=self.clock),
            faults=Faults(self.metrics),
            stop=self.stop,
            timings=timings,
            clock=self.clock,
        )

    async def step(self) -> None:
        reporter = self.reporter()
        await reporter.step()
        await reporter.drain()


@pytest.fixture
def reporting() -> Reporting:
    return Reporting()


async def test_complete_chunks_are_reported_and_the_batch_is_ended(reporting: Reporting) -> None:
    await reporting.step()
    assert sorted(reporting.chunk_reports.written) == [0, 1, 2]
    assert reporting.batch_reports.ended == ["b"]


async def test_of_several_workers_each_chunk_and_batch_has_one(reporting: Reporting) -> None:
    await asyncio.gather(*(reporting.step() for _ in range(4)))
    assert sorted(reporting.chunk_reports.written) == [0, 1, 2]
    assert reporting.batch_reports.ended == ["b"]


async def test_a_chunk_that_a_worker_fails_over_holds_up_no_other(reporting: Reporting) -> None:
    reporting.chunk_reports.broken[1] = TypeError("a fault of the program")
    await reporting.step()
    assert sorted(reporting.chunk_reports.written) == [0, 2]
    reporting.chunk_reports.broken.clear()
    await reporting.step()
    assert sorted(reporting.chunk_reports.written) == [0, 2], "its lease has not run out"
    reporting.clock.move(TIMINGS.report_lease_s + 1)
    await reporting.step()
    assert sorted(reporting.chunk_reports.written) == [0, 1, 2]


async def test_a_chunk_that_a_worker_fails_over_again_and_again_is_left_out(reporting: Reporting) -> None:
    reporting.chunk_reports.broken[1] = TypeError("a fault of the program")
    worker = reporting.reporter()
    for _ in range(MOST_FAILURES):
        assert not reporting.chunks[1].reported
        await worker.step()
        reporting.clock.move(TIMINGS.report_lease_s + 1)
    assert reporting.chunks[1].reported
    assert reporting.chunks.reports["a", 1] == {"files": [], "failed_versions": False}
    assert reporting.metrics.counted["ProgramFailures",] == MOST_FAILURES


async def test_a_batch_whose_report_the_program_fails_over_again_and_again_ends_without_one(
    reporting: Reporting,
) -> None:
    reporting.batch_reports.error = TypeError("a fault of the program")
    for tries in range(MOST_FAILURES):
        assert reporting.batches["b"].state is BatchState.COMPLETING
        assert reporting.batches["b"].report_failures == tries
        await reporting.step()
        reporting.clock.move(TIMINGS.report_lease_s + 1)
    batch = reporting.batches["b"]
    assert (batch.state, batch.report_failed) == (BatchState.COMPLETE, "TypeError: a fault of the program")


async def test_a_chunk_that_takes_long_holds_up_neither_the_loop_nor_the_end_of_a_batch(reporting: Reporting) -> None:
    reporting.chunk_reports.may_write.clear()
    worker = reporting.reporter(replace(TIMINGS, report_step_s=0.01))
    for _ in range(2):
        await worker.step()
    assert reporting.batch_reports.ended == ["b"]
    assert reporting.chunk_reports.written == []
    reporting.chunk_reports.may_write.set()
    await worker.drain()
    assert sorted(reporting.chunk_reports.written) == [0, 1, 2]


async def test_a_stopping_worker_leaves_a_chunk_to_the_next_one_at_once(reporting: Reporting) -> None:
    reporting.chunk_reports.may_write.clear()
    stopping = reporting.reporter(replace(TIMINGS, report_step_s=0.01))
    await stopping.step()
    reporting.stop.set()
    reporting.chunk_reports.may_write.set()
    await stopping.drain()
    assert reporting.chunk_reports.written == []
    reporting.stop.clear()
    await reporting.step()
    assert sorted(reporting.chunk_reports.written) == [0, 1, 2]


async def test_an_outage_ends_the_step(reporting: Reporting) -> None:
    reporting.chunk_reports.broken = {number: AwsUnavailable("no answer") for number in range(3)}
    with pytest.raises(AwsUnavailable):
        await reporting.step()


async def test_a_chunk_whose_batch_has_no_row_is_not_reported(reporting: Reporting) -> None:
    reporting.chunks.put(replace(reporting.chunks[0], batch_id="gone", number=9), "report")
    await reporting.step()
    assert sorted(reporting.chunk_reports.written) == [0, 1, 2]


async def test_a_batch_that_met_an_outage_is_ended_after_a_while(reporting: Reporting) -> None:
    reporting.batch_reports.error = AwsUnavailable("no answer")
    await reporting.step()
    reporting.batch_reports.error = None
    await reporting.step()
    assert reporting.batch_reports.ended == []
    reporting.clock.move(TIMINGS.report_retry_s)
    await reporting.step()
    assert reporting.batch_reports.ended == ["b"]


async def test_a_stopping_worker_leaves_the_end_of_a_batch_to_the_next_one_at_once(reporting: Reporting) -> None:
    reporting.batch_reports.may_end.clear()
    stopping = reporting.reporter()
    await stopping.step()
    reporting.stop.set()
    reporting.batch_reports.may_end.set()
    await stopping.drain()
    assert reporting.batch_reports.ended == []
    reporting.stop.clear()
    await reporting.step()
    assert reporting.batch_reports.ended == ["b"]


async def test_a_worker_that_overslept_the_end_of_a_batch_leaves_it_to_who_has_it(reporting: Reporting) -> None:
    reporting.batch_reports.may_end.clear()
    sleeper = reporting.reporter()
    await sleeper.step()
    await asyncio.sleep(0)
    reporting.clock.move(TIMINGS.report_lease_s + 1)
    other = reporting.reporter()
    await other.step()
    reporting.batch_reports.may_end.set()
    await sleeper.drain()
    await other.drain()
    assert reporting.batch_reports.ended == ["b"]
