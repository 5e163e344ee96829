"""What would be tried for ever ends: AWS fails over one video alone, or the program itself over one job."""

from collections.abc import Callable
from typing import Any

import pytest

from support.world import ALERTING, World, eventually

pytestmark = [pytest.mark.process, pytest.mark.long(60)]

SOON = {"trouble_limit_s": "3"}


def fail(world: World, operation: str, *, code: str = "InternalServerError", status: int = 500, **where: Any) -> int:
    service = {"Head": "s3", "Put": "s3", "Publish": "sns"}.get(operation.removesuffix("Object"), "rekognition")
    return world.cloud.add_fault("error", service=service, operation=operation, code=code, status=status, **where)


def reasons(world: World) -> dict[str, str | None]:
    return {row["key"]: row.get("reason") for row in world.outcomes()}


def test_a_start_that_is_answered_with_500_for_ever_ends_and_frees_its_slot(worlds: Callable[..., World]) -> None:
    world = worlds(quota=1)
    world.put_video("a.mp4", 1)
    world.put_video("b.mp4", 1)
    fail(world, "StartContentModeration", body_contains='"a.mp4"')
    world.worker(**SOON)
    world.send_video("a.mp4")
    eventually(world.held_slots, "the slot of the Start")
    world.send_video("b.mp4")
    world.settle(lines=2)
    assert reasons(world) == {"a.mp4": "start_unknown", "b.mp4": None}
    assert len(world.cloud.jobs()) == 1
    world.send_video("a.mp4")  # not asked for again: it is not started again
    world.settle(lines=3)
    assert reasons(world)["a.mp4"] == "start_unknown"
    assert len(world.cloud.jobs()) == 1


def test_a_get_that_is_answered_with_500_for_ever_ends_its_job_and_frees_its_slot(
    worlds: Callable[..., World],
) -> None:
    world = worlds(quota=1, job_seconds=600)
    world.put_video("a.mp4", 1)
    world.put_video("b.mp4", 1)
    first = world.worker(reconcile_s="1", recheck_running_s="1", **SOON)
    world.send_video("a.mp4")
    eventually(world.cloud.jobs, "the analysis")
    fail(world, "GetContentModeration", body_contains=world.cloud.jobs()[0]["job_id"])
    eventually(lambda: any("trouble" in job for job in world.jobs()), "the row names the trouble")
    (job,) = world.jobs()
    first.kill()
    world.worker(reconcile_s="1", recheck_running_s="1", **SOON)
    world.send_video("b.mp4")
    eventually(lambda: reasons(world).get("a.mp4") == "rekognition_failed", "the end")
    # The next line may hold it by now, while its Start is refused.
    assert not any(slot["holder"].startswith(job["video_id"]) for slot in world.held_slots())
    world.cloud.finish_jobs()  # until then the account's own quota is used up
    eventually(lambda: len(world.cloud.jobs()) == 2, "the slot serves the next line")
    world.cloud.finish_jobs()
    world.settle(lines=2)
    assert reasons(world) == {"a.mp4": "rekognition_failed", "b.mp4": None}


def test_a_head_that_is_answered_with_500_for_ever_ends_its_line(worlds: Callable[..., World]) -> None:
    world = worlds(quota=1)
    world.put_video("a.mp4", 1)
    world.put_video("b.mp4", 1)
    fail(world, "HeadObject", path="a.mp4")
    world.worker(**SOON)
    world.send_video("a.mp4")
    world.send_video("b.mp4")
    world.settle(lines=2)
    assert reasons(world) == {"a.mp4": "s3_failed", "b.mp4": None}


def test_an_outage_of_the_region_ends_nothing_however_long_it_lasts(worlds: Callable[..., World]) -> None:
    world = worlds(quota=2, job_seconds=600)
    for key in ("a.mp4", "b.mp4"):
        world.put_video(key, 1)
    world.worker(reconcile_s="1", recheck_running_s="1", trouble_limit_s="1")
    world.send_video("a.mp4")
    eventually(world.cloud.jobs, "an analysis")
    outage = world.cloud.add_fault("error", service="rekognition", code="InternalServerError")
    world.send_video("b.mp4")
    eventually(lambda: sum("trouble" in job for job in world.jobs()) == 2, "both jobs are in trouble")
    eventually(lambda: all("trouble_seen_ms" not in job for job in world.jobs()), "which nothing is counted of")
    assert world.outcomes() == []
    world.cloud.release(outage)
    eventually(lambda: len(world.cloud.jobs()) == 2, "both analyses")
    world.cloud.finish_jobs()
    world.settle(lines=2)
    assert reasons(world) == {"a.mp4": None, "b.mp4": None}


def test_a_result_that_cannot_be_written_ends_its_job_and_the_batch_goes_on(worlds: Callable[..., World]) -> None:
    world = worlds(quota=1)
    world.put_video("a.mp4", 1)
    fault = fail(world, "PutObject", path="/results/", code="InvalidArgument", status=400)
    world.worker()
    world.send_video("a.mp4")
    world.settle(lines=1)
    assert world.cloud.fault(fault)["hits"] == 5
    (outcome,) = world.outcomes()
    assert (outcome["status"], outcome["reason"], outcome["billed_ms"] > 0) == ("FAILED", "gave_up", True)
    assert "InvalidArgument" in outcome["message"]


def test_an_alert_that_sns_refuses_for_ever_is_left_out_and_its_line_succeeds(worlds: Callable[..., World]) -> None:
    world = worlds(quota=1)
    world.put_video("a.mp4", 1, answer=ALERTING)
    fault = fail(world, "Publish", code="InvalidParameter", status=400)
    world.worker()
    world.send_video("a.mp4")
    eventually(lambda: world.outcomes() and not world.open_jobs(), "the job is closed")
    assert world.cloud.fault(fault)["hits"] == 6
    (outcome,) = world.outcomes()
    assert (outcome["status"], outcome["verdict"]) == ("SUCCEEDED", "reject")
    assert "InvalidParameter" in world.jobs()[0]["undelivered"]
