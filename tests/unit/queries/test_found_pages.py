"""Pages of what is found: together they have what `find` finds, and each reads a bounded number of rows."""

from typing import Any

import pytest

from integration.cli.rows import analysed, job, make_batch, outcome, segment
from reelsift.aws.deployment import Deployment
from reelsift.domain.policy import Verdict
from reelsift.domain.status import Status
from reelsift.domain.video import Video
from reelsift.queries import findings, found_pages
from reelsift.queries.findings import Query, find
from reelsift.queries.found_pages import UnusablePlace, find_page
from support.memory_worker import MemoryWorker


@pytest.fixture
async def deployment(monkeypatch: pytest.MonkeyPatch) -> Deployment:
    monkeypatch.setattr(findings, "PAGE", 3)
    monkeypatch.setattr(found_pages, "PAGE", 3)
    monkeypatch.setattr(found_pages, "LOOKED_AT", 6)
    deployment = MemoryWorker().deployment
    for number in range(20):
        video = Video("videos", f"{number}.mp4", f"e{number}")
        # Every second one is as sure as the one before.
        found = [segment("Explicit Nudity", 90.0 + number // 2 / 10, 1_000)]
        await analysed(deployment, job(video, result_key=f"results/{number}.json"), found, Verdict.REVIEW)
    return deployment


async def _pages(deployment: Deployment, query: Query) -> tuple[list[str], int]:
    """What all pages have, in their order, and how many there were."""
    found: list[str] = []
    after: Any = None
    pages = 0
    while pages == 0 or after is not None:
        page = await find_page(deployment, query, after)
        assert page.looked_at < 6 + 3
        found += [each.video for each in page.found]
        after, pages = page.after, pages + 1
    return found, pages


@pytest.mark.parametrize(
    "query",
    [
        Query(label="Explicit Nudity", min_confidence=90.2),
        Query(verdict=Verdict.REVIEW),
        Query(status=Status.IN_REVIEW),
    ],
    ids=["label", "verdict", "status"],
)
async def test_pages_have_what_is_found_at_once(deployment: Deployment, query: Query) -> None:
    at_once = [each.video async for each in find(deployment, query)]
    found, pages = await _pages(deployment, query)
    assert sorted(found) == sorted(at_once)
    assert len(set(found)) == len(found)
    assert len(found) > 12
    assert pages > 3


async def test_pages_have_the_most_confident_first(deployment: Deployment) -> None:
    found, _ = await _pages(deployment, Query(label="Explicit Nudity"))
    numbers = [int(video.removeprefix("s3://videos/").removesuffix(".mp4")) // 2 for video in found]
    assert numbers == sorted(numbers, reverse=True)


async def test_pages_of_a_batch_have_what_is_flagged_and_go_on_where_they_ended(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(found_pages, "OUTCOMES_LOOKED_AT", 6)
    keys = [f"{number}.mp4" for number in range(1, 15)]
    await make_batch(deployment, "b", keys, chunk_lines=4)
    for row in range(1, 15):
        verdict = "reject" if row % 3 == 0 else "approve"
        await deployment.outcomes.record([outcome("b", row, chunk_lines=4, video_id=f"{row:032x}", verdict=verdict)])
    found, pages = await _pages(deployment, Query(flagged=True, batch_id="b"))
    assert sorted(found) == sorted(f"s3://videos/{row}.mp4" for row in (3, 6, 9, 12))
    assert pages > 1


async def test_a_page_that_finds_nothing_is_followed_by_another(deployment: Deployment) -> None:
    query = Query(label="Explicit Nudity", status=Status.FAILED)
    page = await find_page(deployment, query)
    assert (list(page.found), page.looked_at) == ([], 6)
    assert page.after is not None
    assert (await _pages(deployment, query))[0] == []


@pytest.mark.parametrize("place", [{"x": 1}, {"0": None}, {"99": [1, "a"]}], ids=["word", "nothing", "far"])
async def test_a_place_that_no_page_has_ended_at_is_refused(deployment: Deployment, place: Any) -> None:
    with pytest.raises(UnusablePlace):
        await find_page(deployment, Query(label="Explicit Nudity"), place)
