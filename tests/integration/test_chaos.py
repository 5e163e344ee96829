"""Fleets are broken on purpose, in short: `make chaos` does it for longer and with more seeds."""

from pathlib import Path

import pytest

from chaos.regressions import REGRESSIONS, Regression
from chaos.schedule import Schedule
from chaos.stage import play
from support.forks import Forks

pytestmark = pytest.mark.process


@pytest.mark.long(420)
@pytest.mark.parametrize("regression", REGRESSIONS, ids=lambda regression: f"seed {regression.seed}")
def test_a_fleet_keeps_its_promises_whatever_is_done_to_it(
    regression: Regression, forks: Forks, tmp_path: Path
) -> None:
    schedule = Schedule.of(regression.seed, regression.videos)
    verdict = play(schedule, forks.popen, tmp_path / "logs", keep=True)
    assert verdict.violations == [], f"{verdict}\n{schedule}"
    assert verdict.kills + verdict.terminations >= 2
    assert verdict.pauses >= 1
    assert verdict.faults_hit >= 1
