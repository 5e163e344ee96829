"""One deployment for every test of this folder, made as `make deploy` makes it: two minutes, mostly waits."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from e2e.deployment.builder import Builder
from e2e.deployment.deployed import BIN, Deployed
from e2e.deployment.permissions import allowed
from e2e.deployment.second_run import SecondRun
from e2e.deployment.terraform import Terraform
from integration.rekognition_cloud.account import client_at
from rekognition_cloud.process import CloudProcess
from support.aws_provider import standing_provider
from support.forks import Forks
from support.webhook import Webhook

_REGION = "us-east-1"
_QUOTA = 3
_POLICY = """
content_moderation:
  Explicit: {alert: 90}
"""
_CONSOLE: dict[str, Any] = {
    "url": "https://review.example.com",
    "sealed": True,
    "cognito": {
        "user_pool_arn": f"arn:aws:cognito-idp:{_REGION}:123456789012:userpool/{_REGION}_Abc",
        "client_id": "5abc",
        "domain": "acme",
    },
}
_QUICK = {"receive_wait_s": "2", "intake_wait_s": "1", "slot_poll_s": "0.2", "reconcile_s": "1"}
"""Waits that a test need not sit through; all other settings are the deployment's own."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes the deployment away comes last."""
    items.sort(key=lambda item: item.path == Path(__file__).parent / "test_removal.py")


@pytest.fixture(scope="session")
def deployed(forks: Forks, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """A deployment with a data bucket of its own, and one that was there before and may use EventBridge."""
    folder = tmp_path_factory.mktemp("deployment")
    module = Terraform.copy(folder)
    name = f"rs-{uuid.uuid4().hex[:8]}"
    archive = f"{name}-archive"
    (folder / "policy.yaml").write_text(_POLICY)
    builder = Builder(folder, _REGION)
    knobs: dict[str, Any] = {
        "quota": _QUOTA,
        "job_seconds": 0.5,
        "start_rate": 100,
        "get_rate": 200,
        "event_retry_seconds": 0.1,
    }
    with CloudProcess(launch=forks.popen, **knobs) as cloud, Webhook() as webhook:
        client_at(cloud.url, "s3").create_bucket(Bucket=archive)
        client_at(cloud.url, "s3").create_bucket(Bucket=f"{name}-evidence")
        certificate = client_at(cloud.url, "acm").request_certificate(DomainName="review.example.com")["CertificateArn"]
        anna = client_at(cloud.url, "iam").create_user(UserName=f"{name}-anna")["User"]["Arn"]
        env = cloud.env | {
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "AWS_REGION": _REGION,
            "AUTO_APPROVE": "1",
            "BUILDER": str(builder.path),
            "IMAGE_TAG": "test",
            "BASE_IMAGE": "docker.io/library/python:3.11-slim",
        }
        with standing_provider(module / "deployment", env) as env:
            variables = {
                "deployment": name,
                "existing_data_buckets": [archive],
                "analyse_new_videos": True,
                "eventbridge_buckets": [archive],
                "analyse_inventories": True,
                "policy_file": str(folder / "policy.yaml"),
                "daily_budget": 1000,
                "mail_window_s": 1,
                "decision_archive_days": 1,
                "tag_objects": True,
                "settings": _QUICK,
                "seal_copies": True,
                "specialist_principals": [anna],
                "evidence_buckets": [f"{name}-evidence"],
                "event_queue": True,
                "console": _CONSOLE | {"certificate_arn": certificate},
                "console_cidrs": ["203.0.113.0/24"],
                "webhook": {"url": f"{webhook.url}/reelsift", "rate": 100},
                "webhook_authorisation": {"header": "X-Api-Key", "value": "it's secret"},
            }
            yield Deployed(cloud, Terraform(module, env, variables), builder, webhook)


@pytest.fixture(scope="session")
def again(deployed: Deployed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecondRun]:
    """The tests that run once more, under the policies of the deployment."""
    with SecondRun(tmp_path_factory.mktemp("seen"), allowed(deployed)) as again:
        yield again


@pytest.fixture(scope="session", autouse=True)
def _the_second_run_begins_early(request: pytest.FixtureRequest) -> None:
    """Where its outcome is asked for, it goes on beside all tests of the deployment: nothing else takes as long."""
    if any("again" in getattr(item, "fixturenames", ()) for item in request.session.items):
        request.getfixturevalue("again")
