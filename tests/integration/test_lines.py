"""Every line ends in one outcome, counted once, whatever it shares with others."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from rekognition_cloud import clips
from support.patience import PATIENCE_S
from support.world import ALERTING, BUCKET, World, eventually

pytestmark = pytest.mark.process


def test_a_line_with_two_analyses_ends_with_the_last_of_them(worlds: Callable[..., World]) -> None:
    world = worlds(quota=3)
    for number in range(5):
        world.put_video(f"{number}.mp4", 2, answer=ALERTING)
        world.send_video(f"{number}.mp4", analyses=["content_moderation", "labels"])
    world.worker()
    world.worker()
    world.settle(lines=5)
    world.check_promises(lines=5, billed=10, peak=3)
    assert all(int(row["billed_ms"]) == 4000 for row in world.outcomes())
    assert {row["verdict"] for row in world.outcomes()} == {"reject"}
    assert {(job["analysis"], job["state"]) for job in world.jobs()} == {
        ("content_moderation", "CLOSED"),
        ("labels", "CLOSED"),
    }


def test_one_of_two_analyses_that_fails_makes_the_line_fail(worlds: Callable[..., World]) -> None:
    world = worlds(quota=2)
    world.put_video("a.mp4", answer={"JobStatus": "FAILED", "StatusMessage": "Unsupported codec/format."})
    world.send_video("a.mp4", analyses=["content_moderation", "labels"])
    world.worker()
    world.settle(lines=1)
    assert world.outcomes()[0]["status"] == "FAILED"
    assert world.outcomes()[0]["reason"] == "unsupported_codec"
    assert world.counts()["failed"] == 1
    assert world.counts()["billed_ms"] == 2000


def test_one_video_in_two_batches_at_once_is_paid_once_and_reported_in_both(worlds: Callable[..., World]) -> None:
    world = worlds(quota=2)
    world.put_video("a.mp4")
    world.send_video("a.mp4", batch="one", line="x.csv:1", chunk=0)
    world.send_video("a.mp4", batch="two", line="y.csv:7", chunk=0)
    world.worker()
    world.worker()
    world.settle(lines=2)
    world.check_promises(lines=2, billed=1)
    assert Counter(row["batch"] for row in world.outcomes()) == {"one#0": 1, "two#0": 1}
    assert sorted(int(row["billed_ms"]) for row in world.outcomes()) == [0, 2000]


def test_more_lines_of_a_video_than_a_transaction_takes_are_paid_once_and_counted(worlds: Callable[..., World]) -> None:
    world = worlds(quota=20, job_seconds=600)
    world.put_video("a.mp4")
    lines = [{"bucket": BUCKET, "key": "a.mp4", "batch": "b", "line": f"m.csv:{n}", "chunk": 0} for n in range(110)]
    world.send(*(json.dumps(line) for line in lines))
    world.worker()
    world.worker()
    eventually(lambda: len(world.waiters()) == 110, "every line waits for the job")
    world.cloud.finish_jobs()
    world.settle(lines=110)
    world.check_promises(lines=110, billed=1)
    assert {row["status"] for row in world.outcomes()} == {"SUCCEEDED"}


def test_a_line_whose_message_comes_twice_is_counted_once(worlds: Callable[..., World]) -> None:
    world = worlds(quota=3)
    for number in range(4):
        world.put_video(f"{number}.mp4")
        line = {"bucket": BUCKET, "key": f"{number}.mp4", "batch": "b", "line": f"m.csv:{number}", "chunk": 0}
        world.send(*[json.dumps(line)] * 3)
    world.worker()
    world.worker()
    world.settle(lines=4)
    world.check_promises(lines=4, billed=4, peak=3)


def test_a_video_analysed_before_is_skipped_unless_asked_for_again(worlds: Callable[..., World]) -> None:
    world = worlds(quota=2)
    world.put_video("a.mp4", answer=ALERTING)
    world.send_video("a.mp4")
    world.worker()
    world.settle(lines=1)
    world.send_video("a.mp4")
    world.settle(lines=2)
    skipped = next(row for row in world.outcomes() if row["status"] == "SKIPPED")
    assert skipped["reason"] == "already_analysed"
    assert skipped["verdict"] == "reject"
    world.check_promises(lines=2, billed=1)

    world.send_video("a.mp4", again=True)
    world.settle(lines=3)
    world.check_promises(lines=3, billed=2)
    assert Counter(row["status"] for row in world.outcomes()) == {"SUCCEEDED": 2, "SKIPPED": 1}


def test_other_model_settings_are_another_analysis(worlds: Callable[..., World]) -> None:
    world = worlds(quota=2)
    world.put_video("a.mp4")
    world.send_video("a.mp4")
    worker = world.worker()
    world.settle(lines=1)
    worker.stop(PATIENCE_S)
    world.worker(min_confidence="80")
    world.send_video("a.mp4")
    world.settle(lines=2)
    world.check_promises(lines=2, billed=2)


def test_a_failed_video_is_tried_again_when_it_is_submitted_again(worlds: Callable[..., World]) -> None:
    world = worlds(quota=2)
    world.put_video("a.mp4", answer={"JobStatus": "FAILED", "StatusMessage": "Unsupported codec/format."})
    world.send_video("a.mp4")
    world.worker()
    world.settle(lines=1)
    assert world.counts()["failed"] == 1
    world.client("s3").delete_object(Bucket=BUCKET, Key="a.mp4.content_moderation.json")
    world.send_video("a.mp4")
    world.settle(lines=2)
    world.check_promises(lines=2, billed=1)
    assert Counter(row["status"] for row in world.outcomes()) == {"SUCCEEDED": 1, "FAILED": 1}


def test_a_video_overwritten_while_it_is_analysed_is_analysed_as_what_it_is_now(worlds: Callable[..., World]) -> None:
    world = worlds(quota=2, job_seconds=600, versioned=False)
    old = world.put_video("a.mp4", seed=1)
    world.send_video("a.mp4", batch="b", line="m.csv:1", chunk=0)
    world.send_video("a.mp4", batch="b", line="m.csv:2", chunk=0)
    world.worker()
    eventually(lambda: len(world.waiters()) == 2 and world.held_slots(), "both lines wait for the running job")
    new = world.put_video("a.mp4", seed=2, answer=ALERTING)
    world.cloud.knobs(job_seconds=0.3)
    world.cloud.finish_jobs()
    world.settle(lines=2)

    world.check_promises(lines=2, billed=2)
    assert {row["etag"] for row in world.outcomes()} == {new}
    assert {row["status"] for row in world.outcomes()} == {"SUCCEEDED"}
    discarded = next(job for job in world.jobs() if job["etag"] == old)
    assert discarded["failure_reason"] == "object_changed"
    assert discarded["video_id"] not in {row["video_id"] for row in world.videos()}


def test_a_version_cannot_change_so_an_overwritten_video_keeps_its_result(worlds: Callable[..., World]) -> None:
    world = worlds(quota=2, job_seconds=600)
    old = world.put_video("a.mp4", seed=1)
    world.send_video("a.mp4")
    world.worker()
    eventually(lambda: world.cloud.summary()["open"], "the job")
    world.put_video("a.mp4", seed=2)
    world.cloud.finish_jobs()
    world.settle(lines=1)
    assert world.outcomes()[0]["etag"] == old
    assert world.outcomes()[0]["status"] == "SUCCEEDED"
    world.check_promises(lines=1, billed=1)


def test_each_permanent_failure_says_which_object_and_why(worlds: Callable[..., World]) -> None:
    world = worlds(quota=4)
    s3 = world.client("s3")
    s3.put_object(Bucket=BUCKET, Key="empty.mp4", Body=b"")
    s3.put_object(Bucket=BUCKET, Key="text.mp4", Body=b"not a video at all")
    s3.put_object(Bucket=BUCKET, Key="archived.mp4", Body=b"x", StorageClass="GLACIER")
    s3.create_bucket(Bucket="foreign-bucket")
    keys = ["missing.mp4", "empty.mp4", "text.mp4", "archived.mp4"]
    for key in keys:
        world.send_video(key)
    world.send(json.dumps({"bucket": "foreign-bucket", "key": "a.mp4"}))
    world.worker()
    world.settle(lines=5)
    world.check_promises(lines=5, billed=0)
    assert {(row["key"], row["reason"]) for row in world.outcomes()} == {
        ("missing.mp4", "object_missing"),
        ("empty.mp4", "empty_object"),
        ("text.mp4", "unsupported_codec"),
        ("archived.mp4", "archived"),
        ("a.mp4", "bucket_not_allowed"),
    }
    assert all(row["status"] == "FAILED" and len(row["message"]) > 10 for row in world.outcomes())
    assert world.dead_letters() == []


def test_what_nobody_can_read_ends_before_a_start_is_spent_and_what_was_restored_is_analysed(
    worlds: Callable[..., World],
) -> None:
    world = worlds(quota=4)
    s3 = world.client("s3")
    kinds: dict[str, dict[str, Any]] = {
        "archive-tier": {"StorageClass": "INTELLIGENT_TIERING", "Metadata": {"archive-status": "ARCHIVE_ACCESS"}},
        "deep-tier": {"StorageClass": "INTELLIGENT_TIERING", "Metadata": {"archive-status": "DEEP_ARCHIVE_ACCESS"}},
        "deep": {"StorageClass": "DEEP_ARCHIVE"},
        "customer-key": {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32},
        "at-once": {"StorageClass": "INTELLIGENT_TIERING"},
        "instant": {"StorageClass": "GLACIER_IR"},
        "restored": {"StorageClass": "GLACIER"},
        "restored-tier": {"StorageClass": "INTELLIGENT_TIERING", "Metadata": {"archive-status": "ARCHIVE_ACCESS"}},
    }
    for number, (name, options) in enumerate(kinds.items()):
        s3.put_object(Bucket=BUCKET, Key=f"{name}.mp4", Body=clips.clip(1, seed=number), **options)
    s3.restore_object(Bucket=BUCKET, Key="restored.mp4", RestoreRequest={"Days": 1})
    s3.restore_object(Bucket=BUCKET, Key="restored-tier.mp4", RestoreRequest={})
    deleted = s3.put_object(Bucket=BUCKET, Key="deleted.mp4", Body=b"x")["VersionId"]
    marker = s3.delete_object(Bucket=BUCKET, Key="deleted.mp4")["VersionId"]
    for name in [*kinds, "deleted"]:
        world.send_video(f"{name}.mp4")
    for version in (marker, f"{deleted}-none"):
        world.send(json.dumps({"bucket": BUCKET, "key": "deleted.mp4", "version_id": version}))
    world.worker()
    world.settle(lines=11)

    world.check_promises(lines=11, billed=4)
    assert Counter((row["key"].removesuffix(".mp4"), row.get("reason")) for row in world.outcomes()) == {
        ("archive-tier", "archived"): 1,
        ("deep-tier", "archived"): 1,
        ("deep", "archived"): 1,
        ("customer-key", "customer_key"): 1,
        ("at-once", None): 1,
        ("instant", None): 1,
        ("restored", None): 1,
        ("restored-tier", None): 1,
        ("deleted", "object_missing"): 3,
    }
    messages = {row["key"]: row.get("message", "") for row in world.outcomes()}
    assert "ARCHIVE_ACCESS" in messages["archive-tier.mp4"]
    assert "SSE-C" in messages["customer-key.mp4"]


def test_a_video_overwritten_in_flight_under_a_customers_key_ends_as_what_it_is_now(
    worlds: Callable[..., World],
) -> None:
    world = worlds(quota=2, job_seconds=600, versioned=False)
    world.put_video("a.mp4", seed=1)
    world.send_video("a.mp4")
    world.worker()
    eventually(lambda: world.cloud.summary()["open"], "the job")
    world.client("s3").put_object(
        Bucket=BUCKET, Key="a.mp4", Body=b"x", SSECustomerAlgorithm="AES256", SSECustomerKey="k" * 32
    )
    world.cloud.finish_jobs()
    world.settle(lines=1)
    assert [row["reason"] for row in world.outcomes()] == ["customer_key"]
    world.check_promises(lines=1, billed=1)


def test_a_video_under_a_key_that_is_not_listed_is_refused_before_a_start_is_spent(
    worlds: Callable[..., World],
) -> None:
    world = worlds(quota=4)
    key = "arn:aws:kms:us-east-1:123456789012:key"
    for name in ("listed", "other"):
        clip = {
            "Body": clips.clip(1, seed=len(name)),
            "ServerSideEncryption": "aws:kms",
            "SSEKMSKeyId": f"{key}/{name}",
        }
        world.client("s3").put_object(Bucket=BUCKET, Key=f"{name}.mp4", **clip)
        world.send_video(f"{name}.mp4")
    world.put_video("plain.mp4", 1)
    world.send_video("plain.mp4")
    world.worker(data_bucket_kms_key_arns=f"{key}/s3, {key}/listed")
    world.settle(lines=3)
    world.check_promises(lines=3, billed=2)
    found = {row["key"]: row for row in world.outcomes()}
    assert {name: row.get("reason") for name, row in found.items()} == {
        "listed.mp4": None,
        "other.mp4": "key_not_allowed",
        "plain.mp4": None,
    }
    assert f"{key}/other" in found["other.mp4"]["message"]
    assert [job["key"] for job in world.cloud.jobs() if job["key"] == "other.mp4"] == []


def test_what_has_begun_is_ended_before_other_videos_begin(worlds: Callable[..., World]) -> None:
    analyses = ["content_moderation", "labels", "text"]
    world = worlds(quota=1, job_seconds=0.1)
    for number in range(6):
        world.put_video(f"{number}.mp4", 1, seed=number)
        world.send_video(f"{number}.mp4", analyses=analyses)
    world.worker()
    world.worker()
    world.settle(lines=6)
    world.check_promises(lines=6, billed=18, peak=1)
    started = [job["key"] for job in world.cloud.jobs()]
    for key in set(started):
        first, last = started.index(key), len(started) - 1 - started[::-1].index(key)
        assert len(set(started[first:last])) <= len(analyses), "hardly another video has begun in between"


def test_priority_lines_overtake_those_that_wait(worlds: Callable[..., World]) -> None:
    world = worlds(quota=1, job_seconds=600)
    for number in range(10):
        world.put_video(f"{number}.mp4", 1)
    world.send(*(f"{BUCKET},{number}.mp4" for number in range(9)))
    world.worker()
    eventually(world.cloud.jobs, "bulk under way")
    world.send(f"{BUCKET},9.mp4", queue="priority")
    world.cloud.knobs(job_seconds=0.5)
    world.cloud.finish_jobs()
    world.settle(lines=10)
    started = [job["key"] for job in world.cloud.jobs()]
    assert started.index("9.mp4") < 6
    world.check_promises(lines=10, billed=10, peak=1)
