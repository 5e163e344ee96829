"""What `make deploy`, `make plan` and `make env` do, in an account that was empty."""

import subprocess
import sys

import pytest

from e2e.deployment.deployed import Deployed

pytestmark = [pytest.mark.xdist_group("deployment"), pytest.mark.long(900)]


def test_the_image_is_pushed_and_then_run_by_its_tag(deployed: Deployed) -> None:
    image = f"{deployed.outputs['repository_url']}:test-amd64"
    pull, _, build, login, push = deployed.builder.told()
    assert [pull[0], build[0]] == ["pull", "build"]
    assert f"PYTHON=docker.io/library/python@sha256:{1:064d}" in build
    assert build[build.index("--platform") + 1] == "linux/amd64"
    assert build[build.index("--tag") + 1] == image
    assert login == ["login", "--username", "AWS", "--password-stdin", deployed.outputs["repository_url"].split("/")[0]]
    assert push == ["push", image]
    (container,) = deployed.task_definition()["containerDefinitions"]
    assert container["image"] == image


def test_a_second_plan_is_empty(deployed: Deployed) -> None:
    deployed.terraform.run("terraform", "plan", "-detailed-exitcode", "-var", "image_tag=test-amd64")


def test_the_command_line_finds_the_deployment_by_its_env_file(deployed: Deployed) -> None:
    deployed.terraform.run("./env.sh")
    looked = subprocess.run(
        [sys.executable, "-m", "reelsift.cli", "doctor", "--json"],
        cwd=deployed.terraform.folder.parent,
        env=deployed.cloud.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert looked.returncode == 0, looked.stdout + looked.stderr


def test_changed_options_are_deployed_without_building_again(deployed: Deployed) -> None:
    """Scaling policies keep their names for the alarms that act by them, and the service its task definition."""
    built, running = deployed.builder.told(), deployed.task_definition()["taskDefinitionArn"]
    policies = scaling_policies(deployed)
    deployed.terraform.set(backlog_per_task=100, log_retention_days=60, spot_percent=40, tags={"owner": "somebody"})
    assert "First the repository" not in deployed.deploy()
    assert [call for call in deployed.builder.told()[len(built) :] if call[0] not in {"pull", "image"}] == []
    assert deployed.task_definition()["taskDefinitionArn"] == running
    assert scaling_policies(deployed) == policies
    deployed.terraform.run("terraform", "plan", "-detailed-exitcode", "-var", "image_tag=test-amd64")


def scaling_policies(deployed: Deployed) -> dict[str, str]:
    """Their ARNs by name."""
    answer = deployed.client("application-autoscaling").describe_scaling_policies(ServiceNamespace="ecs")
    return {policy["PolicyName"]: policy["PolicyARN"] for policy in answer["ScalingPolicies"]}
