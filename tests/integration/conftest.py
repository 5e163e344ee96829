"""A cloud and a deployment for each test that does in this process what workers do."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from rekognition_cloud.process import CloudProcess
from support.deployed_cloud import DEPLOYMENT
from support.enforcement import Enforcement
from support.forks import Forks


@pytest.fixture
def cloud(forks: Forks) -> Iterator[CloudProcess]:
    """In which a deployment is made already."""
    with forks.deployed().cloud() as process:
        yield process


@pytest.fixture
def name(cloud: CloudProcess, forks: Forks, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The deployment of the cloud, which this process' environment names."""
    aws = {variable: value for variable, value in cloud.env.items() if variable.startswith("AWS_")}
    made = forks.deployed()
    for variable, value in {**aws, "AWS_REGION": "us-east-1", **made.settings}.items():
        monkeypatch.setenv(variable, value)
    with closing(Enforcement(cloud, made.settings, made.roles)):
        yield DEPLOYMENT
