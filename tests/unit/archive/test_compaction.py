"""The upkeep of the copy: parts become one, nothing is lost or there twice, whoever dies; who is forgotten leaves."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelsift.archive import compaction
from reelsift.archive.compaction import CopyKeeper
from reelsift.archive.part import FOLDER, open_part
from reelsift.aws.copy_upkeep import CopyUpkeeps
from reelsift.aws.forgotten import ForgottenVideos
from reelsift.aws.open_index import OpenIndex
from reelsift.domain.analysis import Analysis
from reelsift.runtime.timings import Timings
from support.archive import Archive, seen
from support.clocks import SetClock
from support.memory_table import MemoryTable
from support.thoroughness import examples

MODERATION = Analysis.CONTENT_MODERATION
MONTH = f"{FOLDER}2026-11"


class Killed(BaseException):
    """The process is gone."""


class Copy:
    """A copy with a keeper, of which each step can be the last."""

    def __init__(self) -> None:
        self.archive = Archive()
        self.work = self.archive.work
        self.clock = SetClock()
        self.table = MemoryTable("batches")
        self.upkeeps = CopyUpkeeps(self.table)
        self.forgotten = ForgottenVideos(self.table, OpenIndex(self.table))

    def keeper(self, stop: asyncio.Event | None = None) -> CopyKeeper:
        return CopyKeeper(
            work=self.work,
            upkeeps=self.upkeeps,
            stop=stop or asyncio.Event(),
            timings=Timings(report_step_s=60),
            clock=self.clock,
        )

    async def keep(self) -> None:
        """Look after the copy, which is due."""
        self.clock.move(3_601)
        await self.keeper().step()

    async def parts(self, videos: list[list[int]], month: str = "2026-11") -> None:
        """A part for each list of videos; each video has two segments."""
        for number, of_part in enumerate(videos):
            for video in of_part:
                if video not in self.archive.videos:
                    labels = ["Violence", "Weapons"] if video % 3 else []
                    await self.archive.judged(video, {MODERATION: [seen(MODERATION, each, 90.0) for each in labels]})
            self.archive.put_part(f"{month}/p{number:03d}", [(video, MODERATION) for video in of_part])

    @property
    def keys(self) -> list[str]:
        return sorted(key for key in self.work.objects if key.startswith(FOLDER))

    def rows(self) -> Counter[tuple[str, int, str | None]]:
        """How often each row is there."""
        return Counter(
            (row["video_id"], row["number"], row["label"])
            for key in self.keys
            for row in open_part(BytesIO(self.work.objects[key])).read().to_pylist()
        )


@pytest.fixture
def copy() -> Copy:
    return Copy()


async def test_sixteen_small_parts_become_one_and_fewer_stay(copy: Copy) -> None:
    await copy.parts([[number] for number in range(15)])
    before = copy.rows()
    await copy.keep()
    assert len(copy.keys) == 15
    await copy.parts([[number] for number in range(16)])
    await copy.keep()
    assert len(copy.keys) == 1
    assert copy.rows() == before + Counter({(copy.archive.video(15).video_id, 0, None): 1})


async def test_parts_of_two_months_stay_apart(copy: Copy) -> None:
    await copy.parts([[number] for number in range(8)], "2026-10")
    await copy.parts([[number] for number in range(8, 16)], "2026-11")
    await copy.keep()
    assert len(copy.keys) == 16


async def test_an_answer_that_several_parts_have_is_kept_once(copy: Copy) -> None:
    await copy.parts([[number, number + 1, 40] for number in range(16)])
    await copy.keep()
    assert set(copy.rows().values()) == {1}
    assert len({video_id for video_id, _, _ in copy.rows()}) == 18


async def test_long_parts_stay_as_they_are(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "SIZES", (10, 100))
    await copy.parts([[number] for number in range(16)])
    before = copy.keys
    await copy.keep()
    assert copy.keys == before


async def test_nothing_is_done_before_it_is_due_or_while_another_is_at_it(copy: Copy) -> None:
    await copy.keep()
    await copy.parts([[number] for number in range(16)])
    await copy.keeper().step()
    assert len(copy.keys) == 16
    await copy.keep()
    assert len(copy.keys) == 1


def kill_at(copy: Copy, monkeypatch: pytest.MonkeyPatch, deadly: int) -> Callable[[], int]:
    """Have the process die before its write number `deadly` (from 1); returns how many writes were made."""
    made = 0

    def dying(name: str, of: Any) -> None:
        real = getattr(of, name)

        async def write(*arguments: Any, **named: Any) -> Any:
            nonlocal made
            made += 1
            if made == deadly:
                raise Killed
            return await real(*arguments, **named)

        monkeypatch.setattr(of, name, write)

    dying("delete", copy.work)
    dying("update", copy.table)
    dying("delete", copy.table)
    return lambda: made


@pytest.mark.parametrize("deadly", range(1, 26))
async def test_a_keeper_that_dies_at_any_write_loses_nothing_and_the_next_ends_it(
    copy: Copy, monkeypatch: pytest.MonkeyPatch, deadly: int
) -> None:
    await copy.parts([[number, 40] for number in range(16)])
    await copy.forgotten.note(copy.archive.video(3).video_id, now_ms=copy.clock.now_ms())
    before = set(copy.rows())
    with monkeypatch.context() as killing:
        kill_at(copy, killing, deadly)
        copy.clock.move(3_601)
        keeper = copy.keeper()
        with suppress(Killed):
            await keeper.step()
    forgotten = {row for row in before if row[0] == copy.archive.video(3).video_id}
    assert before - forgotten <= set(copy.rows())
    await copy.keep()
    await copy.keep()
    assert set(copy.rows()) == before - forgotten
    assert len(copy.keys) == 1
    assert set(copy.rows().values()) == {1}


async def test_who_was_forgotten_leaves_after_an_hour(copy: Copy) -> None:
    await copy.parts([[1, 2], [3], [4, 1]])
    await copy.forgotten.note(copy.archive.video(1).video_id, now_ms=copy.clock.now_ms())
    await copy.keeper().step()
    assert copy.archive.video(1).video_id in {row[0] for row in copy.rows()}
    await copy.keep()
    left = {row[0] for row in copy.rows()}
    assert left == {copy.archive.video(number).video_id for number in (2, 3, 4)}
    assert f"{MONTH}/p001.parquet" in copy.keys
    assert await copy.upkeeps.gone(copy.clock.now_ms()) == {}


async def test_who_is_forgotten_again_meanwhile_stays_noted(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    await copy.parts([[1, 2]])
    video_id = copy.archive.video(1).video_id
    await copy.forgotten.note(video_id, now_ms=copy.clock.now_ms())
    erased = copy.upkeeps.erased

    async def noted_again(gone: dict[str, int]) -> None:
        await copy.forgotten.note(video_id, now_ms=copy.clock.now_ms())
        await erased(gone)

    monkeypatch.setattr(copy.upkeeps, "erased", noted_again)
    await copy.keep()
    assert set(await copy.upkeeps.gone(copy.clock.now_ms())) == {video_id}


async def test_a_part_that_cannot_be_read_stays_until_somebody_is_to_be_forgotten(copy: Copy) -> None:
    await copy.parts([[number] for number in range(16)])
    copy.work.objects[f"{MONTH}/damaged.parquet"] = b"damaged"
    await copy.keep()
    # It is one of sixteen: the last of the others waits for more.
    assert len(copy.keys) == 3
    assert f"{MONTH}/damaged.parquet" in copy.keys
    await copy.forgotten.note(copy.archive.video(3).video_id, now_ms=copy.clock.now_ms())
    await copy.keep()
    assert f"{MONTH}/damaged.parquet" not in copy.keys


async def test_a_keeper_that_slept_through_its_lease_writes_nothing(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    await copy.parts([[number] for number in range(16)])
    before = copy.keys
    pieces = copy.work.pieces
    slept = False

    async def sleeping(key: str) -> AsyncIterator[bytes]:
        nonlocal slept
        if not slept:
            slept = True
            copy.clock.move(10_000)
            # Another one begins, and is still at it.
            await copy.upkeeps.change(await copy.upkeeps.get(), due_at_ms=copy.clock.now_ms() + 60_000)
        async for piece in pieces(key):
            yield piece

    monkeypatch.setattr(copy.work, "pieces", sleeping)
    await copy.keep()
    assert slept
    assert copy.keys == before


async def test_a_stopping_worker_leaves_off_and_another_may_go_on_at_once(copy: Copy) -> None:
    await copy.parts([[number] for number in range(16)])
    stop = asyncio.Event()
    stop.set()
    await copy.keeper(stop).step()
    assert len(copy.keys) == 16
    await copy.keeper().step()
    assert len(copy.keys) == 1


@settings(max_examples=examples(12), deadline=None)
@given(st.lists(st.lists(st.integers(0, 12), max_size=4, unique=True), max_size=40), st.sets(st.integers(0, 12)))
async def test_whatever_the_parts_have_is_there_once_and_who_is_forgotten_is_not(
    videos: list[list[int]], gone: set[int]
) -> None:
    copy = Copy()
    await copy.parts(videos)
    before = set(copy.rows())
    for video in gone:
        await copy.forgotten.note(copy.archive.video(video).video_id, now_ms=copy.clock.now_ms())
    for _ in range(2):
        await copy.keep()
    ids = {copy.archive.video(video).video_id for video in gone}
    assert set(copy.rows()) == {row for row in before if row[0] not in ids}
    assert len(copy.keys) <= max(len(videos) % 16 + 16, 16)
