"""The tables of the docs are complete: a code, a state, a metric or a knob that is added has to be explained."""

import re
from pathlib import Path

from reelsift.aws.schema import TABLES
from reelsift.domain.failure import Reason
from reelsift.domain.job import JobState
from support.cases import every_case

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "service" / "reelsift"
DOCS = {
    page.relative_to(ROOT / "docs").as_posix(): page.read_text(encoding="utf-8")
    for page in sorted((ROOT / "docs").rglob("*.md"))
}
REASONS = DOCS["reference/reason-codes.md"]
STORAGE = DOCS["reference/storage.md"]
METRICS = DOCS["reference/metrics.md"]
JOBS = DOCS["protocol/jobs.md"]
OPERATIONS = DOCS["operations.md"]

_RECORDED = re.compile(r"metrics\.(?:count|gauge|observe)\(\s*\"(\w+)\"")


def _first_cells(page: str) -> set[str]:
    """What the rows of the page's tables are about; several of one kind share a cell."""
    cells = re.findall(r"^\| ([^|]+) \|", page, re.MULTILINE)
    return {name.strip("` ") for cell in cells for name in cell.split(",")}


def _files_named() -> list[tuple[str, str]]:
    """Each page with the modules and scripts between backticks in it, below the package or from the project's root."""
    return [
        (page, path)
        for page, text in DOCS.items()
        for path in sorted(set(re.findall(r"`((?:[\w.]+/)+[\w.]+\.(?:py|sh|tf|pml))`", text)))
    ]


def test_every_reason_has_its_row_in_both_pages() -> None:
    assert {str(reason) for reason in Reason} <= _first_cells(REASONS) & _first_cells(OPERATIONS)


def test_every_state_of_a_job_has_its_row() -> None:
    assert set(JobState) <= _first_cells(JOBS)


def test_every_table_has_its_row() -> None:
    assert set(TABLES) <= _first_cells(STORAGE)


def test_exactly_the_metrics_that_are_recorded_have_a_row() -> None:
    recorded = {name for file in PACKAGE.rglob("*.py") for name in _RECORDED.findall(file.read_text(encoding="utf-8"))}
    assert _first_cells(METRICS) - {"metric", "---"} == recorded


def test_every_file_named_exists() -> None:
    with every_case() as case:
        for page, path in _files_named():
            with case(f"docs/{page}", path):
                assert (PACKAGE / path).exists() or (ROOT / path).exists()


def test_there_are_files_to_check() -> None:
    assert "architecture.md" in {page for page, _ in _files_named()}
