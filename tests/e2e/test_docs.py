"""The tables of the docs are complete: a code, a state, a metric or a knob that is added has to be explained."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from reelsift.aws.schema import TABLES
from reelsift.domain.failure import Reason
from reelsift.domain.job import JobState
from rekognition_cloud.knobs import Knobs

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "service" / "reelsift"
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
LOCAL = (ROOT / "docs" / "local.md").read_text(encoding="utf-8")

_RECORDED = re.compile(r"metrics\.(?:count|gauge|observe)\(\s*\"(\w+)\"")


def _first_cells(page: str) -> set[str]:
    """What the rows of the page's tables are about; several of one kind share a cell."""
    cells = re.findall(r"^\| ([^|]+) \|", page, re.MULTILINE)
    return {name.strip("` ") for cell in cells for name in cell.split(",")}


def test_every_reason_has_its_row_in_both_pages() -> None:
    assert {str(reason) for reason in Reason} <= _first_cells(ARCHITECTURE) & _first_cells(OPERATIONS)


def test_every_state_of_a_job_has_its_row() -> None:
    assert set(JobState) <= _first_cells(ARCHITECTURE)


def test_every_table_has_its_row() -> None:
    assert set(TABLES) <= _first_cells(ARCHITECTURE)


def test_exactly_the_metrics_that_are_recorded_have_a_row() -> None:
    recorded = {name for file in PACKAGE.rglob("*.py") for name in _RECORDED.findall(file.read_text(encoding="utf-8"))}
    section = ARCHITECTURE.split("## Metrics")[1].split("\n## ")[0]
    assert _first_cells(section) - {"metric", "---"} == recorded


def test_every_knob_of_the_embedded_cloud_is_named() -> None:
    named = set(re.findall(r"`(\w+)`", LOCAL))
    named |= {f"notifications{name}" for name in named if name.startswith("_")}
    assert {knob.name for knob in fields(Knobs)} <= named


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:\w+/)+\w+\.py)`", ARCHITECTURE))))
def test_every_module_named_exists(path: str) -> None:
    assert (PACKAGE / path).exists()
