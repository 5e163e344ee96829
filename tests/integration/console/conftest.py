"""One deployment and one console for all tests of a module."""

from collections.abc import Iterator

import pytest

from support.console_site import ConsoleSite, console_site
from support.forks import Forks
from support.world import World


@pytest.fixture(scope="module")
def site(forks: Forks, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleSite]:
    world = World(tmp_path_factory.mktemp("console"), forks.popen, deployed=forks.deployed())
    try:
        with console_site(world) as site:
            yield site
    finally:
        world.close()
