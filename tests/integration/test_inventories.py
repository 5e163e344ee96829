"""A delivered S3 Inventory becomes a batch by itself: once, whole, and with everything that is wrong with it told."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from reelsift.manifests.inventory import InventoryFormat
from support.world import BUCKET, QUICK, World, eventually
from unit.manifests.inventory_builder import Entry, checksum, data_file, manifest

pytestmark = pytest.mark.process

FOLDER = f"inventory/{BUCKET}/weekly/2026-07-31T01-00Z"
DATA = f"inventory/{BUCKET}/weekly/data"


def put(world: World, key: str, body: bytes) -> None:
    world.client("s3").put_object(Bucket=world.env["REELSIFT_WORK_BUCKET"], Key=key, Body=body)


def event(world: World, key: str = f"{FOLDER}/manifest.checksum") -> str:
    return json.dumps(
        {
            "Records": [
                {
                    "eventSource": "aws:s3",
                    "eventName": "ObjectCreated:Put",
                    "s3": {"bucket": {"name": world.env["REELSIFT_WORK_BUCKET"]}, "object": {"key": key, "size": 33}},
                }
            ]
        }
    )


def deliver(
    world: World, kind: InventoryFormat, files: Mapping[str, Sequence[Entry] | bytes], **members: Any
) -> dict[str, bytes]:
    """Write an inventory as S3 does, the checksum last; gives its data files' bytes by key."""
    written = {
        f"{DATA}/{name}": content if isinstance(content, bytes) else data_file(kind, content)
        for name, content in files.items()
    }
    for key, body in written.items():
        put(world, key, body)
    listed = manifest(kind, written, destination=world.env["REELSIFT_WORK_BUCKET"], **members)
    put(world, f"{FOLDER}/manifest.json", listed)
    put(world, f"{FOLDER}/manifest.checksum", checksum(listed))
    return written


def batches(world: World) -> list[dict[str, Any]]:
    """The rows of batches made of inventories."""
    return [row for row in world.rows("batches") if row["part"] == "meta" and "manifest_key" in row]


def complete(world: World, number: int = 1) -> list[dict[str, Any]]:
    def finished() -> list[dict[str, Any]]:
        rows = batches(world)
        return rows if len(rows) == number and all(row["state"] == "Complete" for row in rows) else []

    return eventually(finished, f"{number} inventories read and done")


def lines(world: World) -> dict[str, dict[str, Any]]:
    """The outcomes of the inventories' lines by name; that of the event itself stands in a batch of its own."""
    return {row["line"]: row for row in world.outcomes() if row["batch"].startswith("inventory-")}


def test_a_fleet_with_nothing_to_do_is_woken_for_a_batch_and_takes_it_to_its_end(worlds: Callable[..., World]) -> None:
    next_look_s = 3600
    world = worlds(
        quota=4,
        waits=QUICK | {"REELSIFT_RECONCILE_S": str(next_look_s), "REELSIFT_RECHECK_RUNNING_S": str(next_look_s)},
    )
    for key in ("a.mp4", "b.mp4"):
        world.put_video(key, 1)
    deliver(world, "CSV", {"1.x": [Entry("a.mp4")]})
    world.worker()
    world.send_video("b.mp4")
    world.settle(1)
    # By now every loop has looked, has found nothing, and rests.
    source = f"s3://{world.env['REELSIFT_WORK_BUCKET']}/{FOLDER}/manifest.json"
    submitted = world.reelsift("submit", source, "--yes")
    assert submitted.returncode == 0, submitted.stderr
    complete(world)


def test_an_inventory_s_videos_are_analysed_and_nothing_else(worlds: Callable[..., World]) -> None:
    world = worlds(quota=4)
    for key in ("a b+ü.mp4", "c.MOV", "d.m4v"):
        world.put_video(key, 1)
    first = [Entry("a b+ü.mp4"), Entry("photo.jpg"), Entry("a b+ü.mp4", "0", is_latest=False), Entry("c.MOV")]
    second = [Entry("gone.mp4", is_delete_marker=True, size=None), Entry("d.m4v"), Entry("missing.mp4")]
    deliver(world, "Parquet", {"1.x": first, "2.x": second})
    world.send(event(world))
    world.worker()
    (batch,) = complete(world)
    world.settle(lines=5)
    world.check_promises(lines=5, billed=3, peak=4)

    assert (batch["name"], batch["total"]) == (f"inventory {BUCKET}/weekly/2026-07-31T01-00Z", 4)
    assert batch["source"] == f"s3://{world.env['REELSIFT_WORK_BUCKET']}/{FOLDER}/manifest.json"
    by_name = {name: (row["key"], row["status"], row.get("reason")) for name, row in lines(world).items()}
    assert by_name == {
        "1.x:1": ("a b+ü.mp4", "SUCCEEDED", None),
        "1.x:4": ("c.MOV", "SUCCEEDED", None),
        "2.x:2": ("d.m4v", "SUCCEEDED", None),
        "2.x:3": ("missing.mp4", "FAILED", "object_missing"),
    }
    (told,) = [row for row in world.outcomes() if row["batch"].startswith("direct-")]
    assert told["status"] == "SUCCEEDED"
    assert told["message"] == f"its videos are the lines of batch {batch['batch_id']}"


def test_what_was_analysed_before_is_skipped_and_a_doubled_event_makes_one_batch(worlds: Callable[..., World]) -> None:
    world = worlds(quota=4, deliveries_doubled=0.5)
    for key in ("a.mp4", "b.mp4", "c.mp4"):
        world.put_video(key, 1)
    world.worker()
    world.worker()
    world.send_video("a.mp4")
    world.settle(lines=1)
    deliver(world, "Parquet", {"1.parquet": [Entry("a.mp4"), Entry("b.mp4")]})
    records = json.loads(event(world))["Records"]
    records.append(records[0] | {"s3": {"bucket": {"name": BUCKET}, "object": {"key": "c.mp4"}}})
    wrapped = json.dumps({"Type": "Notification", "Message": event(world)})
    world.send(event(world), event(world), wrapped, json.dumps({"Records": records}))
    complete(world)
    world.settle(lines=8)
    world.check_promises(lines=8, billed=3, peak=4)
    assert {name: row["status"] for name, row in lines(world).items()} == {
        "1.parquet:1": "SKIPPED",
        "1.parquet:2": "SUCCEEDED",
    }


def test_other_objects_of_the_work_bucket_are_not_allowed_and_a_tick_asks_for_nothing(
    worlds: Callable[..., World],
) -> None:
    world = worlds(quota=2)
    world.send(event(world, "raw/a/manifest.checksum"), '{"reelsift": "tick"}', event(world, f"{FOLDER}/manifest.json"))
    world.worker()
    world.settle(lines=2)
    assert [row["reason"] for row in world.outcomes()] == ["bucket_not_allowed"] * 2
    assert batches(world) == []
    assert world.dead_letters() == []


@pytest.mark.parametrize(
    "hold",
    [
        {"service": "dynamodb", "operation": "UpdateItem", "body_contains": '"#files"', "when": "after"},
        {"service": "dynamodb", "operation": "UpdateItem", "body_contains": '"#source_key"', "when": "after"},
        {"service": "dynamodb", "operation": "UpdateItem", "body_contains": '{"BOOL": true}', "when": "after"},
    ],
    ids=["after the manifest", "after a chunk", "after a file"],
)
def test_another_worker_reads_what_a_killed_one_began(hold: dict[str, Any], worlds: Callable[..., World]) -> None:
    world = worlds(quota=4)
    for key in ("a.mp4", "b.mp4"):
        world.put_video(key, 1)
    deliver(world, "Parquet", {"1.parquet": [Entry("a.mp4"), Entry("b.mp4")], "2.parquet": b"damaged"})
    rule = world.cloud.add_fault("hold", times=1, **hold)
    world.send(event(world))
    first = world.worker(expand_lease_s="2")
    eventually(lambda: world.cloud.held(rule), "the reader in the middle of its inventory")
    first.kill()
    world.cloud.release(rule)
    world.worker(expand_lease_s="2")
    (batch,) = complete(world)
    world.settle(lines=4)
    world.check_promises(lines=4, billed=2)
    assert (batch["total"], batch["chunks"], batch["files"]) == (3, 2, 2)


def test_what_is_damaged_is_told_and_the_rest_is_done(worlds: Callable[..., World]) -> None:
    world = worlds(quota=4)
    for key in ("a.mp4", "b.mp4"):
        world.put_video(key, 1)
    sound = data_file("CSV", [Entry("c.mp4")])
    files = deliver(
        world,
        "CSV",
        {
            "1.csv.gz": [Entry("a.mp4"), Entry("x.mp4", bucket="another"), Entry(b"\xff.mp4")],
            "gone.csv.gz": sound,
            "other.csv.gz": sound,
            "short.csv.gz": sound,
            "cut.csv.gz": sound[:-10],
            "2.csv.gz": [Entry("b.mp4")],
        },
    )
    world.client("s3").delete_object(Bucket=world.env["REELSIFT_WORK_BUCKET"], Key=f"{DATA}/gone.csv.gz")
    put(world, f"{DATA}/other.csv.gz", files[f"{DATA}/other.csv.gz"][::-1])
    put(world, f"{DATA}/short.csv.gz", files[f"{DATA}/short.csv.gz"][:-1])
    world.send(event(world))
    world.worker()
    complete(world)
    world.settle(lines=9)
    world.check_promises(lines=9, billed=2)
    rows = lines(world)
    assert {name: row.get("reason") for name, row in rows.items()} == {
        "1.csv.gz:1": None,
        "1.csv.gz:2": "bad_line",
        "1.csv.gz:3": "bad_line",
        "gone.csv.gz:0": "object_missing",
        "other.csv.gz:0": "bad_line",
        "short.csv.gz:0": "bad_line",
        "cut.csv.gz:0": "bad_line",
        "2.csv.gz:1": None,
    }
    uri = f"s3://{world.env['REELSIFT_WORK_BUCKET']}/{DATA}"
    assert rows["gone.csv.gz:0"]["message"] == f"it does not exist: {uri}/gone.csv.gz"
    assert "none of its rows was read: its MD5 is" in rows["other.csv.gz:0"]["message"]
    assert f"says that it has {len(sound)} bytes, and it has {len(sound) - 1}" in rows["short.csv.gz:0"]["message"]
    assert rows["cut.csv.gz:0"]["message"].startswith("it cannot be unpacked: ")
    assert rows["cut.csv.gz:0"]["message"].endswith(f": {uri}/cut.csv.gz")
