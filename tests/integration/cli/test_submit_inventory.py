"""An inventory is submitted like any other list: shown, asked for, and every line of it accounted for."""

import json
from typing import Any

import pytest

from integration.cli.conftest import Deployed
from integration.cli.test_submit import stored
from reelsift.domain.line import Line, LineId
from reelsift.domain.video import ObjectRef
from reelsift.manifests.inventory import InventoryFormat
from reelsift.manifests.manifest_row import BadRow, GoodRow
from reelsift.worker.inventory_delivery import InventoryDeliveries
from unit.manifests.inventory_builder import Entry, checksum, data_file, manifest

FOLDER = "inventory/videos/weekly/2026-07-31T01-00Z"


def put(deployed: Deployed, key: str, body: bytes) -> None:
    deployed.client("s3").put_object(Bucket=deployed.work_bucket, Key=key, Body=body)


def listed(deployed: Deployed, kind: InventoryFormat, files: dict[str, list[Entry]], **members: Any) -> str:
    """Write an inventory; gives its URI."""
    written = {f"inventory/data/{name}": data_file(kind, entries) for name, entries in files.items()}
    for key, body in written.items():
        put(deployed, key, body)
    body = manifest(kind, written, **{"source": deployed.data_bucket, "destination": deployed.work_bucket} | members)
    put(deployed, f"{FOLDER}/manifest.json", body)
    put(deployed, f"{FOLDER}/manifest.checksum", checksum(body))
    return f"s3://{deployed.work_bucket}/{FOLDER}/manifest.json"


def test_an_inventory_becomes_a_batch_with_what_it_tells_of_each_video(deployed: Deployed) -> None:
    bucket = deployed.data_bucket
    source = listed(
        deployed,
        "Parquet",
        {
            "1.parquet": [Entry("a b.mp4", size=1_000, bucket=bucket), Entry("photo.jpg", bucket=bucket)],
            "2.parquet": [Entry("c.mov", "v1", size=2_000, bucket=bucket)],
            "gone.parquet": [Entry("d.mp4", bucket=bucket)],
        },
    )
    deployed.client("s3").delete_object(Bucket=deployed.work_bucket, Key="inventory/data/gone.parquet")
    result = deployed.cli("submit", source, "--yes", "--json")
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    assert (told["lines"], told["bad_lines"], told["bytes"], told["source"]) == (3, 1, 3_000, source)
    assert "gone.parquet:0: it does not exist" in " ".join(result.stderr.split())
    batch, _, rows = deployed.do(lambda deployment: stored(deployment, told["batch"]))
    assert (batch.total, batch.chunks, batch.direct) == (3, 1, False)
    assert [row.name for row in rows] == ["1.parquet:1", "2.parquet:1", "gone.parquet:0"]
    refs = [row.row.ref for row in rows if isinstance(row.row, GoodRow)]
    assert [(ref.key, ref.version_id, ref.size) for ref in refs] == [("a b.mp4", None, 1_000), ("c.mov", "v1", 2_000)]
    assert isinstance(rows[2].row, BadRow)


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
    deployed.do(lambda deployment: InventoryDeliveries(deployment).take(told))
    overview = json.loads(deployed.cli("status", "--json").stdout)
    batch_id = next(batch["batch"] for batch in overview["batches"] if batch["name"].startswith("inventory videos/"))
    assert overview["unexpanded_chunks"] == 1
    shown = json.loads(deployed.cli("status", batch_id, "--json").stdout)
    assert (shown["source"], shown["total"], shown["waiting"], shown["finished_ms"]) == (source, None, None, None)
    words = " ".join(deployed.cli("status", batch_id).stdout.split())
    assert "inventory videos/weekly/2026-07-31T01-00Z" in words
    assert deployed.cli("report", batch_id).exit_code == 0


def test_an_inventory_is_submitted_alone(deployed: Deployed) -> None:
    source = listed(deployed, "CSV", {})
    result = deployed.cli("submit", source, f"s3://{deployed.data_bucket}/", "--yes")
    assert result.exit_code == 2
    assert "submit it alone" in result.stderr
