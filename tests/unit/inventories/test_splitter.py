"""A data file becomes the same chunks whoever splits it, and no chunk that has a row is written over."""

import asyncio
from dataclasses import replace

import pytest

from reelsift.aws.table import ConditionFailed
from reelsift.domain.batch import CHUNK_LINES, Batch, BatchState, Chunk, Counts, SourceFile, chunk_key
from reelsift.domain.failure import Reason
from reelsift.domain.filters import Lack
from reelsift.domain.video import ObjectRef
from reelsift.inventories.files import Damage, FilePart
from reelsift.inventories.splitter import NOT_READ, BatchOver, FileSplitter
from reelsift.manifests.chunks import read_chunk
from reelsift.manifests.manifest_row import GoodRow
from reelsift.runtime.lease import Lease, WorkerStops
from support.clocks import SetClock
from support.memory_stores import MemoryBatches, MemoryChunks, MemorySourceFiles, MemoryWork

LEASE_S = 60
ROWS = 2 * CHUNK_LINES + 500
NUMBER = 1
FIRST = NUMBER * 10_000


class Splitting:
    """The second data file of an inventory, which two full chunks and a small one come of."""

    def __init__(self) -> None:
        self.clock = SetClock()
        now = self.clock.now_ms()
        file = SourceFile("b", NUMBER, "2.csv", "data/2.csv", 1, "md5", due_at_ms=now)
        batch = Batch("b", "b", "s3", now, None, 0, state=BatchState.PREPARING, manifest_key="k", files=2)
        self.batches = MemoryBatches(batch)
        self.chunks = MemoryChunks()
        self.files = MemorySourceFiles(file)
        self.work = MemoryWork()
        self.stop = asyncio.Event()

    async def splitter(self) -> FileSplitter:
        """Of a worker that has just claimed the file."""
        file = self.files.rows["b", NUMBER]
        lease = Lease(file, self.files.change, seconds=LEASE_S, clock=self.clock, stop=self.stop)
        await lease.claim()
        return FileSplitter(
            lease=lease,
            batches=self.batches,
            chunks=self.chunks,
            source_files=self.files,
            work=self.work,
            clock=self.clock,
        )

    async def split(self, first: int = 0, last: int = ROWS) -> SourceFile:
        splitter = await self.splitter()
        await splitter.begin()
        await add(splitter, first, last)
        await splitter.close()
        return await splitter.finish()

    def lines(self) -> list[int]:
        """The rows in the chunks' objects, in the order of the chunks."""
        bodies = [self.work.objects[key] for key in sorted(self.work.objects)]
        return [row.row.row for body in bodies for row in read_chunk(body)]


def parts(first: int, last: int) -> list[FilePart]:
    """The rows of the file as they are read: 1,000 at a time, of which one is not let through."""
    return [
        FilePart(
            "2.csv",
            [GoodRow(row, ObjectRef("videos", f"{row}.mp4", size=10)) for row in range(start, min(start + 1000, last))],
            seen=1001,
            passed_over={Lack.SUFFIX: 1},
        )
        for start in range(first, last, 1000)
    ]


async def add(splitter: FileSplitter, first: int = 0, last: int = ROWS) -> None:
    for part in parts(first, last):
        await splitter.add(part)


@pytest.fixture
def splitting() -> Splitting:
    return Splitting()


async def test_a_file_becomes_full_chunks_with_numbers_of_its_own(splitting: Splitting) -> None:
    file = await splitting.split()
    numbers = [FIRST, FIRST + 1, FIRST + 2]
    assert [splitting.chunks[number].total for number in numbers] == [CHUNK_LINES, CHUNK_LINES, 500]
    assert sorted(splitting.work.objects) == [chunk_key("b", number) for number in numbers]
    assert splitting.lines() == list(range(ROWS))
    assert (file.done, file.due_at_ms, file.lines, file.chunks, file.line_bytes) == (True, None, ROWS, 3, ROWS * 10)
    assert (file.seen, file.passed_over) == (21 * 1001, (("suffix", 21),))


async def test_whoever_takes_a_file_over_goes_on_after_the_chunks_that_are_there(splitting: Splitting) -> None:
    died = await splitting.splitter()
    await died.begin()
    await add(died, last=12_000)
    sent = await splitting.chunks.claim_lines(splitting.chunks[FIRST], 100, due_at_ms=1)
    file = await splitting.split()
    assert splitting.chunks[FIRST] == sent, "its lines may have been sent"
    assert (file.lines, file.chunks) == (ROWS, 3)
    assert splitting.lines() == list(range(ROWS))


async def test_the_line_of_a_file_that_was_damaged_meanwhile_has_a_place_after_them(splitting: Splitting) -> None:
    died = await splitting.splitter()
    await died.begin()
    await add(died, last=12_000)
    damage = Damage(ObjectRef("inventories", "data/2.csv"), Reason.BAD_LINE, "its MD5 is another")
    splitter = await splitting.splitter()
    await splitter.begin()
    await splitter.add(FilePart("2.csv", [damage.row], damage=damage))
    await splitter.close()
    file = await splitter.finish()
    assert [splitting.chunks[FIRST + index].total for index in (0, 1)] == [CHUNK_LINES, 1]
    assert file.lines == CHUNK_LINES + 1


async def test_a_row_that_a_stray_line_has_made_is_no_chunk_that_is_there(splitting: Splitting) -> None:
    stray = splitting.chunks.put(Chunk("b", FIRST, Counts(succeeded=1)), None)
    await splitting.split(0, 10)
    assert (stray.total, splitting.chunks[FIRST].total) == (None, 10)


async def test_a_worker_whose_lease_is_lost_writes_nothing_more(splitting: Splitting) -> None:
    sleeper = await splitting.splitter()
    await sleeper.begin()
    splitting.clock.move(LEASE_S + 1)
    await splitting.splitter()
    with pytest.raises(ConditionFailed):
        await add(sleeper)
    assert splitting.work.objects == {}


@pytest.mark.parametrize("state", [BatchState.CANCELLING, BatchState.CANCELLED, BatchState.COMPLETE])
async def test_of_a_batch_that_is_cancelled_no_more_chunks_are_stored(splitting: Splitting, state: BatchState) -> None:
    splitter = await splitting.splitter()
    await splitter.begin()
    splitting.batches.rows["b"] = replace(splitting.batches["b"], state=state)
    with pytest.raises(BatchOver):
        await add(splitter)
    splitter.leave_off()
    file = await splitter.finish()
    assert (file.done, file.chunks, dict(file.passed_over)[NOT_READ]) == (True, 0, 1)


async def test_a_worker_that_stops_leaves_the_file_as_it_is(splitting: Splitting) -> None:
    splitter = await splitting.splitter()
    await splitter.begin()
    splitting.stop.set()
    with pytest.raises(WorkerStops):
        await add(splitter)
    assert not splitting.files.rows["b", NUMBER].done
