"""The reader of inventories, step by step: what it stages, whom it leaves an inventory to, and when it gives one up."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from reelsift.aws.deployment import Deployment, open_deployment
from reelsift.aws.table import ConditionFailed
from reelsift.domain.batch import Batch, BatchState
from reelsift.domain.failure import Reason
from reelsift.domain.line import Line, LineId, OutcomeStatus
from reelsift.domain.video import ObjectRef
from reelsift.local.process import CloudProcess
from reelsift.local.provision import Provisioner
from reelsift.manifests.chunks import SourceRow, read_chunk
from reelsift.manifests.inventory import InventoryFormat
from reelsift.manifests.manifest_row import GoodRow
from reelsift.settings import load_settings
from reelsift.worker import inventory_files
from reelsift.worker.clock import now_ms
from reelsift.worker.expander import Expander
from reelsift.worker.inventory_delivery import InventoryDeliveries
from reelsift.worker.inventory_reader import PUT_OFF_S, Claim, InventoryReader
from unit.manifests.inventory_builder import Entry, checksum, data_file, manifest

FOLDER = "inventory/videos/weekly/2026-07-31T01-00Z"
ARRIVAL = "direct-2026-07-31"


_MEMBERS: dict[str, dict[str, Any]] = {
    "bucket": {"source": "somebody-elses"},
    "schema": {"columns": ("bucket", "size")},
}
"""What is wrong with a manifest."""


@pytest.fixture(scope="module")
def cloud() -> Iterator[CloudProcess]:
    with CloudProcess() as process:
        yield process


@pytest.fixture
def name(cloud: CloudProcess, monkeypatch: pytest.MonkeyPatch) -> str:
    """A deployment of its own, which this process' environment names."""
    deployment = f"t{secrets.token_hex(5)}"
    aws = {variable: value for variable, value in cloud.env.items() if variable.startswith("AWS_")}
    settings = Provisioner(cloud.url, deployment).provision()
    for variable, value in {**aws, "AWS_REGION": "us-east-1", **settings}.items():
        monkeypatch.setenv(variable, value)
    return deployment


@asynccontextmanager
async def opened(name: str) -> AsyncIterator[Deployment]:
    settings = load_settings()
    assert settings.deployment == name
    async with open_deployment(settings) as deployment:
        yield deployment


async def deliver(
    deployment: Deployment, kind: InventoryFormat, files: Mapping[str, Sequence[Entry] | bytes], **members: Any
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
        f"{FOLDER}/manifest.json": listed,
        f"{FOLDER}/manifest.checksum": checksum(listed),
    }.items():
        await deployment.work.put(key, body, "application/octet-stream")
    await InventoryDeliveries(deployment).take(told(deployment))
    (batch,) = await deployment.batches.due_inventories(now_ms(), 10)
    return batch


def told(deployment: Deployment) -> Line:
    return Line(LineId(ARRIVAL, "m", 0), ObjectRef(deployment.work.bucket, f"{FOLDER}/manifest.checksum"), now_ms())


def entries(deployment: Deployment, count: int) -> list[Entry]:
    bucket = f"{deployment.settings.deployment}-videos"
    return [Entry(f"{number:06}.mp4", bucket=bucket) for number in range(count)]


async def read(deployment: Deployment) -> None:
    reader = InventoryReader(deployment, asyncio.Event())
    await reader.step()
    await reader.drain()


async def stored(deployment: Deployment, batch_id: str) -> tuple[Batch, list[list[SourceRow]]]:
    """A batch and the rows of its chunk files."""
    batch = await deployment.batches.get(batch_id)
    assert batch is not None
    keys = [batch.chunk(number, 0).source_key for number in range(batch.chunks)]
    return batch, [list(read_chunk(await deployment.work.get(key))) for key in keys if key]


async def test_a_large_inventory_fills_its_chunks_and_a_damaged_file_is_one_line_of_them(name: str) -> None:
    async with opened(name) as deployment:
        videos = entries(deployment, 25_000)
        files: dict[str, Sequence[Entry] | bytes] = {
            "1.csv.gz": videos[:9_999],
            "2.csv.gz": b"",
            "3.csv.gz": b"damaged",
            "4.csv.gz": videos[9_999:],
        }
        delivered = await deliver(deployment, "CSV", files)
        await read(deployment)
        batch, chunks = await stored(deployment, delivered.batch_id)
        assert (batch.state, batch.total) == (BatchState.ACTIVE, 25_001)
        assert [len(rows) for rows in chunks] == [10_000, 10_000, 5_001]
        rows = [row for chunk in chunks for row in chunk]
        assert [row.row.ref.key for row in rows if isinstance(row.row, GoodRow)] == [str(entry.key) for entry in videos]
        assert len({row.name for row in rows}) == 25_001
        assert rows[9_999].name == "3.csv.gz:0"
        outcome = await deployment.outcomes.get(LineId(batch.batch_id, "3.csv.gz:0", 0))
        assert outcome is not None
        assert (outcome.status, outcome.reason) == (OutcomeStatus.FAILED, Reason.BAD_LINE)
        assert outcome.ref == ObjectRef(deployment.work.bucket, "inventory/3.csv.gz")


async def test_an_inventory_without_videos_is_a_batch_that_is_complete(name: str) -> None:
    async with opened(name) as deployment:
        bucket = f"{name}-videos"
        delivered = await deliver(deployment, "ORC", {"1.orc": [Entry("photo.jpg", bucket=bucket)]})
        assert delivered.state is BatchState.PREPARING
        assert not delivered.direct
        assert await deployment.batches.count_unexpanded() == 1
        await read(deployment)
        await Expander(deployment, asyncio.Event()).step()
        batch, chunks = await stored(deployment, delivered.batch_id)
        assert (batch.state, batch.total, chunks) == (BatchState.COMPLETE, 0, [])
        assert await deployment.batches.count_unexpanded() == 0


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
        batch, _ = await stored(deployment, delivered.batch_id)
        assert (batch.total, batch.chunks) == (1, 1)
        await Expander(deployment, asyncio.Event()).step()
        outcome = await deployment.outcomes.get(LineId(batch.batch_id, "manifest.json:0", 0))
        assert outcome is not None
        assert (outcome.status, outcome.reason) == (OutcomeStatus.FAILED, reason)
        assert complaint in outcome.message
        assert outcome.message.startswith(f"s3://{deployment.work.bucket}/{FOLDER}/manifest.json: ")


async def test_news_of_an_inventory_that_is_gone_ends_as_a_failed_line(name: str) -> None:
    async with opened(name) as deployment:
        await InventoryDeliveries(deployment).take(told(deployment))
        outcome = await deployment.outcomes.get(told(deployment).id)
        assert outcome is not None
        assert (outcome.status, outcome.reason) == (OutcomeStatus.FAILED, Reason.OBJECT_MISSING)
        assert await deployment.batches.due_inventories(now_ms(), 10) == []


async def test_of_two_workers_one_reads(name: str) -> None:
    async with opened(name) as deployment:
        batch = await deliver(deployment, "CSV", {})
        claims = [deployment.batches.change(batch, tries=1, look_at_ms=now_ms() + 60_000) for _ in range(2)]
        met = await asyncio.gather(*claims, return_exceptions=True)
        assert sorted(type(one).__name__ for one in met) == ["Batch", "ConditionFailed"]
        assert await deployment.batches.due_inventories(now_ms(), 10) == []


async def test_a_reader_that_has_lost_its_claim_writes_nothing_more(name: str) -> None:
    async with opened(name) as deployment:
        batch = await deliver(deployment, "CSV", {})
        slow = await deployment.batches.change(batch, tries=1, look_at_ms=now_ms() + 1)
        quick = await deployment.batches.change(slow, tries=2, look_at_ms=now_ms() + 60_000)
        with pytest.raises(ConditionFailed):
            await Claim(deployment.batches, slow, 60_000, asyncio.Event()).keep()
        with pytest.raises(ConditionFailed):
            await deployment.batches.change(slow, total=1, look_at_ms=now_ms())
        await Claim(deployment.batches, slow, 60_000, asyncio.Event()).leave(now_ms())
        assert (await stored(deployment, batch.batch_id))[0] == quick


async def test_a_stopping_worker_leaves_the_inventory_to_the_next_one_at_once(name: str) -> None:
    async with opened(name) as deployment:
        await deliver(deployment, "CSV", {"1.csv.gz": entries(deployment, 3)})
        stop = asyncio.Event()
        stop.set()
        reader = InventoryReader(deployment, stop)
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
        began = now_ms()
        await read(deployment)
        cloud.release(denied)
        (left,) = await deployment.batches.due_inventories(now_ms() + PUT_OFF_S * 1000, 10)
        assert (left.state, left.tries) == (BatchState.PREPARING, 0)
        assert (left.look_at_ms or 0) >= began + PUT_OFF_S * 1000
        await deployment.batches.change(left, look_at_ms=now_ms())
        await read(deployment)
        assert (await stored(deployment, left.batch_id))[0].total == 3


async def test_an_inventory_over_which_workers_fail_again_and_again_is_given_up(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELSIFT_EXPAND_LEASE_S", "0.001")
    monkeypatch.setenv("REELSIFT_MAX_RECEIVES", "3")
    async with opened(name) as deployment:
        delivered = await deliver(deployment, "CSV", {"1.csv.gz": entries(deployment, 3)})
        with monkeypatch.context() as broken:
            broken.delattr(inventory_files, "inventory_pages")
            for tries in (1, 2, 3):
                await read(deployment)
                (batch, _) = await stored(deployment, delivered.batch_id)
                assert (batch.state, batch.tries) == (BatchState.PREPARING, tries)
        await read(deployment)
        batch, _ = await stored(deployment, delivered.batch_id)
        assert (batch.state, batch.total) == (BatchState.ACTIVE, 1)
        outcome = await deployment.outcomes.get(LineId(batch.batch_id, "manifest.json:0", 0))
        assert outcome is not None
        assert outcome.reason is Reason.GAVE_UP
        assert "3 workers began to read it and none finished" in outcome.message
