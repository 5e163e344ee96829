"""A video in all analyses at once: one job each under one quota, and each answer is read as its own."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest

from reelsift.domain.analysis import Analysis
from support.patience import PATIENCE_S
from support.world import ALERTING, BUCKET, World

pytestmark = pytest.mark.process

METADATA = {"Codec": "h264", "DurationMillis": 2000, "FrameRate": 25.0}


def line(at_ms: int, text: str, confidence: float) -> dict[str, Any]:
    found = {"DetectedText": text, "Type": "LINE", "Id": 0, "Confidence": confidence}
    return {"Timestamp": at_ms, "TextDetection": found | {"NewMember": "kept"}}


def face(at_ms: int, left: float) -> dict[str, Any]:
    box = {"Left": left, "Top": 0.25, "Width": 0.125, "Height": 0.25}
    return {"Timestamp": at_ms, "Face": {"BoundingBox": box, "Confidence": 99.5}}


def celebrity(at_ms: int, name: str, known_as: str, confidence: float) -> dict[str, Any]:
    person = {"Name": name, "Id": known_as, "Urls": ["www.example.com/ada"], "Confidence": confidence}
    return {"Timestamp": at_ms, "Celebrity": person | {"Face": face(at_ms, 0.5)["Face"]}}


def shot(start_ms: int, end_ms: int) -> dict[str, Any]:
    return {
        "Type": "SHOT",
        "StartTimestampMillis": start_ms,
        "EndTimestampMillis": end_ms,
        "DurationMillis": end_ms - start_ms,
        "StartTimecodeSMPTE": "00:00:00;00",
        "EndTimecodeSMPTE": "00:00:01;00",
        "StartFrameNumber": 0,
        "EndFrameNumber": 25,
        "ShotSegment": {"Index": 0, "Confidence": 99.5},
    }


RECORDED: dict[Analysis, dict[str, Any]] = {
    Analysis.TEXT: {
        "TextModelVersion": "3.0",
        "TextDetections": [line(0, "SALE 50%", 99.5), line(500, "SALE 5O%", 90.5), line(1000, "sale 50%", 75)],
    },
    Analysis.CELEBRITIES: {
        "Celebrities": [celebrity(0, "Ada Mirren", "1ab", 99.5), celebrity(0, "Noor Hale", "2cd", 60)]
    },
    Analysis.FACES: {"Faces": [face(0, 0.25), face(0, 0.5), face(500, 0.25)]},
    Analysis.SEGMENTS: {
        "SelectedSegmentTypes": [{"Type": "SHOT", "ModelVersion": "2.0"}],
        "Segments": [shot(0, 1000), shot(1000, 2000)],
        "VideoMetadata": [METADATA],
        "AudioMetadata": [],
    },
}


def test_six_analyses_of_a_video_are_six_jobs_and_each_result_tells_its_own(worlds: Callable[..., World]) -> None:
    world = worlds(quota=2)
    world.put_video("a.mp4", 2, answer=ALERTING)
    for analysis, members in RECORDED.items():
        recorded = {"JobStatus": "SUCCEEDED", "VideoMetadata": METADATA} | members
        world.client("s3").put_object(Bucket=BUCKET, Key=f"a.mp4.{analysis}.json", Body=json.dumps(recorded))
    world.send_video("a.mp4", analyses=list(Analysis))
    worker = world.worker(text_min_confidence="70", segments_types="SHOT")
    world.settle(lines=1)
    worker.stop(PATIENCE_S)

    world.check_promises(lines=1, billed=len(Analysis), peak=2)
    jobs = {job["analysis"]: job for job in world.jobs()}
    assert jobs.keys() == set(Analysis)
    asked = {name: json.loads(job["model_settings"]) for name, job in jobs.items()}
    assert asked == {
        "content_moderation": {"MinConfidence": 50.0},
        "labels": {"MinConfidence": 50.0},
        "text": {"Filters": {"WordFilter": {"MinConfidence": 70.0}}},
        "celebrities": {"celebrities_min_confidence": 90.0},
        "faces": {},
        "segments": {"SegmentTypes": ["SHOT"]},
    }
    told = {
        name: [
            (one["label"], one.get("details"))
            for one in json.loads(stored(world, jobs[name]["result_key"]))["segments"]
        ]
        for name in RECORDED
    }
    codes = {"start_smpte": "00:00:00;00", "end_smpte": "00:00:01;00", "start_frame": 0, "end_frame": 25}
    assert told == {
        "text": [("SALE 50%", {"spellings": {"SALE 50%": 1, "SALE 5O%": 1, "sale 50%": 1}})],
        "celebrities": [("Ada Mirren", {"id": "1ab", "urls": ["www.example.com/ada"]})],
        "faces": [("Face", {"most_at_once": 2})],
        "segments": [("Shot", codes), ("Shot", codes)],
    }


def test_nothing_of_an_answer_is_lost_and_nobody_is_named_in_the_log(worlds: Callable[..., World]) -> None:
    world = worlds(quota=2)
    world.put_video("a.mp4", 2, answer=ALERTING)
    for analysis in (Analysis.TEXT, Analysis.CELEBRITIES):
        recorded = {"JobStatus": "SUCCEEDED", "VideoMetadata": METADATA} | RECORDED[analysis]
        world.client("s3").put_object(Bucket=BUCKET, Key=f"a.mp4.{analysis}.json", Body=json.dumps(recorded))
    world.send_video("a.mp4", analyses=["text", "celebrities"])
    worker = world.worker()
    world.settle(lines=1)
    worker.stop(PATIENCE_S)

    jobs = {job["analysis"]: job for job in world.jobs()}
    (page,) = json.loads(gzip.decompress(stored(world, jobs["celebrities"]["raw_key"])))
    assert page["Celebrities"] == RECORDED[Analysis.CELEBRITIES]["Celebrities"]
    (page,) = json.loads(gzip.decompress(stored(world, jobs["text"]["raw_key"])))
    assert all(row["TextDetection"]["NewMember"] == "kept" for row in page["TextDetections"])
    log = worker.log.read_text(encoding="utf-8")
    assert '"analysed"' in log
    assert "Ada Mirren" not in log
    assert "SALE" not in log


def stored(world: World, key: str) -> bytes:
    body: bytes = world.client("s3").get_object(Bucket="reelsift-work", Key=key)["Body"].read()
    return body
