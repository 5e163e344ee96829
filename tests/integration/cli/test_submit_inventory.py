"""An inventory is submitted like any other list: shown, asked for, and every line of it accounted for."""

import json
from typing import Any

import pytest
from structlog.testing import capture_logs

from integration.cli.conftest import Deployed
from integration.cli.test_submit import stored
from reelsift.aws.deployment import Deployment
from reelsift.batches.submit.inventory import survey_inventory
from reelsift.domain.batch import BatchState
from reelsift.domain.line import Line, LineId
from reelsift.domain.video import ObjectRef
from reelsift.manifests.inventory import InventoryFormat
from reelsift.manifests.manifest_row import BadRow, GoodRow
from support import batch_loops
from unit.manifests.inventory_builder import Entry, checksum, data_file, manifest

FOLDER = "inventory/videos/weekly/2026-07-31T01-00Z"


def put(deployed: Deployed, key: str, body: bytes) -> None:
    deployed.client("s3").put_object(Bucket=deployed.work_bucket, Key=key, Body=body)


def listed(
    deployed: Deployed,
    kind: InventoryFormat,
    files: dict[str, list[Entry]],
    *,
    folder: str = FOLDER,
    bucket: str | None = None,
    **members: Any,
) -> str:
    """Write an inventory into the work bucket, or another; gives its URI."""
    lies_in = bucket or deployed.work_bucket
    written = {f"inventory/data/{name}": data_file(kind, entries) for name, entries in files.items()}
    body = manifest(kind, written, **{"source": deployed.data_bucket, "destination": lies_in} | members)
    for key, content in {
        **written,
        f"{folder}/manifest.json": body,
        f"{folder}/manifest.checksum": checksum(body),
    }.items():
        deployed.client("s3").put_object(Bucket=lies_in, Key=key, Body=content)
    return f"s3://{lies_in}/{folder}/manifest.json"


async def read(deployment: Deployment) -> None:
    reader = batch_loops.reader(deployment)
    # The command before has left the logs to a stream that is closed.
    with capture_logs():
        await reader.step()
        await reader.drain()


def three_files(deployed: Deployed) -> dict[str, list[Entry]]:
    bucket = deployed.data_bucket
    return {
        "1.parquet": [Entry("a b.mp4", size=1_000, bucket=bucket), Entry("photo.jpg", bucket=bucket)],
        "2.parquet": [Entry("c.mov", "v1", size=2_000, bucket=bucket)],
        "gone.parquet": [Entry("d.mp4", bucket=bucket)],
    }


def test_an_inventory_in_the_work_bucket_is_left_to_the_workers(deployed: Deployed) -> None:
    source = listed(deployed, "Parquet", three_files(deployed))
    deployed.client("s3").delete_object(Bucket=deployed.work_bucket, Key="inventory/data/gone.parquet")
    before = deployed.work_keys()
    result = deployed.cli(
        "submit", source, "--yes", "--json", "--suffix", ".mov", "--suffix", "MP4", "--max-cost", "25.50"
    )
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    assert (told["lines"], told["bad_lines"], told["bytes"], told["source"]) == (3, 1, 3_000, source)
    assert told["estimate"]["passed_over"] == {"suffix": 1}
    assert "gone.parquet:0: it does not exist" in " ".join(result.stderr.split())
    assert deployed.work_keys() == before
    batch, chunks, _ = deployed.do(lambda deployment: stored(deployment, told["batch"]))
    assert (batch.state, batch.total, batch.manifest_key, chunks) == (
        BatchState.PREPARING,
        None,
        f"{FOLDER}/manifest.json",
        [],
    )
    assert (batch.filters.suffixes, batch.max_cost_micros) == ((".mov", ".mp4"), 25_500_000)
    deployed.do(read)
    batch, _, rows = deployed.do(lambda deployment: stored(deployment, told["batch"]))
    assert (batch.state, batch.total, batch.chunks, batch.size) == (BatchState.ACTIVE, 3, 3, 3_000)
    assert [row.name for row in rows] == ["1.parquet:1", "2.parquet:1", "gone.parquet:0"]


def test_an_inventory_elsewhere_becomes_a_batch_with_what_it_tells_of_each_video(deployed: Deployed) -> None:
    source = listed(deployed, "Parquet", three_files(deployed), bucket=deployed.data_bucket)
    deployed.client("s3").delete_object(Bucket=deployed.data_bucket, Key="inventory/data/gone.parquet")
    result = deployed.cli("submit", source, "--yes", "--json")
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    assert (told["lines"], told["bad_lines"], told["bytes"], told["source"]) == (3, 1, 3_000, source)
    batch, chunks, rows = deployed.do(lambda deployment: stored(deployment, told["batch"]))
    assert (batch.total, batch.chunks, batch.direct, batch.size) == (3, 1, False, 3_000)
    assert [chunk.size for chunk in chunks] == [3_000]
    assert batch.passed_over == (("suffix", 1),)
    assert [row.name for row in rows] == ["1.parquet:1", "2.parquet:1", "gone.parquet:0"]
    refs = [row.row.ref for row in rows if isinstance(row.row, GoodRow)]
    assert [(ref.key, ref.version_id, ref.size) for ref in refs] == [("a b.mp4", None, 1_000), ("c.mov", "v1", 2_000)]
    assert isinstance(rows[2].row, BadRow)


@pytest.mark.parametrize("prefix", ["inventory/", "inventory/videos/", "inventory/videos/weekly/"])
def test_below_a_prefix_the_newest_inventory_that_is_complete_is_meant(deployed: Deployed, prefix: str) -> None:
    bucket = deployed.data_bucket
    for day, key in (("30", "older.mp4"), ("31", "newer.mp4")):
        folder = f"inventory/videos/weekly/2026-07-{day}T01-00Z"
        listed(deployed, "CSV", {f"{day}.csv.gz": [Entry(key, bucket=bucket)]}, folder=folder)
    put(deployed, "inventory/videos/weekly/2026-08-01T01-00Z/manifest.json", b"its checksum comes later")
    result = deployed.cli("submit", f"s3://{deployed.work_bucket}/{prefix}", "--dry-run", "--json")
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    assert told["source"].endswith("/2026-07-31T01-00Z/manifest.json")
    assert told["lines"] == 1


def test_which_of_several_inventories_is_meant_must_be_said(deployed: Deployed) -> None:
    for configuration in ("weekly", "daily"):
        listed(deployed, "CSV", {}, folder=f"inventory/videos/{configuration}/2026-07-31T01-00Z")
    result = deployed.cli("submit", f"s3://{deployed.work_bucket}/inventory/", "--yes")
    assert result.exit_code == 2
    words = " ".join(result.stderr.split())
    assert f"name one of s3://{deployed.work_bucket}/inventory/videos/daily/, s3://" in words


def test_videos_in_folders_called_by_their_time_are_no_inventory(deployed: Deployed) -> None:
    for camera in ("one", "two"):
        deployed.put_video(f"{camera}/2026-07-31T01-00Z/a.mp4")
    told = json.loads(deployed.cli("submit", f"s3://{deployed.data_bucket}/", "--dry-run", "--json").stdout)
    assert (told["source"], told["lines"]) == (f"s3://{deployed.data_bucket}/", 2)


def test_a_prefix_of_another_bucket_without_an_inventory_is_refused(deployed: Deployed) -> None:
    put(deployed, "inventory/videos/weekly/data/1.csv.gz", b"x")
    result = deployed.cli("submit", f"s3://{deployed.work_bucket}/inventory/", "--yes")
    assert result.exit_code == 1
    words = " ".join(result.stderr.split())
    assert f"s3://{deployed.work_bucket}/inventory/: its bucket is not among the data buckets" in words
    assert "Nor does an inventory of S3 lie there" in words


def test_of_an_inventory_too_large_to_be_read_first_a_part_stands_for_all(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {f"{number}.csv.gz": [Entry("a.mp4", bucket=deployed.data_bucket)] for number in range(8)}
    source = listed(deployed, "CSV", files)
    size = len(data_file("CSV", files["0.csv.gz"]))
    monkeypatch.setattr(survey_inventory, "__defaults__", (2 * size,))
    result = deployed.cli("submit", source, "--dry-run", "--json")
    told = json.loads(result.stdout)
    assert (told["lines"], told["bytes"]) == (8, 8_000)
    assert "read was 1 part in 4 of the inventory's data files, evenly spread" in told["remarks"]


@pytest.mark.parametrize(
    ("members", "complaint"),
    [
        ({"source": "somebody-elses"}, "the inventory of bucket somebody-elses, which is not among the data buckets"),
        ({"destination": "elsewhere"}, "its data files lie in bucket elsewhere"),
    ],
)
def test_an_inventory_that_cannot_be_used_is_refused_in_a_sentence(
    deployed: Deployed, members: dict[str, str], complaint: str
) -> None:
    source = listed(deployed, "CSV", {}, **members)
    result = deployed.cli("submit", source, "--yes")
    assert result.exit_code == 1
    assert complaint in " ".join(result.stderr.split())
    assert deployed.work_keys() == [f"{FOLDER}/manifest.checksum", f"{FOLDER}/manifest.json"]


def test_an_inventory_without_its_checksum_is_not_believed(deployed: Deployed) -> None:
    source = listed(deployed, "CSV", {})
    deployed.client("s3").delete_object(Bucket=deployed.work_bucket, Key=f"{FOLDER}/manifest.checksum")
    result = deployed.cli("submit", source, "--yes")
    assert result.exit_code == 1
    assert "its manifest.checksum does not exist" in " ".join(result.stderr.split())


def test_a_delivered_inventory_can_be_seen_before_anybody_has_read_it(deployed: Deployed) -> None:
    source = listed(deployed, "CSV", {})
    told = Line(LineId("direct-2026-07-31", "m", 0), ObjectRef(deployed.work_bucket, f"{FOLDER}/manifest.checksum"), 0)
    deployed.do(lambda deployment: batch_loops.deliveries(deployment).take(told))
    overview = json.loads(deployed.cli("status", "--json").stdout)
    batch_id = next(batch["batch"] for batch in overview["batches"] if batch["name"].startswith("inventory videos/"))
    assert overview["unexpanded_chunks"] == 1
    shown = json.loads(deployed.cli("status", batch_id, "--json").stdout)
    assert (shown["source"], shown["total"], shown["waiting"], shown["finished_ms"]) == (source, None, 0, None)
    words = " ".join(deployed.cli("status", batch_id).stdout.split())
    assert "inventory videos/weekly/2026-07-31T01-00Z" in words
    assert deployed.cli("report", batch_id).exit_code == 0


def test_an_inventory_is_submitted_alone(deployed: Deployed) -> None:
    source = listed(deployed, "CSV", {})
    result = deployed.cli("submit", source, f"s3://{deployed.data_bucket}/", "--yes")
    assert result.exit_code == 2
    assert "submit it alone" in result.stderr
