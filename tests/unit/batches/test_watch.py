"""A batch changes its state when its lines, its jobs or its user say so."""

from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest

from reelsift.batches.control import cancelling, resuming
from reelsift.batches.direct_days import DirectDays
from reelsift.batches.watch import CHUNKS_A_SECOND, PAGE_CHUNKS, BatchWatch
from reelsift.domain.batch import CHUNK_LINES, DIRECT_REST_MS, Batch, BatchState, Chunk, Counts, Tally
from reelsift.domain.failure import Reason
from reelsift.domain.job import JobState
from reelsift.domain.line import LineId
from reelsift.domain.outcome import failed
from reelsift.domain.video import ObjectRef
from reelsift.runtime.active_batches import ActiveBatches
from reelsift.runtime.faults import Faults
from reelsift.runtime.timings import Timings
from support.clocks import SetClock
from support.memory_stores import (
    MemoryBatches,
    MemoryChunks,
    MemoryJobs,
    MemoryMetrics,
    MemoryOutcomes,
    settings,
)
from support.memory_worker import MemoryWorker

LINES = 30
TIMINGS = Timings()


class Watched:
    """One batch, of one chunk unless a test makes it otherwise, and what looks after it."""

    def __init__(self, *chunks: Chunk, **members: Any) -> None:
        self.clock = SetClock()
        self.settings = settings(pause_failed_after=10, pause_failed_percent=50)
        now = self.clock.now_ms()
        chunks = chunks or (chunk(),)
        total = sum(each.total or 0 for each in chunks)
        self.batches = MemoryBatches(
            Batch("b", "b", "m.csv", now, **({"total": total, "chunks": len(chunks), "due_at_ms": now} | members))
        )
        self.chunks = MemoryChunks(*chunks)
        self.outcomes = MemoryOutcomes(self.chunks)
        self.jobs = MemoryJobs()
        self.metrics = MemoryMetrics()
        self.active = ActiveBatches(self.batches, clock=self.clock)

    def watch(self) -> BatchWatch:
        """Of another worker each time."""
        return BatchWatch(
            batches=self.batches,
            chunks=self.chunks,
            outcomes=self.outcomes,
            jobs=self.jobs,
            direct_days=DirectDays(
                batches=self.batches, chunks=self.chunks, active_batches=self.active, clock=self.clock
            ),
            metrics=self.metrics,
            active_batches=self.active,
            faults=Faults(self.metrics),
            settings=self.settings,
            timings=TIMINGS,
            clock=self.clock,
        )

    async def step(self) -> Batch:
        """Let a worker see to the batch now."""
        self.clock.move(60)
        await self.watch().step()
        return self.batches["b"]


def chunk(number: int = 0, *, total: int | None = LINES, **members: Any) -> Chunk:
    return Chunk("b", number, **({"counts": Counts(), "total": total, "source_key": "k", "due_at_ms": 1} | members))


def done(number: int = 0) -> Chunk:
    return chunk(number, counts=Counts(succeeded=LINES), claimed=LINES, sent=LINES, reported=True)


async def test_a_batch_is_completing_once_all_its_chunks_are_reported() -> None:
    watched = Watched(done(0), replace(done(1), reported=False))
    assert (await watched.step()).state is BatchState.ACTIVE
    watched.chunks.put(done(1), None)
    assert (await watched.step()).state is BatchState.COMPLETING


async def test_chunk_rows_that_a_dead_submit_has_left_out_are_written() -> None:
    watched = Watched(done(0), total=10_000 + LINES, chunks=2)
    await watched.step()
    assert (watched.chunks[1].total, watched.chunks.open["b", 1]) == (LINES, "unsent")


async def test_a_chunk_that_a_stray_line_names_neither_ends_nor_delays_the_batch() -> None:
    watched = Watched(done(0), total=LINES, chunks=1)
    watched.chunks.put(chunk(7, total=None, counts=Counts(succeeded=5)), None)
    assert (await watched.step()).state is BatchState.COMPLETING


async def test_what_nobody_has_taken_on_of_a_cancelled_batch_is_skipped_at_once() -> None:
    watched = Watched(chunk(0, claimed=12, sent=12, reached=12), chunk(1), state=BatchState.CANCELLING)
    batch = await watched.step()
    assert (batch.state, batch.stopped) == (BatchState.CANCELLING, Reason.CANCELLED)
    first, second = watched.chunks[0], watched.chunks[1]
    assert (first.skip_from, first.counts.skipped, first.skip_reason) == (12, LINES - 12, Reason.CANCELLED)
    assert (second.skip_from, second.counts.skipped) == (0, LINES)
    assert watched.chunks.open == {("b", 0): "chunk", ("b", 1): "report"}


async def test_lines_are_skipped_once_and_for_the_reason_that_stopped_the_batch() -> None:
    watched = Watched(chunk(), stopped=Reason.MAX_COST)
    for _ in range(2):
        batch = await watched.step()
    assert batch.state is BatchState.CANCELLING
    assert (watched.chunks[0].skip_reason, watched.chunks[0].counts.skipped) == (Reason.MAX_COST, LINES)


@pytest.mark.parametrize("state", [JobState.STARTING, JobState.RUNNING, JobState.COLLECTING, JobState.SETTLED])
async def test_a_batch_is_paused_once_nothing_runs_that_it_has_started(state: JobState) -> None:
    watched = Watched(state=BatchState.PAUSING)
    watched.jobs.open["b"] = {state: 1}
    assert (await watched.step()).state is BatchState.PAUSING
    watched.jobs.open["b"] = {JobState.WAITING: 1}
    assert (await watched.step()).state is BatchState.PAUSED


@pytest.mark.parametrize(
    ("failures", "successes", "state"),
    [
        (9, 0, BatchState.ACTIVE),
        (10, 0, BatchState.PAUSING),
        (5, 5, BatchState.ACTIVE),
        (6, 5, BatchState.PAUSING),
    ],
    ids=["too few to judge", "all", "just half", "more than half"],
)
async def test_a_batch_pauses_itself_when_most_of_its_lines_fail(
    failures: int, successes: int, state: BatchState
) -> None:
    watched = Watched(chunk(counts=Counts(succeeded=successes, failed=failures)))
    assert (await watched.step()).state is state
    assert watched.metrics.counted["BatchesPaused",] == (state is BatchState.PAUSING)


async def test_it_says_how_many_failed_and_what_most_of_them_have_in_common() -> None:
    watched = Watched()
    reasons = [Reason.OBJECT_MISSING] * 7 + [Reason.ACCESS_DENIED] * 4
    ref = ObjectRef("videos", "a.mp4")
    await watched.outcomes.record(
        [failed(LineId("b", f"m:{row}", 0), ref, reason, "", now_ms=1) for row, reason in enumerate(reasons)]
    )
    batch = await watched.step()
    assert batch.held_because == "11 of 11 lines have failed (100 %), more than 50 %; most often as object_missing"


async def test_failures_from_before_it_was_resumed_are_not_judged_again() -> None:
    watched = Watched(chunk(counts=Counts(succeeded=1, failed=19)), excused=Counts(succeeded=1, failed=15))
    assert (await watched.step()).state is BatchState.ACTIVE


@pytest.mark.parametrize(
    ("members", "more_s"),
    [({}, 0), ({"state": BatchState.PAUSED}, TIMINGS.paused_batch_check_s), ({"chunks": 1000}, 999 / CHUNKS_A_SECOND)],
    ids=["one chunk", "paused", "many chunks"],
)
async def test_a_batch_of_many_chunks_or_that_is_paused_is_checked_less_often(
    members: dict[str, Any], more_s: float
) -> None:
    async def pause_ms(watched: Watched) -> int:
        return ((await watched.step()).due_at_ms or 0) - watched.clock.now_ms()

    plain = await pause_ms(Watched(manifest_key="k"))
    assert await pause_ms(Watched(manifest_key="k", **members)) - plain == round(more_s * 1000)


async def test_of_all_workers_one_checks_a_batch_at_a_time() -> None:
    watched = Watched(state=BatchState.CANCELLING)
    watched.clock.move(60)
    before = watched.batches["b"]
    await watched.watch().step()
    now = watched.clock.now_ms()
    checked = watched.batches["b"]
    assert (checked.due_at_ms or 0) > now
    await watched.watch().step()
    assert watched.batches["b"] == checked != before


async def test_a_batch_without_a_manifest_whose_lines_do_not_rest_is_left_until_they_may() -> None:
    watched = Watched(chunk(total=None), total=None, chunks=16, closing=True)
    batch = await watched.step()
    assert (batch.state, batch.closing, batch.tally) == (BatchState.ACTIVE, False, Tally())
    assert batch.due_at_ms == batch.created_ms + DIRECT_REST_MS


class BrokenJobs(MemoryJobs):
    async def count_open(self, batch_id: str | None = None) -> dict[JobState, int]:
        raise TypeError(batch_id)


async def test_a_fault_over_one_batch_holds_up_no_other() -> None:
    watched = Watched(done(0))
    watched.jobs = BrokenJobs()
    pausing = replace(watched.batches["b"], batch_id="a", state=BatchState.PAUSING)
    watched.batches.rows = {"a": pausing, "b": watched.batches["b"]}
    assert (await watched.step()).state is BatchState.COMPLETING
    assert watched.batches["a"].state is BatchState.PAUSING


class CountedPages(MemoryChunks):
    """Counts requests, and the rows of the largest answer."""

    def __init__(self, *chunks: Chunk) -> None:
        super().__init__(*chunks)
        self.requests = 0
        self.most = 0

    async def page(self, batch_id: str, start: int, limit: int) -> list[Chunk]:
        self.requests += 1
        rows = [self.rows[key] for key in islice(self._from(batch_id, start), limit)]
        self.most = max(self.most, len(rows))
        return rows

    def _from(self, batch_id: str, start: int) -> Iterator[tuple[str, int]]:
        return (key for key in sorted(self.rows) if key[0] == batch_id and key[1] >= start)

    def of_batch(self, batch_id: str) -> AsyncGenerator[Chunk, None]:
        raise AssertionError(f"all chunks of {batch_id} were asked for")


MANY = 2 * PAGE_CHUNKS + 500


def large(*, of: Callable[[int], Chunk] = done, **members: Any) -> Watched:
    """A batch that one check cannot count."""
    total = {"total": (MANY - 1) * CHUNK_LINES + LINES, "chunks": MANY}
    watched = Watched(chunk(), **(total | members))
    full = [of(number) for number in range(MANY)]
    watched.chunks = CountedPages(
        *(replace(each, total=CHUNK_LINES if each.number < MANY - 1 else LINES) for each in full)
    )
    return watched


def ended(number: int) -> Chunk:
    lines = CHUNK_LINES if number < MANY - 1 else LINES
    return chunk(number, counts=Counts(succeeded=lines), claimed=lines, sent=lines, reported=True)


def counted(watched: Watched) -> CountedPages:
    assert isinstance(watched.chunks, CountedPages)
    return watched.chunks


async def test_a_check_reads_one_page_of_a_large_batch_and_any_worker_goes_on_from_there() -> None:
    watched = large(of=ended)
    states = [(await watched.step()).state for _ in range(3)]
    assert states == [BatchState.ACTIVE, BatchState.ACTIVE, BatchState.COMPLETING]
    assert (counted(watched).requests, counted(watched).most) == (3, PAGE_CHUNKS)
    assert (watched.batches["b"].tally, watched.batches["b"].done_tally) == (Tally(), Tally())


async def test_chunks_that_are_done_are_not_read_again_and_all_are_in_the_sums() -> None:
    watched = large(of=ended)
    late = 2 * PAGE_CHUNKS + 100
    watched.chunks.put(replace(ended(late), counts=Counts(failed=5, succeeded=100), reported=False), "chunk")
    for _ in range(3):
        batch = await watched.step()
    assert (batch.state, batch.tally.next, batch.done_tally.counts.ended) == (BatchState.ACTIVE, late, late * 10_000)
    watched.chunks.put(ended(late), None)
    before = counted(watched).requests
    assert (await watched.step()).state is BatchState.COMPLETING
    assert counted(watched).requests == before + 1


async def test_a_large_batch_is_judged_by_all_of_its_chunks() -> None:
    def failing(number: int) -> Chunk:
        return chunk(number, counts=Counts(failed=6, succeeded=5) if number < PAGE_CHUNKS else Counts(succeeded=11))

    watched = large(of=failing)
    for _ in range(6):
        assert (await watched.step()).state is BatchState.ACTIVE
    watched = large(of=lambda number: chunk(number, counts=Counts(failed=6, succeeded=5)))
    for _ in range(3):
        batch = await watched.step()
    assert batch.state is BatchState.PAUSING
    assert batch.held_because is not None
    assert batch.held_because.startswith("15,000 of 27,500 lines have failed (55 %)")


async def test_missing_rows_of_a_large_batch_are_written_a_part_at_a_time_and_counted_before_it_is_over() -> None:
    watched = large(of=ended)
    gone = [3, *range(PAGE_CHUNKS, MANY)]
    for number in gone:
        del watched.chunks.rows["b", number]
    for _ in range(8):
        batch = await watched.step()
    assert batch.state is BatchState.ACTIVE
    assert len(watched.chunks.rows) == MANY
    for number in gone:
        watched.chunks.put(ended(number), None)
    for _ in range(6):
        batch = await watched.step()
    assert batch.state is BatchState.COMPLETING


async def test_a_large_batch_that_is_cancelled_is_skipped_a_part_at_a_time_without_a_pause() -> None:
    watched = large(of=chunk, state=BatchState.CANCELLING, stopped=Reason.CANCELLED)
    await watched.step()
    assert sum(each.counts.skipped > 0 for each in watched.chunks.rows.values()) == PAGE_CHUNKS
    assert watched.batches["b"].due_at_ms == watched.clock.now_ms()
    for _ in range(2):
        await watched.step()
    assert all(each.complete for each in watched.chunks.rows.values())


async def test_strangers_among_the_chunks_of_an_inventory_do_not_stop_its_count() -> None:
    watched = large(of=ended, manifest_key="k")
    for number in range(PAGE_CHUNKS + 10):
        watched.chunks.put(chunk(1_000_000 + number, total=None, counts=Counts(succeeded=1)), None)
    for _ in range(4):
        batch = await watched.step()
    assert batch.state is BatchState.COMPLETING


async def test_a_reopened_line_has_all_chunks_counted_again() -> None:
    worker = MemoryWorker()
    batches = worker.deployment.batches
    seen = Tally(next=5, chunks=5, done=5)
    batch = Batch("b", "b", "m.csv", 1, total=10 * CHUNK_LINES, chunks=10, due_at_ms=5, tally=seen, done_tally=seen)
    await batches.create(batch)
    assert await batches.get("b") == batch
    await batches.table.transact({"batch": batches.reopen_item(batch, 7)})
    assert await batches.get("b") == replace(batch, due_at_ms=7, tally=Tally(), done_tally=Tally())


@pytest.mark.parametrize("decide", [cancelling, lambda batch: resuming(batch, Counts())])
def test_who_cancels_or_resumes_has_the_count_begin_anew(decide: Callable[[Batch], dict[str, Any]]) -> None:
    seen = Tally(next=5, chunks=5, done=4)
    state = BatchState.PAUSED
    batch = Batch("b", "b", "m.csv", 1, total=10, chunks=10, state=state, tally=seen, done_tally=Tally(next=1))
    assert decide(batch)["tally"] == Tally(next=1)


async def test_the_backlog_counts_no_more_unsent_chunks_than_matter() -> None:
    worker = MemoryWorker()
    table = worker.tables["batches"]
    await table.write_many(
        [{"batch_id": "b", "part": f"chunk#{number:09d}", "open": "unsent#b", "due_at": number} for number in range(20)]
    )
    assert await worker.deployment.chunks.count_unsent("b", at_most=5) == 5
    assert await worker.deployment.chunks.count_unsent("b", at_most=100) == 20


async def test_a_page_of_chunks_begins_at_a_number_and_has_no_row_of_another_kind() -> None:
    worker = MemoryWorker()
    batch = Batch("b", "b", "m.csv", 1, total=MANY * CHUNK_LINES, chunks=MANY)
    await worker.deployment.batches.create(batch)
    for number in range(20):
        await worker.deployment.chunks.add(batch.chunk(number, 1))
    page = worker.deployment.chunks.page
    assert [chunk.number for chunk in await page("b", 3, 4)] == [3, 4, 5, 6]
    assert [chunk.number for chunk in await page("b", 18, 4)] == [18, 19]
