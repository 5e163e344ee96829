from collections.abc import Iterator

import pytest

from integration.rekognition_cloud.account import Aws
from rekognition_cloud.process import CloudProcess
from support.forks import Forks


@pytest.fixture(scope="session")
def shared_cloud(forks: Forks) -> Iterator[CloudProcess]:
    with CloudProcess(launch=forks.popen) as cloud:
        yield cloud


@pytest.fixture(scope="session")
def _shared_aws(shared_cloud: CloudProcess) -> Aws:
    return Aws(shared_cloud)


@pytest.fixture
def aws(_shared_aws: Aws) -> Iterator[Aws]:
    """A cloud in which nothing is throttled and jobs end when a test says so."""
    _shared_aws.cloud.knobs(start_rate=1000, get_rate=1000, job_seconds=600)
    yield _shared_aws
    _shared_aws.cloud.reset()
