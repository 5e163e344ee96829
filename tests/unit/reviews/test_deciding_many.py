"""A file of decisions: each row once, told by number, and resumed where it was broken off."""

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest

from reelsift.domain.decision import Action
from reelsift.domain.status import Status
from reelsift.domain.video import Video
from reelsift.errors import (
    DecidedMeanwhile,
    DecisionFileChanged,
    NoSuchDecisionFile,
    NotDecisions,
    NothingKnown,
)
from reelsift.manifests.decision_rows import DecisionRow, UnreadableRow
from reelsift.reviews.deciding import Decided
from reelsift.reviews.deciding_many import DecisionFile, RowResult, decide_rows, survey
from reelsift.reviews.target import Target
from support.decisions import ANNA, DecidedVideos


def video(name: str) -> Video:
    return Video("videos", name, f"etag of {name}")


class Run:
    """Carries out files; `died_after` rows the process dies."""

    def __init__(self) -> None:
        self.videos = DecidedVideos()
        self.asked: list[int] = []
        self.died_after = 10**9

    async def find(self, row: DecisionRow) -> Target:
        if row.video.startswith("missing"):
            raise NothingKnown(row.video)
        # One video may go by two names.
        own = video(row.video.removeprefix("also "))
        return Target(own.video_id, own)

    async def decide(self, row: DecisionRow, target: Target, key: str) -> Decided:
        if len(self.asked) >= self.died_after:
            raise ConnectionError("died")
        self.asked.append(row.row)
        made = await self.videos.deciding.decide(target, row.request, ANNA, key=key)
        assert isinstance(made, Decided)
        return made

    async def results(self, file: DecisionFile) -> list[RowResult]:
        async with aclosing(decide_rows(file, self.videos.decisions, self.find, self.decide)) as results:
            return [result async for result in results]


@pytest.fixture
def run() -> Run:
    return Run()


def write(folder: Path, *rows: str) -> DecisionFile:
    path = folder / "decisions.csv"
    path.write_text("video,action,reasons\n" + "".join(f"{row}\n" for row in rows))
    return survey(path)


async def test_each_row_is_answered_in_order_with_what_became_of_it(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path, "a,reject,nudity", "b,reject", "missing,approve", "c,approve", "d,reject,boredom")
    assert (file.rows, file.unreadable, [row.row for row in file.problems]) == (5, 1, [3])
    results = await run.results(file)
    assert [result.row for result in results] == [2, 3, 4, 5, 6]
    assert results[0].decided is not None
    assert results[0].decided.row.status is Status.REJECTED
    assert isinstance(results[1].problem, UnreadableRow)
    assert isinstance(results[2].problem, NothingKnown)
    assert results[3].decided is not None
    assert str(results[4].problem) == "The catalogue has no reason boredom."


async def test_a_file_that_is_run_again_decides_nothing_twice(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path, *(f"v{number},approve" for number in range(250)))
    await run.results(file)
    again = await run.results(survey(file.path))
    assert len(run.asked) == 250
    assert all(result.done is not None for result in again)
    assert {result.done.number for result in again if result.done} == {1}


async def test_a_run_that_was_broken_off_goes_on_where_it_stopped(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path, *(f"v{number},approve" for number in range(250)))
    run.died_after = 120
    with pytest.raises(ConnectionError):
        await run.results(file)
    run.died_after = 10**9
    results = await run.results(file)
    assert sum(result.done is not None for result in results) == 120
    assert len(run.asked) == 250
    for result in results:
        assert result.video is not None
        assert (await run.videos.row(video(result.video))).last_decision == 1


@pytest.mark.parametrize("ending", [ConnectionError, asyncio.CancelledError])
async def test_rows_that_were_done_are_answered_also_where_a_run_ends_early(
    run: Run, tmp_path: Path, ending: type[BaseException]
) -> None:
    file = write(tmp_path, *(f"v{number},approve" for number in range(150)))
    answered: list[RowResult] = []

    async def decide(row: DecisionRow, target: Target, key: str) -> Decided:
        if row.row == 132:
            raise ending
        return await run.decide(row, target, key)

    async def answer() -> None:
        async with aclosing(decide_rows(file, run.videos.decisions, run.find, decide)) as results:
            async for result in results:
                answered.append(result)  # noqa: PERF401 - what came before it ended is looked at

    with pytest.raises(ending):
        await answer()
    assert [result.row for result in answered] == sorted(run.asked)
    assert 100 < len(answered) < 150
    assert all(result.decided is not None for result in answered)


async def test_rows_of_one_video_are_carried_out_in_order_under_whichever_name(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path, "a,approve", "also a,reject,nudity", "b,approve", "a,approve", "also a,reject,hate")
    results = await run.results(file)
    made = [result.decided.decision.number for result in results if isinstance(result.decided, Decided)]
    assert made == [1, 2, 1, 3, 4]
    assert (await run.videos.row(video("a"))).status is Status.REJECTED


async def test_a_row_that_was_refused_is_tried_again_and_no_other(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "decisions.csv"
    path.write_text("video,action,seen_decision\na,approve,1\nb,approve,\n")
    file = survey(path)
    first = await run.results(file)
    assert isinstance(first[0].problem, DecidedMeanwhile)
    await run.videos.decide(Action.APPROVE, video=video("a"))
    again = await run.results(file)
    assert again[0].decided is not None
    assert again[1].done is not None


async def test_another_file_with_the_same_rows_is_another_batch(run: Run, tmp_path: Path) -> None:
    await run.results(write(tmp_path, "a,approve"))
    results = await run.results(write(tmp_path, "a,approve", "b,approve"))
    assert [result.done for result in results] == [None, None]
    assert (await run.videos.row(video("a"))).last_decision == 2


async def test_a_file_that_changes_under_the_reader_is_told(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path, "a,approve")
    file.path.write_text("video,action\nb,approve\n")
    with pytest.raises(DecisionFileChanged):
        await run.results(file)


def test_what_is_no_list_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(NotDecisions):
        survey(tmp_path / "notes.txt")
    with pytest.raises(NoSuchDecisionFile):
        survey(tmp_path / "nothing.csv")
    with pytest.raises(NotDecisions, match="it is a folder"):
        survey(tmp_path)
