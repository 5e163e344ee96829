"""The audit of decisions as files: CSV, Parquet, and statements of reasons with their counts."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from reelsift.domain.context import context_text
from reelsift.domain.hold import HoldEntry
from reelsift.domain.opinion import Opinion
from reelsift.domain.statement import (
    STATEMENTS_A_CALL,
    Circumstances,
    Deciding,
    NoStatement,
    PeriodicCounts,
    Source,
    statement,
)
from reelsift.domain.video import Video
from reelsift.errors import FolderHoldsFiles
from reelsift.reporting.output_place import check_file, check_folder
from reelsift.reports.completion_report import csv_text
from reelsift.reports.decision_audit import COLUMNS, DecisionFile, csv_values, decision_row
from reelsift.reports.hold_audit import hold_csv
from reelsift.reports.opinion_audit import opinion_csv
from reelsift.reviews.audit import Audited

ROWS_AT_ONCE = 1_000
"""Decisions that are held before they are written: of the longest notes and contexts some MB."""

BROKEN_NAMED = 20
"""Videos with a broken chain that are named; all are counted."""

COUNTS_FILE = "counts.json"


@dataclass(frozen=True, slots=True)
class Targets:
    """What is to be written, each if it is named: a CSV and a Parquet file, a folder of statements that is empty or not
    there, a CSV of who has held what, and one of second opinions. `print_csv` takes pieces of the first CSV where that
    is no file.
    """

    csv: Path | None = None
    parquet: Path | None = None
    statements: Path | None = None
    print_csv: Callable[[str], object] | None = None
    holds: Path | None = None
    opinions: Path | None = None

    def check(self, *, overwrite: bool) -> None:
        """Raises what `check_file` and `check_folder` do, and FolderHoldsFiles."""
        for file in (self.csv, self.parquet, self.holds, self.opinions):
            if file is not None:
                check_file(file, overwrite=overwrite)
        if self.statements is not None:
            check_folder(self.statements)
            # Statements of another export among these would be sent with them.
            if self.statements.exists() and any(self.statements.iterdir()):
                raise FolderHoldsFiles(str(self.statements))


@dataclass(slots=True)
class Exported:
    """How many decisions and statements were written, and which videos' chains of decisions are not whole."""

    decisions: int = 0
    statements: int = 0
    calls: int = 0
    broken: int = 0
    broken_videos: dict[str, int] = field(default_factory=dict)
    """The first of them, and the number at which each is broken."""
    _last_broken: str = ""

    def count(self, audited: Audited) -> None:
        self.decisions += 1
        video_id = audited.decision.video_id
        if audited.broken_at is None or video_id in self.broken_videos or video_id == self._last_broken:
            return
        self.broken += 1
        self._last_broken = video_id
        if len(self.broken_videos) < BROKEN_NAMED:
            self.broken_videos[video_id] = audited.broken_at


async def export_decisions(
    decisions: AsyncIterator[Audited], targets: Targets, *, programs: Collection[str] = ()
) -> Exported:
    """Write decisions as they come. `programs` are the pseudonyms of deciders that are no people.

    Each file appears once it is whole, the counts last.
    """
    done = Exported()
    with _writers(targets, done, frozenset(programs)) as write:
        page: list[Audited] = []
        async for audited in decisions:
            done.count(audited)
            page.append(audited)
            if len(page) == ROWS_AT_ONCE:
                await asyncio.to_thread(write, page)
                page = []
        await asyncio.to_thread(write, page)
    return done


async def export_holds(entries: AsyncIterator[HoldEntry], target: Path) -> int:
    """Write who has held and released what. The file appears once it is whole. Returns how many turns there were."""
    turns = -1
    with _whole(target) as file:
        assert file is not None  # noqa: S101 -- a path was given
        async for row in hold_csv(entries):
            file.write(row.encode(errors="replace"))
            turns += 1
    return turns


async def export_opinions(opinions: AsyncIterator[tuple[Opinion, Video | None]], target: Path) -> int:
    """Write second opinions as they come. The file appears once it is whole. Returns how many there were."""
    rows = -1
    with _whole(target) as file:
        assert file is not None  # noqa: S101 -- a path was given
        async for row in opinion_csv(opinions):
            file.write(row.encode(errors="replace"))
            rows += 1
    return rows


@contextmanager
def _writers(targets: Targets, done: Exported, programs: frozenset[str]) -> Iterator[Callable[[list[Audited]], None]]:
    """What writes a page to each target."""
    with _whole(targets.csv) as csv_file, _whole(targets.parquet) as parquet_file:
        parquet = DecisionFile() if parquet_file is not None else None
        statements = Statements(targets.statements, programs) if targets.statements is not None else None

        def write_csv(rows: list[list[object]]) -> None:
            text = csv_text(rows)
            if csv_file is not None:
                csv_file.write(text.encode(errors="replace"))
            elif targets.print_csv is not None:
                targets.print_csv(text)

        def write(page: list[Audited]) -> None:
            rows = [_row(audited) for audited in page]
            write_csv([csv_values(row) for row in rows])
            if parquet is not None and parquet_file is not None and rows:
                parquet_file.write(parquet.add(rows))
            if statements is not None:
                for audited in page:
                    statements.add(audited)

        write_csv([list(COLUMNS)])
        yield write
        if parquet is not None and parquet_file is not None:
            parquet_file.write(parquet.close())
        if statements is not None:
            statements.close()
            done.statements, done.calls = statements.counts.written, statements.calls


@contextmanager
def _whole(path: Path | None) -> Iterator[BinaryIO | None]:
    """A file that is there under its name once it is whole."""
    if path is None:
        yield None
        return
    unfinished = path.with_name(f"{path.name}.part")
    try:
        with unfinished.open("wb") as file:
            yield file
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _row(audited: Audited) -> dict[str, Any]:
    row = audited.row
    return decision_row(
        audited.decision,
        None if row is None else row.video,
        None if row is None else context_text(row.context),
        withdrawn=audited.withdrawn,
        broken_at=audited.broken_at,
    )


class Statements:
    """Writes statements as the bodies of calls, and counts them."""

    def __init__(self, folder: Path, programs: frozenset[str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.counts = PeriodicCounts()
        self.calls = 0
        self._folder = folder
        self._programs = programs
        self._waiting: list[dict[str, Any]] = []

    def add(self, audited: Audited) -> None:
        """Make the statement of a decision, if it is owed one."""
        made = statement(audited.decision, self._circumstances(audited))
        self.counts.add(audited.decision, made)
        if isinstance(made, NoStatement):
            return
        self._waiting.append(made)
        if len(self._waiting) == STATEMENTS_A_CALL:
            self._write()

    def close(self) -> None:
        """Write what is left, and the counts."""
        if self._waiting:
            self._write()
        self._put(COUNTS_FILE, self.counts.members())

    def _circumstances(self, audited: Audited) -> Circumstances:
        context = {} if audited.row is None else audited.row.context or {}
        return Circumstances(
            withdrawn=audited.withdrawn,
            sealed=audited.row is not None and audited.row.sealed,
            source=Source.NOTICE if context.get("notice_id") else Source.OWN,
            deciding=Deciding.PROGRAM if audited.decision.by in self._programs else Deciding.PERSON,
        )

    def _write(self) -> None:
        self.calls += 1
        self._put(f"statements-{self.calls:06d}.json", {"statements": self._waiting})
        self._waiting = []

    def _put(self, name: str, document: Any) -> None:
        unfinished = self._folder / f"{name}.part"
        unfinished.write_text(json.dumps(document, indent=1, ensure_ascii=True) + "\n", encoding="ascii")
        unfinished.replace(self._folder / name)
