"""One deployment and one console for all tests of a module."""

from collections.abc import Iterator

import pytest

from support.console_site import ConsoleSite, console_site
from support.forks import Forks
from support.world import World


@pytest.fixture(scope="module")
def site(forks: Forks, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleSite]:
    world = World(tmp_path_factory.mktemp("console"), forks.popen, deployed=forks.deployed())
    # What a test takes back it decided some steps ago: on a busy machine ten seconds may be too few for them.
    world.env["REELSIFT_UNDO_S"] = "600"
    try:
        with console_site(world) as site:
            yield site
    finally:
        world.close()
