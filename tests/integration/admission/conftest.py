"""Each test has a deployment of its own, in one embedded cloud."""

import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from reelsift.aws.deployment import open_deployment
from reelsift.demo.provision import Provisioner
from reelsift.runtime.clock import Clock, SystemClock
from reelsift.runtime.timings import Timings
from reelsift.settings import load_settings
from rekognition_cloud.process import CloudProcess
from support.books import Books
from support.clocks import QUICK_TIMINGS
from support.enforcement import Enforcement
from support.forks import Forks
from support.site import Site, Sites
from support.world import QUICK


@pytest.fixture(scope="session")
def cloud(forks: Forks) -> Iterator[CloudProcess]:
    with CloudProcess(launch=forks.popen, start_rate=200, get_rate=400, job_seconds=0.2) as process:
        yield process


@pytest.fixture
def sites(cloud: CloudProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Sites]:
    name = f"t{secrets.token_hex(5)}"

    @asynccontextmanager
    async def site(
        *,
        versioned: bool = True,
        timings: Timings = QUICK_TIMINGS,
        clock: Clock = SystemClock(),
        **settings: str,
    ) -> AsyncIterator[Site]:
        aws = {variable: value for variable, value in cloud.env.items() if variable.startswith("AWS_")}
        own = {f"REELSIFT_{setting.upper()}": value for setting, value in settings.items()}
        made = Provisioner(cloud.url, name).provision(versioned=versioned)
        live = {"AWS_REGION": "us-east-1", "REELSIFT_LIVENESS_FILE": str(tmp_path / "alive"), "REELSIFT_QUOTA": "4"}
        for variable, value in {**aws, **made, **QUICK, **live, **own}.items():
            monkeypatch.setenv(variable, value)
        books = Books(cloud, name, made["REELSIFT_ALERTS_TOPIC_ARN"])
        with closing(Enforcement(cloud, made)):
            async with open_deployment(load_settings()) as deployment:
                yield Site(cloud, deployment, books, timings, clock)

    yield site
    cloud.clear_faults()
    cloud.knobs(job_seconds=0.2, quota=20, results_seconds=7 * 86400.0)
