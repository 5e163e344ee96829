"""docs/add-an-analysis.md keeps its word: the files it names are all that another analysis takes."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from e2e.deployment.permissions import Somebody, refusal, with_policies, with_role
from support import needs
from support.aws_provider import standing_provider
from support.forks import Forks
from support.worked_example import WorkedExample
from support.world import BUCKET, World

pytestmark = [pytest.mark.process, pytest.mark.long(300)]

MOST_FILES = 5
ELSEWHERE = ["cloudwatch:*", "dynamodb:*", "s3:*", "servicequotas:*", "sns:*", "sqs:*", "iam:PassRole"]
"""What differs for no analysis is allowed; of Rekognition only what Terraform's list has."""

FOUR_SECONDS = 20_000
"""Millionths of a dollar that they cost at 0.30 dollars a minute."""

POLICIES = """
run "another_analysis_is_allowed" {
  command = plan

  variables {
    analyses = ["people"]
    prices   = { people = 0.25 }
  }

  assert {
    condition = (
      length(setsubtract(["rekognition:GetPersonTracking", "rekognition:StartPersonTracking"], flatten([
        for statement in data.aws_iam_policy_document.task.statement : statement.actions
      ]))) == 0
      && length(setsubtract(["rekognition:GetPersonTracking"], flatten([
        for statement in data.aws_iam_policy_document.reader.statement : statement.actions
      ]))) == 0
    )
    error_message = "worker and command line may use the operations of the list"
  }

  assert {
    condition = (
      local.worker_environment["REELSIFT_ANALYSES"] == "people"
      && local.worker_environment["REELSIFT_PRICE_PEOPLE"] == "0.25"
    )
    error_message = "it can be chosen and has a price"
  }
}
"""


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> WorkedExample:
    return WorkedExample(tmp_path_factory.mktemp("example"))


@pytest.fixture
def world(example: WorkedExample, tmp_path: Path) -> Iterator[World]:
    """A deployment whose every process runs the copy."""
    with Forks(example.service) as forks:
        world = World(tmp_path, forks.popen, quota=2)
        yield world
        world.close()


def test_the_page_names_all_files_that_change_and_no_more_than_five(example: WorkedExample) -> None:
    changed = example.changed
    patterns = [re.sub(r"<\w+>", r"\\w+", re.escape(name)) for name in example.files]
    assert len(changed) == len(patterns) <= MOST_FILES, changed
    for pattern in patterns:
        assert [name for name in changed if re.fullmatch(pattern, name)], (pattern, changed)


def test_it_is_tested_by_being_there(example: WorkedExample) -> None:
    tests = ["tests/unit/domain/analyses", "tests/unit/test_terraform_analyses.py"]
    options = ["-p", "no:cacheprovider", "--hypothesis-profile", "fast"]
    said = example.run("-m", "pytest", "-v", *options, "-k", "people or terraform", *tests)
    assert re.search(r"test_each_detection_is_in_one_segment_and_peaks_survive\[people\] PASSED", said)


def test_a_video_goes_from_submit_to_the_report_with_no_more_than_the_list_allows(
    example: WorkedExample, world: World, tmp_path: Path
) -> None:
    video = f"s3://{BUCKET}/lobby.mp4"
    world.put_video("lobby.mp4", 4)
    manifest = tmp_path / "manifest.csv"
    manifest.write_text(f"{BUCKET},lobby.mp4\n", encoding="utf-8")
    world.env["REELSIFT_PRICE_PEOPLE"] = "0.30"
    with under_the_list(world, example) as (task, operator):
        settings = dict(world.env)
        world.env = settings | task.environment
        world.worker()
        world.env = settings | operator.environment
        batch = run(world, "submit", str(manifest), "--analyses", "people", "--yes", "--wait").strip()
        report = run(world, "report", batch, "--csv")
        shown = json.loads(run(world, "show", video, "--json"))
        found = json.loads(run(world, "search", "--label", "Person", "--json"))
        again = json.loads(run(world, "submit", str(manifest), "--analyses", "people", "--dry-run", "--json"))
        denied = world.cloud.denied()
        place = {"S3Object": {"Bucket": BUCKET, "Name": "lobby.mp4"}}
        refused = refusal(operator.client("rekognition").start_person_tracking, Video=place)

    assert denied == []
    assert refused == "AccessDeniedException"
    assert {"rekognition:StartPersonTracking", "rekognition:GetPersonTracking"} <= world.cloud.used(task.arn).keys()
    (job,) = world.cloud.jobs()
    assert (job["operation"], job["status"]) == ("StartPersonTracking", "SUCCEEDED")
    world.check_promises(lines=1, billed=1)
    assert world.outcomes()[0]["cost_micros"] == FOUR_SECONDS
    (row,) = [line for line in report.splitlines() if "lobby.mp4" in line]
    assert "succeeded" in row
    assert {segment["label"] for segment in shown["segments"]} == {"Person"}
    assert found["video"] == video
    assert again["already_analysed"] == 1


@contextmanager
def under_the_list(world: World, example: WorkedExample) -> Iterator[tuple[Somebody, Somebody]]:
    """A worker's role and a user of the command line, allowed of Rekognition what the copy's list says, as
    `task_role.tf` and `reader_policy.tf` have it. IAM is enforced as long as the context lasts.
    """
    listed = json.loads((example.root / "terraform" / "analyses.json").read_text(encoding="utf-8")).values()
    gets = [f"rekognition:{operations['get']}" for operations in listed]
    starts = [f"rekognition:{operations['start']}" for operations in listed]
    iam = world.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName="task", AssumeRolePolicyDocument=policy(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="task", PolicyName="task", PolicyDocument=policy(allowed(*gets, *starts)))
    operators = iam.create_policy(PolicyName="operator", PolicyDocument=policy(allowed(*gets)))["Policy"]["Arn"]
    let_topics_deliver(world)
    task = with_role(world.cloud, world.client("sts"), role)
    with with_policies(world.cloud, iam, operators) as operator:
        world.cloud.authorise()
        yield task, operator
        world.cloud.authorise(on=False)


def let_topics_deliver(world: World) -> None:
    """As Terraform's queue policies do; the queue in which tests see alerts too."""
    sender = {"Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
    document = policy({"Effect": "Allow", **sender, "Resource": "*"})
    for url in (world.queue_url("completion"), world.alert_queue):
        world.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": document})


def allowed(*actions: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": [*ELSEWHERE, *actions], "Resource": "*"}


def policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def run(world: World, *arguments: str) -> str:
    ended = world.reelsift(*arguments)
    assert ended.returncode == 0, f"{arguments}: {ended.stderr}\ndenied: {world.cloud.denied()}"
    return str(ended.stdout)


def test_terraform_allows_the_operations_and_takes_the_name(example: WorkedExample, tmp_path: Path) -> None:
    module = tmp_path / "terraform"
    shutil.copytree(example.root / "terraform", module)
    (tmp_path / "service").symlink_to(example.root / "service")
    needs.providers.install(module, "-backend=false")
    options = (module / "tests" / "options.tftest.hcl").read_text(encoding="utf-8")
    (module / "tests" / "another.tftest.hcl").write_text(options.partition('\nrun "')[0] + POLICIES, encoding="utf-8")
    command = [needs.terraform(), "test", "-no-color", "-filter=tests/another.tftest.hcl"]
    with standing_provider(module, os.environ) as env:
        ended: subprocess.CompletedProcess[Any] = subprocess.run(
            command, cwd=module, env=env, capture_output=True, text=True, check=False
        )
    assert ended.returncode == 0, ended.stdout + ended.stderr
