"""One deployment, one console and one browser for all tests of this folder, on one worker."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from reelsift.console.viewer import Role
from rekognition_cloud.clips import clip
from support.browser import chromium
from support.console_items import Waiting, peak, segment, waiting_in
from support.console_pages import ConsolePages, Window
from support.console_site import ConsoleSite, Person, console_site
from support.forks import Forks
from support.world import World

CLIP = clip(12, seed=5)
"""A real video, of twelve seconds."""


@pytest.fixture(scope="session")
def site(forks: Forks, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleSite]:
    world = World(tmp_path_factory.mktemp("console"), forks.popen, deployed=forks.deployed())
    try:
        with console_site(world) as site:
            yield site
    finally:
        world.close()


@pytest.fixture(scope="session")
def waiting(site: ConsoleSite) -> Iterator[Waiting]:
    with waiting_in(site.world) as waiting:
        yield waiting


@pytest.fixture(scope="package")
def all_pages(site: ConsoleSite) -> Iterator[ConsolePages]:
    # No longer than the package: while playwright is there asyncio takes the main thread for its loop's, and refuses
    # to run another.
    with chromium() as browser:
        yield ConsolePages(site, browser)


@pytest.fixture
def pages(all_pages: ConsolePages) -> Iterator[ConsolePages]:
    """For one test: its windows close with it, and the browser must have complained of nothing."""
    yield all_pages
    said = [line for window in all_pages.open_windows for line in window.said]
    all_pages.close()
    assert said == []


@pytest.fixture
def queue() -> str:
    """A queue that no other test uses: all of them share one deployment."""
    return f"q{uuid.uuid4().hex[:8]}"


@pytest.fixture
def put(waiting: Waiting, queue: str) -> Callable[..., str]:
    """Puts a playable video with two peaks before the reviewers of the test's queue; its key."""

    def put(name: str = "clip", **members: Any) -> str:
        key = f"{queue}/{name}.mp4"
        peaks = members.pop(
            "peaks",
            (
                peak("Weapons", 91.5, "Violence", at_ms=2000),
                peak("Physical Violence", 72.0, "Violence", "Graphic Violence", at_ms=8000),
            ),
        )
        beside = members.pop("beside", [segment("Smoking", 55.0, "Drugs & Tobacco", at_ms=5000)])
        waiting.review(key, *peaks, **({"beside": beside, "queue": queue, "body": CLIP} | members))
        return key

    return put


@pytest.fixture
def person(site: ConsoleSite) -> Callable[..., Person]:
    """Somebody whom no other test knows: a reviewer, unless other roles are named."""
    return lambda name, *roles: site.person(f"{name} {uuid.uuid4().hex[:8]}", *(roles or (Role.REVIEWER,)))


@pytest.fixture
def window(pages: ConsolePages, person: Callable[..., Person], queue: str) -> Window:
    """The start page, as a reviewer of the test's queue has it before them."""
    return pages.reviewer(person("ann"), queue)
