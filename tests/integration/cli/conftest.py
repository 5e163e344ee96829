"""The command line, each test with a cloud and a deployment of its own."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import boto3
import pytest
from typer.testing import CliRunner, Result

from reelsift.aws.deployment import Deployment, open_deployment
from reelsift.cli.main import app
from reelsift.settings import Settings, load_settings
from rekognition_cloud.process import CloudProcess
from support.acting import acting, who_runs
from support.deployed_cloud import DEPLOYMENT
from support.enforcement import Enforcement
from support.forks import Forks

_Result = TypeVar("_Result")


class Library:
    """The library on the deployment of a test: opened once, and anew where the test has changed a setting."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self._opened: tuple[Settings, Deployment] | None = None

    def do(self, work: Callable[[Deployment], Awaitable[_Result]]) -> _Result:
        async def session() -> _Result:
            return await work(await self._deployment())

        return self._runner.run(session())

    def close(self) -> None:
        self._runner.run(self._stack.aclose())
        self._runner.close()

    async def _deployment(self) -> Deployment:
        settings = load_settings()
        if self._opened is None or self._opened[0] != settings:
            await self._stack.aclose()
            self._opened = settings, await self._stack.enter_async_context(open_deployment(settings))
        return self._opened[1]


@dataclass(frozen=True)
class Deployed:
    """A deployment, the command line on it, and the library for what a worker would have written."""

    name: str
    cloud: CloudProcess
    library: Library

    def cli(self, *arguments: str) -> Result:
        with acting(who_runs(arguments)):
            return CliRunner().invoke(app, list(arguments))

    def do(self, work: Callable[[Deployment], Awaitable[_Result]]) -> _Result:
        return self.library.do(work)

    def client(self, service: str) -> Any:
        return boto3.client(service)  # type: ignore[call-overload]

    @property
    def data_bucket(self) -> str:
        return f"{self.name}-videos"

    @property
    def work_bucket(self) -> str:
        return f"{self.name}-work"

    def put_video(self, key: str, body: bytes = b"video") -> None:
        self.client("s3").put_object(Bucket=self.data_bucket, Key=key, Body=body)

    def work_keys(self) -> list[str]:
        """The keys of everything in the work bucket."""
        answer = self.client("s3").list_objects_v2(Bucket=self.work_bucket)
        return [entry["Key"] for entry in answer.get("Contents", [])]


@pytest.fixture
def deployed(cloud: CloudProcess, forks: Forks, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Deployed]:
    made = forks.deployed()
    for variable in [variable for variable in os.environ if variable.startswith(("AWS_", "REELSIFT_"))]:
        monkeypatch.delenv(variable)
    aws = {variable: value for variable, value in cloud.env.items() if variable.startswith("AWS_")}
    for variable, value in {**aws, "AWS_REGION": "us-east-1", **made.settings, "COLUMNS": "200"}.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.chdir(tmp_path)
    with closing(Enforcement(cloud, made.settings, made.roles)), closing(Library()) as library:
        yield Deployed(DEPLOYMENT, cloud, library)
