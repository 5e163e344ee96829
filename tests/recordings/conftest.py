import pytest

from support import needs


@pytest.fixture(scope="session", autouse=True)
def _recordings() -> None:
    needs.recordings()
