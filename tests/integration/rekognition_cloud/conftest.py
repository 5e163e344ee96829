import subprocess
import sys
from collections.abc import Iterator

import pytest

from integration.rekognition_cloud.account import Aws
from rekognition_cloud.process import CloudProcess
from support.forks import Forks

_UNMENDED = """
from rekognition_cloud import patches
patches.patch_moto = lambda: None
from rekognition_cloud.cloud import serve
from rekognition_cloud.knobs import Knobs
serve(0, Knobs(), lambda url: print(url, flush=True))
"""


@pytest.fixture(scope="session")
def shared_cloud(forks: Forks) -> Iterator[CloudProcess]:
    with CloudProcess(launch=forks.popen) as cloud:
        yield cloud


@pytest.fixture(scope="session")
def _shared_aws(shared_cloud: CloudProcess) -> Aws:
    return Aws(shared_cloud)


@pytest.fixture(scope="session")
def unpatched_url() -> Iterator[str]:
    """Moto as it is, in a process of its own."""
    with subprocess.Popen([sys.executable, "-c", _UNMENDED], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield process.stdout.readline().strip()
        process.terminate()


@pytest.fixture
def aws(_shared_aws: Aws) -> Iterator[Aws]:
    """A cloud in which nothing is throttled and jobs end when a test says so."""
    _shared_aws.cloud.knobs(start_rate=1000, get_rate=1000, job_seconds=600)
    yield _shared_aws
    _shared_aws.cloud.reset()
