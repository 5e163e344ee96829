"""What is kept and told of an analysed video."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest

from support.patience import PATIENCE_S
from support.world import ALERTING, CLEAN, World, eventually

pytestmark = pytest.mark.process


def object_(world: World, key: str) -> bytes:
    body: bytes = world.client("s3").get_object(Bucket="reelsift-work", Key=key)["Body"].read()
    return body


def log_lines(worker_log: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in worker_log.splitlines()]


def test_an_alerting_video_leaves_labels_result_raw_answer_alert_log_line_and_metrics(
    worlds: Callable[..., World],
) -> None:
    world = worlds(quota=2)
    world.put_video("päth/a b.mp4", 3, answer=ALERTING)
    world.send_video("päth/a b.mp4")
    worker = world.worker()
    world.settle(lines=1)
    eventually(world.alerts, "the alert")
    worker.stop(PATIENCE_S)
    job = world.jobs()[0]

    labels = {row["label"]: row for row in world.rows("labels")}
    assert set(labels) == {"Explicit", "Explicit Nudity"}
    nudity = labels["Explicit Nudity"]
    assert nudity["path"] == ["Explicit", "Explicit Nudity"]
    assert nudity["parent"] == "Explicit"
    assert nudity["category"] == "Explicit"
    assert float(nudity["peak_confidence"]) == 98.5
    assert nudity["video"] == "s3://reelsift-videos/päth/a b.mp4"
    assert nudity["job_id"] == world.cloud.jobs()[0]["job_id"]
    assert nudity["date"]
    # start, end, samples, maximum, mean, peak: 98.5 survives a mean of 92.6
    (segment,) = json.loads(nudity["segments"])
    assert [float(number) for number in segment] == pytest.approx([500, 2000, 3, 98.5, 92.583333, 1000])

    (page,) = json.loads(gzip.decompress(object_(world, job["raw_key"])))
    assert [row["Timestamp"] for row in page["ModerationLabels"]] == [500, 500, 1000, 1000, 1500, 1500]
    result = json.loads(object_(world, job["result_key"]))
    assert [segment["label"] for segment in result["segments"]] == ["Explicit", "Explicit Nudity"]
    (verdict,) = world.videos()
    assert (verdict["part"], verdict["verdict"], verdict["missing"]) == ("status", "reject", [])
    assert verdict["attempts"] == {"content_moderation": 1}
    assert [reason["label"] for reason in verdict["reasons"]] == ["Explicit Nudity", "Explicit"]
    assert verdict["alerted"] == [["content_moderation", "Explicit Nudity"], ["content_moderation", "Explicit"]]
    assert not [name for name in verdict if name.startswith("unsent")]
    dataset = json.loads(object_(world, f"videos/{job['video_id']}/{verdict['rests_on']}.json"))
    assert (dataset["verdict"], dataset["segments"]) == ("reject", result["segments"])

    alert, *again = world.alerts()
    # On a busy machine the job may be closed twice, and tell the same again.
    assert {repeated["Message"] for repeated in again} <= {alert["Message"]}
    assert alert["Subject"].isascii()
    assert len(alert["Subject"]) < 100
    assert "s3://reelsift-videos/päth/a b.mp4" in alert["Message"]
    assert "98.5 %" in alert["Message"]
    assert alert["MessageAttributes"]["verdict"]["Value"] == "reject"
    assert json.loads(alert["MessageAttributes"]["category"]["Value"]) == ["Explicit"]

    finished = next(line for line in log_lines(worker.log.read_text()) if line["event"] == "finished")
    assert finished["minutes"] == 0.05
    assert {"video", "video_id", "job", "attempt", "batch", "line", "worker"} <= finished.keys()

    metrics = world.client("cloudwatch").list_metrics(Namespace="Reelsift")["Metrics"]
    names = {metric["MetricName"] for metric in metrics}
    assert names >= {
        "Started",
        "Succeeded",
        "Alerts",
        "Labels",
        "BilledMinutes",
        "Spend",
        "Outcomes",
        "JobSeconds",
        "CompletionToAlertSeconds",
        "Backlog",
        "Running",
        "SlotsFree",
        "SlotsBlocked",
    }


def test_the_policy_can_be_given_in_the_environment(worlds: Callable[..., World]) -> None:
    world = worlds(quota=2)
    world.put_video("a.mp4", answer=ALERTING)
    world.send_video("a.mp4")
    lenient = {"default": {"review": 99, "reject": 99.5, "alert": 99.5}}
    world.worker(policy_document=json.dumps(lenient))
    world.settle(lines=1)
    assert world.outcomes()[0]["verdict"] == "approve"
    assert world.alerts() == []


def test_a_clean_video_is_approved_without_labels_or_alert(worlds: Callable[..., World]) -> None:
    world = worlds(quota=2)
    world.put_video("a.mp4", answer=CLEAN)
    world.send_video("a.mp4")
    world.worker()
    world.settle(lines=1)
    assert world.outcomes()[0]["verdict"] == "approve"
    assert world.rows("labels") == []
    assert world.alerts() == []


def test_an_answer_of_many_pages_is_read_whole_even_where_its_page_token_expires(
    worlds: Callable[..., World],
) -> None:
    rows = [
        {
            "Timestamp": n * 500,
            "ModerationLabel": {"Name": "Weapons", "ParentName": "Violence", "Confidence": 60 + n % 30},
        }
        for n in range(2500)
    ]
    world = worlds(quota=2)
    world.put_video("long.mp4", answer=ALERTING | {"ModerationLabels": rows})
    world.cloud.add_fault(
        "error",
        service="rekognition",
        operation="GetContentModeration",
        body_contains="NextToken",
        times=1,
        code="InvalidPaginationTokenException",
        status=400,
    )
    world.send_video("long.mp4")
    world.worker()
    world.settle(lines=1)
    job = world.jobs()[0]
    pages = json.loads(gzip.decompress(object_(world, job["raw_key"])))
    assert [len(page["ModerationLabels"]) for page in pages] == [1000, 1000, 500]
    assert sum(int(row["samples"]) for row in world.rows("labels")) == 2500
    world.check_promises(lines=1, billed=1)


def test_secrets_and_payloads_stay_out_of_the_log(worlds: Callable[..., World]) -> None:
    world = worlds(quota=1)
    world.send('{"bucket": "reelsift-videos", "key": "x", "etag": 7, "password": "hunter2"}')
    worker = world.worker(log_level="debug")
    world.settle(lines=1)
    worker.stop(PATIENCE_S)
    text = worker.log.read_text()
    assert "hunter2" not in text
    assert "testing" not in text
