"""The command line against a cloud of its own, each test with a deployment of its own."""

import asyncio
import os
import secrets
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import boto3
import pytest
from typer.testing import CliRunner, Result

from reelsift.aws.deployment import Deployment, open_deployment
from reelsift.cli.main import app
from reelsift.local.process import CloudProcess
from reelsift.local.provision import Provisioner
from reelsift.settings import load_settings
from support.forks import Forks

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Deployed:
    """A deployment, the command line on it, and the library for what a worker would have written."""

    name: str
    cloud: CloudProcess

    def cli(self, *arguments: str) -> Result:
        return CliRunner().invoke(app, list(arguments))

    def do(self, work: Callable[[Deployment], Awaitable[_Result]]) -> _Result:
        async def session() -> _Result:
            async with open_deployment(load_settings()) as deployment:
                return await work(deployment)

        return asyncio.run(session())

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


@pytest.fixture(scope="session")
def cloud(forks: Forks) -> Iterator[CloudProcess]:
    with CloudProcess(launch=forks.popen) as process:
        yield process


@pytest.fixture
def deployed(cloud: CloudProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Deployed:
    name = f"t{secrets.token_hex(5)}"
    settings = Provisioner(cloud.url, name).provision()
    for variable in [variable for variable in os.environ if variable.startswith(("AWS_", "REELSIFT_"))]:
        monkeypatch.delenv(variable)
    aws = {variable: value for variable, value in cloud.env.items() if variable.startswith("AWS_")}
    for variable, value in {**aws, "AWS_REGION": "us-east-1", **settings, "COLUMNS": "200"}.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.chdir(tmp_path)
    return Deployed(name, cloud)
