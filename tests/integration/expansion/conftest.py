"""Each test has a cloud and a deployment of its own, and does a worker's steps itself."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing

import pytest

from reelsift.aws.deployment import Deployment, open_deployment
from reelsift.settings import load_settings
from rekognition_cloud.process import CloudProcess
from support.acting import acting
from support.enforcement import Enforcement
from support.forks import Forks

Opened = Callable[..., AbstractAsyncContextManager[Deployment]]
"""Opens the deployment of a test; the arguments are settings."""


@pytest.fixture
def opened(cloud: CloudProcess, forks: Forks, monkeypatch: pytest.MonkeyPatch) -> Opened:
    @asynccontextmanager
    async def opened(**settings: str) -> AsyncIterator[Deployment]:
        aws = {variable: value for variable, value in cloud.env.items() if variable.startswith("AWS_")}
        made = forks.deployed()
        own = {"lines_ahead": "40", "pause_failed_after": "30", **settings}
        named = {f"REELSIFT_{name.upper()}": value for name, value in own.items()}
        for variable, value in {**aws, "AWS_REGION": "us-east-1", **made.settings, **named}.items():
            monkeypatch.setenv(variable, value)
        with closing(Enforcement(cloud, made.settings, made.roles)), acting("task"):
            async with open_deployment(load_settings()) as deployment:
                yield deployment

    return opened
