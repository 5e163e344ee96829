"""S3's event for the last object of an inventory tells of the inventory, in every wrapping; nothing else does."""

import json
from typing import Any

import pytest

from reelsift.domain.line import Line, LineId
from reelsift.domain.video import ObjectRef
from reelsift.manifests.inventory_delivery import delivered_manifest, inventory_batch_id, inventory_name
from reelsift.manifests.line_names import check_batch_id
from reelsift.manifests.messages import Lines, encode_line, parse_message

WORK = "reelsift-work"
FOLDER = "inventory/reelsift-videos/weekly/2026-07-31T01-00Z"
MANIFEST = f"{FOLDER}/manifest.json"
CHECKSUM = f"{FOLDER}/manifest.checksum"


def record(bucket: str, key: str) -> dict[str, Any]:
    return {
        "eventSource": "aws:s3",
        "eventName": "ObjectCreated:Put",
        "s3": {"bucket": {"name": bucket}, "object": {"key": key, "size": 33}},
    }


def event(bucket: str = WORK, key: str = CHECKSUM) -> str:
    return json.dumps({"Records": [record(bucket, key)]})


def lines(body: str) -> list[Line]:
    parsed = parse_message(body, message_id="6b1f0c5e-0000-4000-8000-000000000001", sent_ms=1_785_456_000_000)
    assert isinstance(parsed, Lines)
    return [line for line in parsed.lines if isinstance(line, Line)]


def told(body: str) -> list[str | None]:
    return [delivered_manifest(line, WORK) for line in lines(body)]


@pytest.mark.parametrize(
    "body",
    [
        event(),
        json.dumps({"Type": "Notification", "Message": event(), "TopicArn": "arn:aws:sns:::x"}),
        json.dumps(
            {
                "source": "aws.s3",
                "detail-type": "Object Created",
                "detail": {"bucket": {"name": WORK}, "object": {"key": CHECKSUM, "size": 33}},
            }
        ),
        event(key=CHECKSUM.replace("/", "%2F")),
    ],
    ids=["direct", "by SNS", "by EventBridge", "slashes encoded"],
)
def test_an_event_of_the_last_object_tells_of_the_inventory(body: str) -> None:
    assert told(body) == [MANIFEST]


@pytest.mark.parametrize(
    "body",
    [
        event(bucket="reelsift-videos"),
        event(key="inventory/manifest.checksum.mp4"),
        event(key=MANIFEST),
        event(key=f"{FOLDER}/data/1.parquet"),
        event(key="raw/manifest.checksum"),
        event(key="inventory-2/manifest.checksum"),
        event(key="manifest.checksum"),
    ],
)
def test_other_events_tell_of_no_inventory(body: str) -> None:
    assert told(body) == [None]


def test_a_line_of_a_batch_tells_of_none_so_that_no_list_of_videos_starts_another() -> None:
    line = Line(LineId("20260731-000000-abcdef", "list.csv:1", 0), ObjectRef(WORK, CHECKSUM), 0)
    assert told(encode_line(line)) == [None]


def test_it_is_told_still_when_its_message_has_been_sent_anew() -> None:
    (line,) = lines(event())
    assert told(encode_line(line)) == [MANIFEST]
    both = json.dumps({"Records": [record(WORK, CHECKSUM), record("reelsift-videos", "a.mp4")]})
    assert [told(encode_line(line)) for line in lines(both)] == [[MANIFEST], [None]]


def test_a_batch_is_called_after_its_inventory() -> None:
    assert inventory_name(MANIFEST) == "inventory reelsift-videos/weekly/2026-07-31T01-00Z"
    assert len(inventory_name(f"inventory/{'x' * 900}/manifest.json")) <= 200


def test_one_inventory_is_one_batch_and_other_content_another() -> None:
    first = inventory_batch_id(MANIFEST, b"aba9b0a905f716a38bb3472b590cf2a5\n")
    assert first.startswith("inventory-2026-07-31T01-00Z-")
    assert check_batch_id(first) == first
    assert first == inventory_batch_id(MANIFEST, b"aba9b0a905f716a38bb3472b590cf2a5")
    others = {
        inventory_batch_id(MANIFEST, b"6c74689be83b420fcb39c209136aaa9e\n"),
        inventory_batch_id(MANIFEST.replace("weekly", "daily"), b"aba9b0a905f716a38bb3472b590cf2a5\n"),
    }
    assert len(others - {first}) == 2


def test_a_folder_that_is_no_time_is_left_out_of_the_id() -> None:
    odd = inventory_batch_id("inventory/a b/#1/manifest.json", b"x")
    assert check_batch_id(odd) == odd
