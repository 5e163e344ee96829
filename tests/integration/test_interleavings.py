"""Two workers, an old message, a pause in the wrong place: the outcomes are right all the same."""

import json
import signal
from collections.abc import Callable

import pytest

from support.world import ALERTING, BUCKET, CLEAN, World, eventually

pytestmark = [pytest.mark.process, pytest.mark.long(60)]

START = {"service": "rekognition", "operation": "StartContentModeration"}
UNSUPPORTED = {"JobStatus": "FAILED", "StatusMessage": "Unsupported codec/format."}


def state_of(world: World, analysis: str) -> str:
    return next((str(job["state"]) for job in world.jobs() if job["analysis"] == analysis), "")


def test_a_worker_that_slept_through_a_close_ends_no_line_of_a_later_attempt(worlds: Callable[..., World]) -> None:
    world = worlds(quota=2)
    world.put_video("a.mp4", answer=UNSUPPORTED)
    hold = world.cloud.add_fault(
        "hold", service="dynamodb", operation="Query", body_contains="waiters##", times=1, drop_on_release=True
    )
    world.send_video("a.mp4", batch="one", line="x:1", chunk=0)
    sleeper = world.worker()
    eventually(lambda: world.cloud.held(hold), "the worker about to read who waits")
    sleeper.signal(signal.SIGSTOP)
    world.cloud.release(hold)
    world.worker()
    eventually(lambda: world.ended() == 1 and world.open_jobs() == 0, "the other worker's close")
    world.client("s3").delete_object(Bucket=BUCKET, Key="a.mp4.content_moderation.json")
    world.cloud.knobs(job_seconds=600)
    world.send_video("a.mp4", batch="two", line="x:1", chunk=0)
    eventually(lambda: world.waiters() and world.cloud.summary()["open"], "the second attempt")
    # Woken, its request fails, botocore sends it again, and it reads the later attempt's waiter.
    queries = world.cloud.requests()["dynamodb"]["Query"]
    sleeper.signal(signal.SIGCONT)
    eventually(lambda: world.cloud.requests()["dynamodb"]["Query"] > queries + 10, "both workers at work")
    world.cloud.finish_jobs()
    world.settle(lines=2)
    world.check_promises(lines=2, billed=1)
    assert {row["batch"]: row["status"] for row in world.outcomes()} == {"one#0": "FAILED", "two#0": "SUCCEEDED"}


def test_a_line_whose_other_copy_joined_too_late_does_not_die_with_the_worker_that_had_that(
    worlds: Callable[..., World],
) -> None:
    world = worlds(quota=4, job_seconds=600)
    world.put_video("a.mp4")
    world.send_video("a.mp4", batch="b", line="x:1", chunk=0)
    late = world.worker(recheck_settled_s="600")
    eventually(lambda: state_of(world, "content_moderation") == "RUNNING", "the job runs")
    joins = world.cloud.add_fault(
        "hold", service="dynamodb", operation="PutItem", body_contains="waiters##", times=1, drop_on_release=False
    )
    world.send_video("a.mp4", batch="b", line="x:2", chunk=0)
    eventually(lambda: world.cloud.held(joins), "the second line about to wait for the job")
    late.signal(signal.SIGSTOP)
    world.worker(recheck_settled_s="600")
    eventually(lambda: len(world.waiters()) == 2 and world.waiting_messages() == 0, "the other worker lets it wait")
    reads = world.cloud.add_fault(
        "hold", service="dynamodb", operation="Query", body_contains="waiters##", times=1, drop_on_release=False
    )
    world.cloud.finish_jobs()
    eventually(lambda: world.cloud.held(reads), "the result, and who waits for it not yet read")
    # Its message is gone: until the first worker has ended the line, the row by which it waits is all there is of it.
    ends = world.cloud.add_fault(
        "hold", service="dynamodb", operation="TransactWriteItems", body_contains="SUCCEEDED", drop_on_release=True
    )
    world.cloud.release(joins)
    late.signal(signal.SIGCONT)
    eventually(lambda: world.cloud.held(ends), "the line about to end")
    late.kill()
    world.cloud.release(ends)
    world.cloud.release(reads)
    world.settle(lines=2)
    world.check_promises(lines=2, billed=1)
    assert {row["line"]: row["status"] for row in world.outcomes()} == {"x:1": "SUCCEEDED", "x:2": "SUCCEEDED"}


def test_a_line_with_two_analyses_ends_though_one_of_them_is_restarted_in_between(
    worlds: Callable[..., World],
) -> None:
    world = worlds(quota=4, job_seconds=600)
    world.put_video("a.mp4", answer=UNSUPPORTED)
    world.send_video("a.mp4", analyses=["content_moderation", "labels"], batch="both", line="1", chunk=0)
    world.worker()
    eventually(lambda: all(state_of(world, name) == "RUNNING" for name in ("content_moderation", "labels")), "both run")
    ids = {job["operation"]: job["job_id"] for job in world.cloud.jobs()}
    moderation, labels = (next(i for op, i in ids.items() if word in op.lower()) for word in ("moderation", "label"))
    world.cloud.finish_jobs(moderation)
    eventually(lambda: state_of(world, "content_moderation") == "CLOSED", "moderation failed and closed")
    world.client("s3").delete_object(Bucket=BUCKET, Key="a.mp4.content_moderation.json")
    world.send_video("a.mp4", batch="again", line="1", chunk=0)
    eventually(lambda: state_of(world, "content_moderation") == "RUNNING", "moderation restarted")
    world.cloud.finish_jobs(labels)
    eventually(lambda: state_of(world, "labels") == "CLOSED", "labels closed")
    world.cloud.finish_jobs()
    world.settle(lines=2)
    world.check_promises(lines=2, billed=2)
    assert {row["batch"]: row["status"] for row in world.outcomes()} == {"both#0": "SUCCEEDED", "again#0": "SUCCEEDED"}


def test_an_old_copy_of_a_retried_lines_message_takes_nothing_from_its_new_round(worlds: Callable[..., World]) -> None:
    world = worlds(quota=2, job_seconds=600)
    world.put_video("a.mp4")
    world.client("dynamodb").put_item(
        TableName="reelsift-outcomes",
        Item={"batch": {"S": "b#0"}, "line": {"S": "m:1"}, "round": {"N": "2"}, "reopened_ms": {"N": "1"}},
    )
    world.send_video("a.mp4", batch="b", line="m:1", chunk=0, round=2)
    world.worker()
    eventually(lambda: world.waiters() and world.cloud.summary()["open"], "round 2 waits for its job")
    world.send_video("a.mp4", batch="b", line="m:1", chunk=0, round=1)
    eventually(lambda: world.waiting_messages() == 0, "the old copy is dealt with")
    world.cloud.finish_jobs()
    world.settle(lines=1)
    world.check_promises(lines=1, billed=1)
    assert [(row["status"], int(row["round"])) for row in world.outcomes()] == [("SUCCEEDED", 2)]


def test_a_message_that_could_not_be_buried_at_once_is_counted_once(worlds: Callable[..., World]) -> None:
    world = worlds(quota=2)
    world.cloud.add_fault(
        "error", service="sqs", operation="SendMessageBatch", body_contains="intake-dead", times=4, status=500
    )
    world.send("this is {no} line")
    world.worker(visibility_s="4")
    eventually(world.dead_letters, "the dead letter")
    world.settle(lines=1)
    assert [row["reason"] for row in world.outcomes()] == ["bad_line"]
    assert world.counts()["failed"] == 1


def test_refused_starts_keep_their_reason_though_they_wait_long_for_their_turn(worlds: Callable[..., World]) -> None:
    world = worlds(quota=8)
    for number in range(8):
        world.put_video(f"{number}.mp4", 1)
    world.cloud.add_fault("error", code="InvalidS3ObjectException", status=400, **START)
    world.send(*(f"{BUCKET},{number}.mp4" for number in range(8)))
    world.worker(start_rate="1")
    world.settle(lines=8)
    assert {row["reason"] for row in world.outcomes()} == {"invalid_object"}
    assert world.cloud.requests()["rekognition"]["StartContentModeration"] == 8


@pytest.mark.parametrize(
    ("rule", "told", "times"),
    [
        ({"service": "dynamodb", "operation": "GetItem"}, "AccessDenied", 3),
        # What is denied rests for half a minute, and twice as long after the second time.
        (START, "start_denied", 1),
    ],
    ids=["a permission missing in the table", "Rekognition denied"],
)
def test_a_fault_of_the_deployment_fails_no_line(
    rule: dict[str, object], told: str, times: int, worlds: Callable[..., World]
) -> None:
    world = worlds(quota=4)
    for number in range(3):
        world.put_video(f"{number}.mp4", 1)
    world.cloud.add_fault("error", code="AccessDeniedException", status=400, **rule)
    world.send(*(f"{BUCKET},{number}.mp4" for number in range(3)))
    worker = world.worker(max_receives="2")
    eventually(lambda: worker.log.read_text().count(told) >= times, "refusals")
    world.cloud.clear_faults()
    world.settle(lines=3)
    world.check_promises(lines=3, billed=3)
    assert {row["status"] for row in world.outcomes()} == {"SUCCEEDED"}
    assert world.dead_letters() == []


def test_content_put_back_after_rekognition_read_something_else_does_not_pass(worlds: Callable[..., World]) -> None:
    world = worlds(quota=2, versioned=False)
    explicit = world.put_video("a.mp4", seed=2, answer=ALERTING)
    hold = world.cloud.add_fault("hold", when="before", drop_on_release=False, times=1, **START)
    world.send_video("a.mp4")
    world.worker(recheck_starting_s="600")
    eventually(lambda: world.cloud.held(hold), "the Start on its way")
    world.cloud.knobs(job_seconds=600)
    # S3 tells times to the second.
    before = world.client("s3").head_object(Bucket=BUCKET, Key="a.mp4")["LastModified"]
    world.put_video("a.mp4", seed=1, answer=CLEAN)
    world.cloud.release(hold)
    eventually(lambda: world.cloud.summary()["open"], "the job, of what lay there then")

    def put_back() -> bool:
        assert world.put_video("a.mp4", seed=2, answer=ALERTING) == explicit
        return bool(world.client("s3").head_object(Bucket=BUCKET, Key="a.mp4")["LastModified"] > before)

    eventually(put_back, "a later second")
    world.cloud.knobs(job_seconds=0.3)
    world.cloud.finish_jobs()
    world.settle(lines=1)
    world.check_promises(lines=1, billed=2)
    assert world.outcomes()[0]["verdict"] == "reject"


def test_a_submitters_fast_clock_makes_nothing_paid_twice(worlds: Callable[..., World]) -> None:
    world = worlds(quota=1)
    world.put_video("a.mp4", 1)
    far_ahead = 4_000_000_000_000
    line = {"bucket": BUCKET, "key": "a.mp4", "batch": "b", "chunk": 0, "submitted_ms": far_ahead, "again": True}
    world.send(*(json.dumps(line | {"line": f"m:{number}"}) for number in range(4)))
    world.worker()
    world.settle(lines=4)
    world.check_promises(lines=4, billed=1)
    assert {row["status"] for row in world.outcomes()} == {"SUCCEEDED"}
