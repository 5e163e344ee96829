"""AWS does not scale here, so what it is given is acted out: the planned alarms and policies, minute by minute."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from rekognition_cloud.process import CloudProcess
from support import needs
from support.aws_provider import standing_provider
from support.forks import Forks
from support.scaled_fleet import START_MINUTES, Lateness, ScaledFleet

TERRAFORM = Path(__file__).parents[3] / "terraform"

# Which service's metrics come first is not promised.
LATE = [Lateness(), Lateness(queues=1, tasks=4, workers=2), Lateness(queues=3, tasks=1, workers=1)]

pytestmark = [pytest.mark.xdist_group("terraform-module"), pytest.mark.long(300)]

Resources = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def plan(forks: Forks, tmp_path_factory: pytest.TempPathFactory) -> Resources:
    """The resources that the module plans, by their addresses."""
    folder = tmp_path_factory.mktemp("terraform")
    for file in (*TERRAFORM.glob("*.tf"), TERRAFORM / "analyses.json"):
        shutil.copy(file, folder)
    needs.providers.install(folder, "-backend=false")

    with CloudProcess(launch=forks.popen) as cloud, standing_provider(folder, cloud.env) as env:

        def run(*arguments: str) -> str:
            done = subprocess.run(
                [needs.terraform(), *arguments], cwd=folder, env=env, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr
            return done.stdout

        run("plan", "-input=false", "-out=plan", "-var=image_tag=test")
        planned = json.loads(run("show", "-json", "plan"))["planned_values"]["root_module"]["resources"]
    return {resource["address"]: resource.get("values", {}) for resource in planned}


def asleep(resources: Resources, late: Lateness) -> ScaledFleet:
    """A fleet that has slept for long, so that nothing but the queues has reported for long."""
    fleet = ScaledFleet(resources, late)
    fleet.run(30)
    assert fleet.desired == 0
    return fleet


def just_made(resources: Resources, late: Lateness) -> ScaledFleet:
    """The fleet of a deployment of this minute: for a quarter of an hour its queues report nothing."""
    begins_with = resources["aws_ecs_service.worker"]["desired_count"]
    return ScaledFleet(resources, late, silent_minutes=15, desired=begins_with)


@pytest.mark.parametrize("late", LATE, ids=repr)
def test_the_first_batch_of_a_new_deployment_is_attended_to_at_once(plan: Resources, late: Lateness) -> None:
    fleet = just_made(plan, late)
    fleet.backlog = 100
    fleet.until(lambda: fleet.working == 1, within=START_MINUTES + 1)
    fleet.until(lambda: fleet.backlog == 0, within=10)
    fleet.until(lambda: fleet.desired == 0, within=20)
    assert max(fleet.history) == 1


@pytest.mark.parametrize("late", LATE, ids=repr)
def test_a_new_deployment_without_work_falls_asleep_and_wakes_for_its_first_message(
    plan: Resources, late: Lateness
) -> None:
    fleet = just_made(plan, late)
    fleet.until(lambda: fleet.desired == 0, within=20)
    asleep_since = len(fleet.history)
    fleet.run(30)
    assert max(fleet.history[asleep_since:]) == 0
    fleet.backlog = 1
    fleet.until(lambda: fleet.backlog == 0, within=15)
    assert max(fleet.history) == 1


@pytest.mark.parametrize("late", LATE, ids=repr)
def test_one_message_wakes_one_worker_and_the_fleet_sleeps_again(plan: Resources, late: Lateness) -> None:
    fleet = asleep(plan, late)
    fleet.backlog = 1
    fleet.until(lambda: fleet.working == 1, within=10)
    fleet.until(lambda: fleet.desired == 0, within=20)
    woken = len(fleet.history)
    fleet.run(120)
    assert max(fleet.history) == 1
    assert max(fleet.history[woken:]) == 0


@pytest.mark.parametrize("late", LATE, ids=repr)
def test_a_large_backlog_calls_all_workers_and_none_is_left_when_it_is_done(plan: Resources, late: Lateness) -> None:
    fleet = asleep(plan, late)
    fleet.backlog = 25_000
    fleet.until(lambda: fleet.desired == 4, within=30)
    called = len(fleet.history)
    fleet.until(lambda: fleet.backlog == 0, within=1_500)
    while_working = fleet.history[called:]
    assert min(while_working) == 1
    assert while_working == sorted(while_working, reverse=True)
    fleet.until(lambda: fleet.desired == 0, within=20)


@pytest.mark.parametrize("late", LATE, ids=repr)
@pytest.mark.parametrize("pause", range(1, 16))
def test_a_message_at_any_moment_after_the_fleet_fell_asleep_is_attended_to(
    plan: Resources, late: Lateness, pause: int
) -> None:
    fleet = asleep(plan, late)
    fleet.backlog = 1
    fleet.until(lambda: fleet.desired == 1, within=10)
    fleet.until(lambda: fleet.desired == 0, within=20)
    fleet.run(pause)
    fleet.backlog = 1
    fleet.until(lambda: fleet.backlog == 0, within=15)
    assert max(fleet.history) == 1


def test_a_fleet_that_works_is_never_taken_for_one_that_is_gone(plan: Resources) -> None:
    fleet = asleep(plan, Lateness(tasks=10, workers=2))
    fleet.backlog = 4_000
    fleet.until(lambda: fleet.working == 1, within=10)
    fleet.until(lambda: fleet.backlog == 0, within=250)
    assert max(fleet.history) == 1


def test_workers_that_do_not_report_are_not_idle(plan: Resources) -> None:
    fleet = asleep(plan, Lateness())
    fleet.backlog = 100
    fleet.until(lambda: fleet.working == 1, within=10)
    fleet.reports = False
    hung = len(fleet.history)
    fleet.run(120)
    assert min(fleet.history[hung:]) == 1
