"""Each test has a cloud and a deployment of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from reelsift.aws.deployment import open_deployment
from reelsift.runtime.clock import Clock, SystemClock
from reelsift.runtime.timings import Timings
from reelsift.settings import load_settings
from support.books import Books
from support.clocks import QUICK_TIMINGS
from support.deployed_cloud import BUCKET, DEPLOYMENT
from support.enforcement import Enforcement
from support.forks import Forks
from support.site import Site, Sites
from support.world import QUICK


@pytest.fixture
def sites(forks: Forks, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Sites:
    @asynccontextmanager
    async def site(
        *,
        versioned: bool = True,
        timings: Timings = QUICK_TIMINGS,
        clock: Clock = SystemClock(),
        **settings: str,
    ) -> AsyncIterator[Site]:
        deployed = forks.deployed()
        with deployed.cloud(start_rate=200, get_rate=400, job_seconds=0.2) as cloud:
            aws = {variable: value for variable, value in cloud.env.items() if variable.startswith("AWS_")}
            own = {f"REELSIFT_{setting.upper()}": value for setting, value in settings.items()}
            live = {"AWS_REGION": "us-east-1", "REELSIFT_LIVENESS_FILE": str(tmp_path / "alive"), "REELSIFT_QUOTA": "4"}
            for variable, value in {**aws, **deployed.settings, **QUICK, **live, **own}.items():
                monkeypatch.setenv(variable, value)
            books = Books(cloud, DEPLOYMENT, None)
            if not versioned:
                _without_versions(books)
            with closing(Enforcement(cloud, deployed.settings, deployed.roles)):
                async with open_deployment(load_settings()) as deployment:
                    yield Site(cloud, deployment, books, timings, clock)

    return site


def _without_versions(books: Books) -> None:
    """What has had versions once cannot be without."""
    s3 = books.client("s3")
    s3.delete_bucket(Bucket=BUCKET)
    s3.create_bucket(Bucket=BUCKET)
