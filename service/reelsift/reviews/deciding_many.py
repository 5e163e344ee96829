"""A file of decisions: each row is carried out once, however often the file is run.

The caller's own identity decides, so the process that was asked carries the file out, and no worker does. What was
carried out is known by the file's digest and the row: a run that was broken off goes on where it stopped, if the same
file is given again.
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from reelsift.aws.decisions import Decisions, Keyed
from reelsift.errors import DecisionFileChanged, NoSuchDecisionFile, NotDecisions, ReelsiftError
from reelsift.manifests.decision_rows import DecisionRow, DecisionRows, NoDecisionList, UnreadableRow
from reelsift.reviews.deciding import Decided
from reelsift.reviews.opining import Opined
from reelsift.reviews.reviewer import UnusableName
from reelsift.reviews.target import Target

ROWS_AT_ONCE = 100
"""Rows that are read ahead, and whose keys are looked up together."""

VIDEOS_AT_ONCE = 16

_PIECE_BYTES = 256 * 1024
_PROBLEMS_KEPT = 5

FindRow = Callable[[DecisionRow], Awaitable[Target]]
"""Finds the video that a row names."""

DecideRow = Callable[[DecisionRow, Target, str], Awaitable[Decided | Opined]]
"""Carries out a row on its video, under a key."""


@dataclass(frozen=True, slots=True)
class DecisionFile:
    """A file as it was read before anything of it is carried out: its digest (SHA-256, hexadecimal), its rows, those
    that cannot be read among them, and the first of these.
    """

    path: Path
    digest: str
    rows: int
    unreadable: int
    problems: tuple[UnreadableRow, ...]

    def key(self, row: int) -> str:
        """The name of a row, by which it is carried out once."""
        return f"file:{self.digest}:{row}"


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of a row: `decided` (or taken down as a second opinion), `done` under its key before, or neither;
    then `problem` says why.
    """

    row: int
    video: str | None = None
    decided: Decided | Opined | None = None
    done: Keyed | None = None
    problem: Exception | UnreadableRow | None = None


def survey(path: Path) -> DecisionFile:
    """Reads a file once, and holds a line of it at a time. Raises NoSuchDecisionFile, NotDecisions."""
    digest = hashlib.sha256()
    rows = unreadable = 0
    problems: list[UnreadableRow] = []
    for row in _rows(path, digest.update):
        rows += 1
        if isinstance(row, UnreadableRow):
            unreadable += 1
            if len(problems) < _PROBLEMS_KEPT:
                problems.append(row)
    return DecisionFile(path, digest.hexdigest(), rows, unreadable, tuple(problems))


async def decide_rows(
    file: DecisionFile, decisions: Decisions, find: FindRow, decide: DecideRow
) -> AsyncGenerator[RowResult]:
    """Carries out all rows, and tells what became of each, in order. Rows that name the same video are carried out one
    after the other. Where it is interrupted, or AWS fails, it tells what became of the rows that were done first.

    Raises DecisionFileChanged at the end where the file is not the one that was surveyed: the rows before were carried
    out as they stood there.
    """
    digest = hashlib.sha256()
    rows = _rows(file.path, digest.update)
    while some := list(islice(rows, ROWS_AT_ONCE)):
        results: dict[int, RowResult] = {}
        try:
            await _carry_out(file, some, results, decisions, find, decide)
        finally:
            for row in some:
                if row.row in results:
                    yield results[row.row]
    if digest.hexdigest() != file.digest:
        raise DecisionFileChanged(str(file.path))


async def _carry_out(
    file: DecisionFile,
    rows: Sequence[DecisionRow | UnreadableRow],
    results: dict[int, RowResult],
    decisions: Decisions,
    find: FindRow,
    decide: DecideRow,
) -> None:
    """Adds to `results`, by their rows, what became of each."""
    keys = [file.key(row.row) for row in rows if isinstance(row, DecisionRow)]
    done = await decisions.under_keys(keys)
    open_rows: list[DecisionRow] = []
    for row in rows:
        if isinstance(row, UnreadableRow):
            results[row.row] = RowResult(row.row, problem=row)
        elif (keyed := done.get(file.key(row.row))) is not None:
            results[row.row] = RowResult(row.row, row.video, done=keyed)
        else:
            open_rows.append(row)
    at_once = asyncio.Semaphore(VIDEOS_AT_ONCE)

    async def find_one(row: DecisionRow) -> Target | ReelsiftError:
        async with at_once:
            try:
                return await find(row)
            except ReelsiftError as problem:
                return problem

    # By their ids, and in the order of the file: two rows may name one video by different names.
    of_video: dict[str, list[tuple[DecisionRow, Target]]] = {}
    for row, found in zip(open_rows, await asyncio.gather(*map(find_one, open_rows)), strict=True):
        if isinstance(found, Target):
            of_video.setdefault(found.video_id, []).append((row, found))
        else:
            results[row.row] = RowResult(row.row, row.video, problem=found)
    await _decide_all(file, list(of_video.values()), results, decide, at_once)


async def _decide_all(
    file: DecisionFile,
    of_videos: Sequence[Sequence[tuple[DecisionRow, Target]]],
    results: dict[int, RowResult],
    decide: DecideRow,
    at_once: asyncio.Semaphore,
) -> None:
    """Carries out the rows of each video one after the other. Once AWS fails nothing is begun any more, and what was
    begun is answered before that is raised.
    """
    failures: list[Exception] = []

    async def decide_in_order(own: Sequence[tuple[DecisionRow, Target]]) -> None:
        async with at_once:
            for row, target in own:
                if failures:
                    return
                try:
                    results[row.row] = await _decided(row, decide(row, target, file.key(row.row)))
                except Exception as failure:  # noqa: BLE001 - raised below
                    failures.append(failure)

    await asyncio.gather(*map(decide_in_order, of_videos))
    if failures:
        raise failures[0]


async def _decided(row: DecisionRow, deciding: Awaitable[Decided | Opined]) -> RowResult:
    try:
        return RowResult(row.row, row.video, decided=await deciding)
    except (ReelsiftError, UnusableName) as problem:
        return RowResult(row.row, row.video, problem=problem)


def _rows(path: Path, note: Callable[[bytes], object]) -> Iterator[DecisionRow | UnreadableRow]:
    reader = DecisionRows()
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                note(piece)
                yield from reader.feed(piece)
        yield from reader.close()
    except FileNotFoundError:
        raise NoSuchDecisionFile(str(path)) from None
    except IsADirectoryError:
        raise NotDecisions(str(path), "it is a folder") from None
    except NoDecisionList as error:
        raise NotDecisions(str(path), str(error)) from None
