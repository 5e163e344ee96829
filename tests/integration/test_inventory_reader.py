"""The reader of inventories, step by step: what it stages, whom it leaves an inventory to, and when it gives one up."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from reelsift.aws.deployment import Deployment, open_deployment
from reelsift.aws.table import ConditionFailed
from reelsift.domain.batch import Batch, BatchState
from reelsift.domain.failure import Reason
from reelsift.domain.filters import Filters
from reelsift.domain.line import Line, LineId, OutcomeStatus
from reelsift.domain.video import ObjectRef
from reelsift.inventories import files as inventory_files
from reelsift.inventories.files import InventoryFiles, source_files
from reelsift.inventories.splitter import NOT_READ
from reelsift.manifests.chunks import SourceRow, read_chunk
from reelsift.manifests.inventory import InventoryFormat
from reelsift.manifests.manifest_row import BadRow, GoodRow
from reelsift.queries.demand import count_unexpanded
from reelsift.runtime.clock import SystemClock, as_ms, now_ms
from reelsift.runtime.lease import Lease
from reelsift.runtime.timings import Timings
from reelsift.settings import load_settings
from rekognition_cloud.process import CloudProcess
from support import batch_loops
from support.acting import acting
from support.eventually import eventually
from unit.manifests.inventory_builder import Entry, checksum, data_file, manifest

FOLDER = "inventory/videos/weekly/2026-07-31T01-00Z"
ARRIVAL = "direct-2026-07-31"


_MEMBERS: dict[str, dict[str, Any]] = {
    "bucket": {"source": "somebody-elses"},
    "schema": {"columns": ("bucket", "size")},
}
"""What is wrong with a manifest."""


@asynccontextmanager
async def opened(name: str) -> AsyncIterator[Deployment]:
    settings = load_settings()
    assert settings.deployment == name
    async with open_deployment(settings) as deployment:
        yield deployment


async def deliver(
    deployment: Deployment,
    kind: InventoryFormat,
    files: Mapping[str, Sequence[Entry] | bytes],
    folder: str = FOLDER,
    **members: Any,
) -> Batch:
    """Write an inventory, tell of it, and give the batch that comes of it."""
    bucket = f"{deployment.settings.deployment}-videos"
    written = {
        f"inventory/{name}": content if isinstance(content, bytes) else data_file(kind, content)
        for name, content in files.items()
    }
    listed = manifest(kind, written, **{"source": bucket, "destination": deployment.work.bucket} | members)
    for key, body in {
        **written,
        f"{folder}/manifest.json": listed,
        f"{folder}/manifest.checksum": checksum(listed),
    }.items():
        await deployment.work.put(key, body, "application/octet-stream")
    with acting("task"):
        await batch_loops.deliveries(deployment).take(told(deployment, folder))
    (batch,) = await deployment.batches.due_inventories(now_ms(), 10)
    return batch


def told(deployment: Deployment, folder: str = FOLDER) -> Line:
    return Line(LineId(ARRIVAL, "m", 0), ObjectRef(deployment.work.bucket, f"{folder}/manifest.checksum"), now_ms())


def entries(deployment: Deployment, count: int) -> list[Entry]:
    bucket = f"{deployment.settings.deployment}-videos"
    return [Entry(f"{number:06}.mp4", bucket=bucket) for number in range(count)]


async def read(deployment: Deployment) -> None:
    with acting("task"):
        reader = batch_loops.reader(deployment)
        await reader.step()
        await reader.drain()


async def read_manifests(deployment: Deployment) -> None:
    """Read what manifests are due, and no data file."""
    for batch in await deployment.batches.due_inventories(now_ms(), 10):
        files = InventoryFiles(deployment.work.client, deployment.work.bucket, batch.manifest_key or "")
        inventory = await files.open(deployment.settings.data_buckets)
        await deployment.source_files.add(source_files(batch.batch_id, inventory))
        await deployment.batches.change(batch, files=len(inventory.files), due_at_ms=now_ms())


async def again(deployment: Deployment, batch_id: str) -> None:
    """Have every data file of a batch read once more, as if its reader had died before it could say it was done."""
    batch = await deployment.batches.get(batch_id)
    assert batch is not None
    files = [file async for file in deployment.source_files.of_batch(batch_id)]
    await deployment.source_files.add([replace(file, done=False, due_at_ms=1) for file in files])
    await deployment.batches.change(batch, state=BatchState.PREPARING, total=None, due_at_ms=now_ms())


async def stored(deployment: Deployment, batch_id: str) -> tuple[Batch, dict[int, list[SourceRow]]]:
    """A batch and the rows of its chunk files by their numbers."""
    batch = await deployment.batches.get(batch_id)
    assert batch is not None
    chunks = [chunk async for chunk in deployment.chunks.of_batch(batch_id)]
    return batch, {
        chunk.number: list(read_chunk(await deployment.work.get(chunk.source_key)))
        for chunk in chunks
        if chunk.source_key
    }


async def test_each_data_file_fills_chunks_of_its_own_and_a_damaged_one_is_one_line(name: str) -> None:
    async with opened(name) as deployment:
        videos = entries(deployment, 12_500)
        files: dict[str, Sequence[Entry] | bytes] = {
            "1.csv.gz": videos[:999],
            "2.csv.gz": b"",
            "3.csv.gz": b"damaged",
            "4.csv.gz": [*videos[999:], Entry("photo.jpg", bucket=f"{name}-videos")],
        }
        delivered = await deliver(deployment, "CSV", files)
        await read(deployment)
        batch, chunks = await stored(deployment, delivered.batch_id)
        assert (batch.state, batch.total, batch.chunks, batch.files) == (BatchState.ACTIVE, 12_501, 4, 4)
        assert (batch.size, batch.passed_over) == (12_500_000, (("suffix", 1),))
        assert {number: len(rows) for number, rows in chunks.items()} == {
            0: 999,
            20_000: 1,
            30_000: 10_000,
            30_001: 1_501,
        }
        rows = [row for chunk in chunks.values() for row in chunk]
        assert [row.row.ref.key for row in rows if isinstance(row.row, GoodRow)] == [str(entry.key) for entry in videos]
        assert len({row.name for row in rows}) == 12_501
        (damaged,) = [row for row in rows if isinstance(row.row, BadRow)]
        assert damaged == SourceRow("3.csv.gz", damaged.row)
        assert damaged.row == BadRow(
            0,
            "it cannot be unpacked: Not a gzipped file (b'da')",
            f"s3://{deployment.work.bucket}/inventory/3.csv.gz",
        )


async def test_lines_stand_ready_while_the_rest_of_their_file_is_still_read(name: str, cloud: CloudProcess) -> None:
    async with opened(name) as deployment:
        delivered = await deliver(deployment, "Parquet", {"1.x": entries(deployment, 10_001)})
        rule = cloud.add_fault(
            "hold", times=1, service="s3", operation="PutObject", path="000000001.jsonl", when="before"
        )
        reading = asyncio.create_task(read(deployment))
        await asyncio.to_thread(eventually, lambda: cloud.held(rule), "the reader at its second chunk")
        (chunk,) = await deployment.chunks.unsent(delivered.batch_id, 10)
        held = await deployment.batches.get(delivered.batch_id)
        assert (chunk.number, chunk.total, chunk.size) == (0, 10_000, 10_000_000)
        assert held is not None
        assert (held.state, held.total) == (BatchState.PREPARING, None)
        cloud.release(rule)
        await reading
        assert (await stored(deployment, delivered.batch_id))[0].total == 10_001


async def test_the_filters_of_a_batch_decide_what_its_inventory_s_lines_are(name: str) -> None:
    async with opened(name) as deployment:
        bucket = f"{name}-videos"
        listed = [
            Entry("in/a.mp4", "v2", bucket=bucket),
            Entry("in/a.mp4", "v1", is_latest=False, bucket=bucket),
            Entry("in/a.mp4", "v3", is_delete_marker=True, size=None, bucket=bucket),
            Entry("in/b.mov", "v4", bucket=bucket),
            Entry("out/c.mp4", "v5", bucket=bucket),
            Entry("in/d.mp4", "v6", size=10, bucket=bucket),
        ]
        delivered = await deliver(deployment, "Parquet", {"1.x": listed})
        filters = Filters(globs=("in/*",), suffixes=(".mp4",), min_size=100, all_versions=True)
        await deployment.batches.change(delivered, filters=filters)
        await read(deployment)
        batch, chunks = await stored(deployment, delivered.batch_id)
        refs = [row.row.ref for row in chunks[0] if isinstance(row.row, GoodRow)]
        assert [(ref.key, ref.version_id) for ref in refs] == [("in/a.mp4", "v2"), ("in/a.mp4", "v1")]
        assert batch.passed_over == (("delete_marker", 1), ("glob", 1), ("size", 1), ("suffix", 1))


async def test_of_a_file_that_another_worker_has_begun_nothing_is_written_twice(name: str) -> None:
    async with opened(name) as deployment:
        delivered = await deliver(deployment, "CSV", {"1.csv.gz": entries(deployment, 10_003)})
        await read(deployment)
        _, before = await stored(deployment, delivered.batch_id)
        chunks = [chunk async for chunk in deployment.chunks.of_batch(delivered.batch_id)]
        claimed = await deployment.chunks.claim_lines(chunks[0], 10_000, due_at_ms=now_ms())
        # As if the first reader had died before it could say that it was done, and the file had gone since.
        await again(deployment, delivered.batch_id)
        await deployment.work.delete_below("inventory/1.csv.gz")
        await read(deployment)
        batch, chunk_rows = await stored(deployment, delivered.batch_id)
        assert {number: rows for number, rows in chunk_rows.items() if number < 2} == before
        assert [(row.name, row.row.reason) for row in chunk_rows[2] if isinstance(row.row, BadRow)] == [
            ("1.csv.gz:0", Reason.OBJECT_MISSING)
        ]
        assert (batch.state, batch.total, batch.chunks) == (BatchState.ACTIVE, 10_004, 3)
        assert await deployment.chunks.get(batch.batch_id, 0) == claimed


async def test_a_file_read_again_gives_the_same_chunks(name: str) -> None:
    async with opened(name) as deployment:
        delivered = await deliver(deployment, "CSV", {"1.csv.gz": entries(deployment, 3), "2.csv.gz": b"x"})
        await read(deployment)
        before = await stored(deployment, delivered.batch_id)
        await again(deployment, delivered.batch_id)
        await read(deployment)
        batch, chunks = await stored(deployment, delivered.batch_id)
        assert chunks == before[1]
        assert (batch.total, batch.chunks, batch.size) == (before[0].total, before[0].chunks, before[0].size)


@pytest.mark.parametrize("state", [BatchState.PAUSING, BatchState.PAUSED])
async def test_a_batch_that_is_paused_meanwhile_stays_so_and_gets_its_total(name: str, state: BatchState) -> None:
    async with opened(name) as deployment:
        delivered = await deliver(deployment, "CSV", {"1.csv.gz": entries(deployment, 3)})
        await read_manifests(deployment)
        opened_batch = await deployment.batches.get(delivered.batch_id)
        assert opened_batch is not None
        await deployment.batches.change(opened_batch, state=state, due_at_ms=now_ms())
        await read(deployment)
        batch, _ = await stored(deployment, delivered.batch_id)
        assert (batch.state, batch.total) == (state, 3)


async def test_of_a_cancelled_batch_no_file_is_read_any_more(name: str) -> None:
    async with opened(name) as deployment:
        delivered = await deliver(deployment, "CSV", {"1.csv.gz": entries(deployment, 3)})
        await read_manifests(deployment)
        opened_batch = await deployment.batches.get(delivered.batch_id)
        assert opened_batch is not None
        await deployment.batches.change(opened_batch, state=BatchState.CANCELLING, due_at_ms=now_ms())
        await read(deployment)
        batch, chunks = await stored(deployment, delivered.batch_id)
        assert (batch.state, batch.total, batch.chunks, chunks) == (BatchState.CANCELLING, 0, 0, {})
        assert batch.passed_over == ((NOT_READ, 1),)
        assert await deployment.source_files.due(now_ms(), 10) == []


async def test_of_a_file_whose_batch_is_cancelled_while_it_is_read_the_first_chunks_count(
    name: str, cloud: CloudProcess
) -> None:
    async with opened(name) as deployment:
        delivered = await deliver(deployment, "Parquet", {"1.x": entries(deployment, 10_001)})
        rule = cloud.add_fault("hold", times=1, service="s3", operation="PutObject", path="000000000.jsonl")
        reading = asyncio.create_task(read(deployment))
        await asyncio.to_thread(eventually, lambda: cloud.held(rule), "the reader at its first chunk")
        batch = await deployment.batches.get(delivered.batch_id)
        assert batch is not None
        await deployment.batches.change(batch, state=BatchState.CANCELLING, due_at_ms=now_ms())
        cloud.release(rule)
        await reading
        batch, chunks = await stored(deployment, delivered.batch_id)
        assert (batch.total, batch.chunks, list(chunks)) == (10_000, 1, [0])
        assert batch.passed_over == ((NOT_READ, 1),)


async def test_a_batch_that_is_cancelled_before_anybody_has_read_its_manifest_has_no_lines(name: str) -> None:
    async with opened(name) as deployment:
        delivered = await deliver(deployment, "CSV", {"1.csv.gz": entries(deployment, 3)})
        await deployment.batches.change(delivered, state=BatchState.CANCELLING, due_at_ms=now_ms())
        await read(deployment)
        batch, _ = await stored(deployment, delivered.batch_id)
        assert (batch.state, batch.total, batch.files) == (BatchState.CANCELLING, 0, 0)


async def test_a_chunk_that_comes_after_the_sum_of_a_cancelled_batch_does_not_keep_it_from_its_end(
    name: str, cloud: CloudProcess
) -> None:
    async with opened(name) as deployment:
        delivered = await deliver(deployment, "CSV", {"1.csv.gz": entries(deployment, 3)}, **_MEMBERS["schema"])
        rule = cloud.add_fault("hold", times=1, service="s3", operation="PutObject", path="000000000.jsonl")
        reading = asyncio.create_task(read(deployment))
        await asyncio.to_thread(eventually, lambda: cloud.held(rule), "the reader at the line that says why")
        batch = await deployment.batches.get(delivered.batch_id)
        assert batch is not None
        await deployment.batches.change(batch, state=BatchState.CANCELLING, due_at_ms=now_ms())
        await batch_loops.reader(deployment).step()
        cloud.release(rule)
        await reading
        for _ in range(4):
            batch = await deployment.batches.get(delivered.batch_id)
            assert batch is not None
            await deployment.batches.change(batch, due_at_ms=now_ms())
            await batch_loops.watch(deployment).step()
            reporter = batch_loops.reporter(deployment)
            await reporter.step()
            await reporter.drain()
        batch = await deployment.batches.get(delivered.batch_id)
        assert batch is not None
        assert (batch.state, batch.total, batch.chunks) == (BatchState.CANCELLED, 1, 1)


async def test_a_small_inventory_does_not_wait_for_the_end_of_a_large_one(name: str) -> None:
    async with opened(name) as deployment:
        await deliver(deployment, "CSV", {f"{number}.csv.gz": b"x" for number in range(30)})
        await read_manifests(deployment)
        small = await deliver(deployment, "CSV", {"other.csv.gz": b"x"}, folder="inventory/small/2026-07-31T01-00Z")
        await read_manifests(deployment)
        assert small.batch_id in {file.batch_id for file in await deployment.source_files.due(now_ms(), 2)}


async def test_an_inventory_without_videos_is_a_batch_that_is_complete(name: str) -> None:
    async with opened(name) as deployment:
        bucket = f"{name}-videos"
        delivered = await deliver(deployment, "ORC", {"1.orc": [Entry("photo.jpg", bucket=bucket)]})
        assert delivered.state is BatchState.PREPARING
        assert not delivered.direct
        assert await count_unexpanded(deployment) == 1
        await read(deployment)
        batch, chunks = await stored(deployment, delivered.batch_id)
        assert (batch.state, batch.total, chunks) == (BatchState.ACTIVE, 0, {})
        assert batch.passed_over == (("suffix", 1),)
        await batch_loops.watch(deployment).step()
        assert (await stored(deployment, delivered.batch_id))[0].state is BatchState.COMPLETING


@pytest.mark.parametrize(
    ("damage", "reason", "complaint"),
    [
        ("checksum", Reason.BAD_LINE, "manifest.json cannot be used: its MD5 is"),
        ("manifest.json", Reason.OBJECT_MISSING, "it does not exist"),
        ("bucket", Reason.BUCKET_NOT_ALLOWED, "the inventory of bucket somebody-elses, which is not among"),
        ("schema", Reason.BAD_LINE, "its fileSchema is unknown: there is no column key"),
    ],
)
async def test_an_inventory_that_cannot_be_used_is_a_batch_of_one_line_that_says_why(
    name: str, damage: str, reason: Reason, complaint: str
) -> None:
    async with opened(name) as deployment:
        members = _MEMBERS.get(damage, {})
        delivered = await deliver(deployment, "CSV", {"1.csv.gz": entries(deployment, 3)}, **members)
        if damage == "checksum":
            await deployment.work.put(f"{FOLDER}/manifest.checksum", b"0" * 32, "text/plain")
        if damage == "manifest.json":
            await deployment.work.delete_below(f"{FOLDER}/manifest.json")
        await read(deployment)
        batch, chunks = await stored(deployment, delivered.batch_id)
        assert (batch.state, batch.total, batch.chunks, batch.files) == (BatchState.ACTIVE, 1, 1, 0)
        (line,) = chunks[0]
        assert line.name == "manifest.json:0"
        assert isinstance(line.row, BadRow)
        assert line.row.reason is reason
        assert complaint in line.row.message
        assert line.row.excerpt == f"s3://{deployment.work.bucket}/{FOLDER}/manifest.json"


async def test_news_of_an_inventory_that_is_gone_ends_as_a_failed_line(name: str) -> None:
    async with opened(name) as deployment:
        await batch_loops.deliveries(deployment).take(told(deployment))
        outcome = await deployment.outcomes.get(told(deployment).id)
        assert outcome is not None
        assert (outcome.status, outcome.reason) == (OutcomeStatus.FAILED, Reason.OBJECT_MISSING)
        assert await deployment.batches.due_inventories(now_ms(), 10) == []


async def test_of_two_workers_one_reads(name: str) -> None:
    async with opened(name) as deployment:
        batch = await deliver(deployment, "CSV", {})
        claims = [deployment.batches.change(batch, tries=1, due_at_ms=now_ms() + 60_000) for _ in range(2)]
        met = await asyncio.gather(*claims, return_exceptions=True)
        assert sorted(type(one).__name__ for one in met) == ["Batch", "ConditionFailed"]
        assert await deployment.batches.due_inventories(now_ms(), 10) == []


def lease(batch: Batch, deployment: Deployment) -> Lease[Batch]:
    return Lease(batch, deployment.batches.change, seconds=60, clock=SystemClock())


async def test_a_reader_that_has_lost_its_lease_writes_nothing_more(name: str) -> None:
    async with opened(name) as deployment:
        batch = await deliver(deployment, "CSV", {})
        slow = await deployment.batches.change(batch, tries=1, due_at_ms=now_ms() + 1)
        quick = await deployment.batches.change(slow, tries=2, due_at_ms=now_ms() + 60_000)
        with pytest.raises(ConditionFailed):
            await lease(slow, deployment).keep()
        with pytest.raises(ConditionFailed):
            await deployment.batches.change(slow, total=1, due_at_ms=now_ms())
        await lease(slow, deployment).release(tries=0)
        assert (await stored(deployment, batch.batch_id))[0] == quick


async def test_a_stopping_worker_leaves_the_inventory_to_the_next_one_at_once(name: str) -> None:
    async with opened(name) as deployment:
        await deliver(deployment, "CSV", {"1.csv.gz": entries(deployment, 3)})
        stop = asyncio.Event()
        stop.set()
        reader = batch_loops.reader(deployment, stop)
        await reader.step()
        await reader.drain()
        (left,) = await deployment.batches.due_inventories(now_ms(), 10)
        assert left.tries == 0
        await read(deployment)
        assert (await stored(deployment, left.batch_id))[0].total == 3


async def test_an_outage_puts_an_inventory_off_and_counts_against_nobody(cloud: CloudProcess, name: str) -> None:
    async with opened(name) as deployment:
        await deliver(deployment, "ORC", {"1.orc": entries(deployment, 3)})
        denied = cloud.add_fault("error", service="s3", operation="GetObject", code="AccessDenied", status=403)
        began, retry_ms = now_ms(), as_ms(Timings().inventory_retry_s)
        await read(deployment)
        cloud.release(denied)
        (left,) = await deployment.batches.due_inventories(now_ms() + retry_ms, 10)
        assert (left.state, left.tries) == (BatchState.PREPARING, 0)
        assert (left.due_at_ms or 0) >= began + retry_ms
        await deployment.batches.change(left, due_at_ms=now_ms())
        await read(deployment)
        assert (await stored(deployment, left.batch_id))[0].total == 3


async def test_a_file_over_which_workers_fail_again_and_again_is_given_up(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELSIFT_MAX_RECEIVES", "3")
    async with opened(name) as deployment:
        delivered = await deliver(deployment, "CSV", {"1.csv.gz": entries(deployment, 3)})
        with monkeypatch.context() as broken, capture_logs():
            broken.delattr(inventory_files, "inventory_pages")
            for tries in (1, 2, 3):
                await read(deployment)
                (file,) = [file async for file in deployment.source_files.of_batch(delivered.batch_id)]
                assert (file.done, file.tries) == (False, tries)
                await deployment.source_files.change(file, due_at_ms=now_ms())
        await read(deployment)
        batch, chunks = await stored(deployment, delivered.batch_id)
        assert (batch.state, batch.total) == (BatchState.ACTIVE, 1)
        (line,) = chunks[0]
        assert isinstance(line.row, BadRow)
        assert (line.name, line.row.reason) == ("1.csv.gz:0", Reason.GAVE_UP)
        assert "3 workers began to read it and none finished" in line.row.message


async def test_a_manifest_over_which_workers_die_again_and_again_is_given_up(name: str) -> None:
    async with opened(name) as deployment:
        delivered = await deliver(deployment, "CSV", {"1.csv.gz": entries(deployment, 3)})
        await deployment.batches.change(delivered, tries=deployment.settings.max_receives, due_at_ms=now_ms())
        await read(deployment)
        batch, chunks = await stored(deployment, delivered.batch_id)
        (line,) = chunks[0]
        assert isinstance(line.row, BadRow)
        assert (batch.total, line.name, line.row.reason) == (1, "manifest.json:0", Reason.GAVE_UP)
