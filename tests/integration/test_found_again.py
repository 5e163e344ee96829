"""What several analyses of a video found is found again: by search, and in the dataset of its batch's report."""

import json
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from pyarrow.parquet import read_table  # type: ignore[import-untyped]

from support.world import ALERTING, BUCKET, World

pytestmark = pytest.mark.process

ENDED = {"JobStatus": "SUCCEEDED", "VideoMetadata": {"DurationMillis": 3_000}}
BOX = {"Left": 0.1, "Top": 0.1, "Width": 0.5, "Height": 0.2}


def line(at_ms: int, text: str) -> dict[str, Any]:
    detection = {"DetectedText": text, "Type": "LINE", "Id": 0, "Confidence": 99.0, "Geometry": {"BoundingBox": BOX}}
    return {"Timestamp": at_ms, "TextDetection": detection}


ANSWERS = {
    "content_moderation": ALERTING,
    "text": ENDED
    | {
        "TextModelVersion": "3.0",
        "TextDetections": [line(0, "SUMMER SALE"), line(500, "Summer Sale"), line(2_500, "END")],
    },
    "celebrities": ENDED
    | {"Celebrities": [{"Timestamp": 0, "Celebrity": {"Name": "Ana Mar\u00eda", "Id": "1aB", "Confidence": 97.5}}]},
}


def test_a_video_is_found_by_what_each_of_its_analyses_saw(worlds: Callable[..., World]) -> None:
    world = worlds(quota=4)
    world.put_video("a.mp4", 3)
    for analysis, answer in ANSWERS.items():
        world.client("s3").put_object(Bucket=BUCKET, Key=f"a.mp4.{analysis}.json", Body=json.dumps(answer))
    world.worker()
    submitted = world.reelsift(
        "submit", f"s3://{BUCKET}/a.mp4", "--analyses", ",".join([*ANSWERS, "segments"]), "--yes", "--wait"
    )
    assert submitted.returncode == 0, submitted.stderr

    def found(*arguments: str) -> list[dict[str, Any]]:
        return [json.loads(row) for row in world.reelsift("search", *arguments, "--json").stdout.splitlines()]

    (by_text,) = found("--text", "s\u00e1le summer")
    assert (by_text["video"], by_text["verdict"], by_text["peak_confidence"]) == (
        f"s3://{BUCKET}/a.mp4",
        "reject",
        99.0,
    )
    assert found("--text", "summer end") == []
    (by_name,) = found("--celebrity", "ANA MARIA")
    (by_id,) = found("--celebrity", "1aB", "--batch", submitted.stdout.strip())
    assert by_name["celebrity_id"] == by_id["celebrity_id"] == "1aB"
    assert len(found("--cue", "shot")) == 1

    s3 = world.client("s3")
    (stored,) = s3.list_objects_v2(Bucket="reelsift-work", Prefix="reports/segments/")["Contents"]
    body = s3.get_object(Bucket="reelsift-work", Key=stored["Key"])["Body"].read()
    rows = read_table(BytesIO(body)).to_pylist()
    assert Counter(row["analysis"] for row in rows).keys() == {*ANSWERS, "segments"}
    (sale,) = [row for row in rows if row["label"].lower() == "summer sale"]
    assert json.loads(sale["details"]) == {"spellings": {"SUMMER SALE": 1, "Summer Sale": 1}}
    assert {row["video_id"] for row in rows} == {by_text["video_id"]}
