"""Every test starts without AWS settings of whoever runs it, and without the project's own."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from support.world import World

# A busy machine is slow, not wrong: hypothesis' own time limit would make a flake of it.
settings.register_profile("reelsift", deadline=None)
settings.load_profile("reelsift")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("AWS_", "REELSIFT_")) and name != "REELSIFT_RECORDINGS":
            monkeypatch.delenv(name)


@pytest.fixture
def worlds(tmp_path: Path) -> Iterator[Callable[..., World]]:
    """Makes worlds with knobs of the test's choice, and ends them with it."""
    made: list[World] = []

    def make(**knobs: Any) -> World:
        made.append(World(tmp_path, **knobs))
        return made[-1]

    yield make
    for world in made:
        world.close()
