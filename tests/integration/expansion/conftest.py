"""Each test has a deployment of its own, in one embedded cloud, and does a worker's steps itself."""

import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing

import pytest

from reelsift.aws.deployment import Deployment, open_deployment
from reelsift.demo.provision import Provisioner
from reelsift.settings import load_settings
from rekognition_cloud.process import CloudProcess
from support.acting import acting
from support.enforcement import Enforcement
from support.forks import Forks

Opened = Callable[..., AbstractAsyncContextManager[Deployment]]
"""Opens the deployment of a test; the arguments are settings."""


@pytest.fixture(scope="session")
def cloud(forks: Forks) -> Iterator[CloudProcess]:
    with CloudProcess(launch=forks.popen) as process:
        yield process


@pytest.fixture
def opened(cloud: CloudProcess, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opened]:
    @asynccontextmanager
    async def opened(**settings: str) -> AsyncIterator[Deployment]:
        aws = {variable: value for variable, value in cloud.env.items() if variable.startswith("AWS_")}
        made = Provisioner(cloud.url, f"t{secrets.token_hex(5)}").provision()
        own = {"lines_ahead": "40", "pause_failed_after": "30", **settings}
        named = {f"REELSIFT_{name.upper()}": value for name, value in own.items()}
        for variable, value in {**aws, "AWS_REGION": "us-east-1", **made, **named}.items():
            monkeypatch.setenv(variable, value)
        with closing(Enforcement(cloud, made)), acting("task"):
            async with open_deployment(load_settings()) as deployment:
                yield deployment

    yield opened
    cloud.clear_faults()
