"""The table of what an idle month costs says what is reckoned."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bench.idle_month import GAUGES, idle_month
from reelsift.aws.hold_switch import HoldSwitch
from reelsift.queries.demand import Demand
from reelsift.runtime.clock import SystemClock
from reelsift.runtime.holds import Holds
from reelsift.runtime.timings import Timings
from reelsift.worker.gauges import Gauges
from support.memory_table import MemoryTable

DEPLOY = Path(__file__).parents[3] / "docs" / "deploy.md"


def told() -> dict[str, str]:
    """The rows of the table, by their names."""
    _, _, table = DEPLOY.read_text(encoding="utf-8").partition("### A month in which nothing happens")
    rows = re.findall(r"^\| \**([^|*]+?)\** \|[^|]*\| \**([^|*]+?)\** \|$", table.partition("###")[0], re.MULTILINE)
    return dict(rows)


@pytest.mark.parametrize("row", sorted(idle_month()))
def test_every_row_of_the_table_is_reckoned(row: str) -> None:
    assert told()[row] == f"{idle_month()[row]:.2f}"


def test_their_sum_is_told() -> None:
    assert told()["together"] == f"about {round(sum(idle_month().values()), 1):g}"


async def test_a_worker_without_work_sends_as_many_gauges_as_are_reckoned() -> None:
    sent: set[str] = set()
    metrics = SimpleNamespace(gauge=lambda name, value: sent.add(name) if value >= 0 else None)
    nothing = Demand(quota=20, held=0, blocked=0, free=20, messages=0, open_jobs={}, unexpanded=0)

    async def measure() -> Demand:
        return nothing

    holds = Holds(HoldSwitch(MemoryTable("batches")), Timings(), SystemClock())
    await Gauges(measure, holds, lambda: False, cast("Any", metrics)).step()
    assert len(sent) == GAUGES
