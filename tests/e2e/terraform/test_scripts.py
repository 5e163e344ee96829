"""What the scripts behind `make deploy`, `env` and `destroy` say where there is nothing, or something wrong."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.deployment.deployed import BIN
from e2e.deployment.terraform import Terraform
from integration.rekognition_cloud.account import client_at
from rekognition_cloud.process import CloudProcess
from support.aws_provider import standing_provider
from support.forks import Forks

pytestmark = [pytest.mark.xdist_group("terraform-module"), pytest.mark.long(300)]


@pytest.fixture(scope="module")
def nothing_yet(forks: Forks, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terraform]:
    """An account with one bucket, which lies in another region, and no deployment."""
    module = Terraform.copy(tmp_path_factory.mktemp("scripts"))
    with CloudProcess(launch=forks.popen) as cloud:
        client_at(cloud.url, "s3").create_bucket(
            Bucket="far-away", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        env = cloud.env | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "AWS_REGION": "us-east-1"}
        with standing_provider(module / "deployment", env) as env:
            yield Terraform(module, env, {"existing_data_buckets": ["far-away"]})


def dotenv(terraform: Terraform) -> Path:
    return terraform.folder.parent / ".env"


def test_without_a_deployment_nothing_is_written(nothing_yet: Terraform) -> None:
    assert "make deploy comes first" in nothing_yet.run("./env.sh", expected=1)
    assert not dotenv(nothing_yet).exists()


def test_a_dotenv_of_somebody_elses_making_is_left_alone(nothing_yet: Terraform) -> None:
    dotenv(nothing_yet).write_text("SECRET=1\n")
    try:
        assert "not written by make env" in nothing_yet.run("./env.sh", expected=1)
        assert dotenv(nothing_yet).read_text() == "SECRET=1\n"
    finally:
        dotenv(nothing_yet).unlink()


def test_without_a_deployment_there_is_nothing_to_destroy(nothing_yet: Terraform) -> None:
    assert "There is nothing to destroy" in nothing_yet.run("./destroy.sh", expected=1, CONFIRM="reelsift")


def test_a_bucket_of_another_region_is_refused_before_anything_is_made(nothing_yet: Terraform) -> None:
    refused = nothing_yet.run("./deploy.sh", expected=1, IMAGE="registry.example/reelsift:1", AUTO_APPROVE="1")
    assert "wrong_region: bucket far-away lies in eu-west-1, this deployment in us-east-1" in refused
    assert nothing_yet.run("terraform", "state", "list", expected=1).startswith("No state file was found")


def test_a_region_without_rekognition_is_refused_before_anything_is_made(nothing_yet: Terraform) -> None:
    refused = nothing_yet.run(
        "./deploy.sh",
        expected=1,
        IMAGE="registry.example/reelsift:1",
        AUTO_APPROVE="1",
        AWS_ENDPOINT_URL_REKOGNITION="https://rekognition.us-east-1.invalid",
    )
    assert "Rekognition does not answer in us-east-1" in refused
    assert nothing_yet.run("terraform", "state", "list", expected=1).startswith("No state file was found")
