"""Fleets are broken on purpose, in short: `make chaos` does it for longer and with more seeds."""

from pathlib import Path

import pytest

from chaos.regressions import REGRESSIONS, Regression
from chaos.schedule import Schedule
from chaos.stage import play
from support.forks import Forks

SLACK_S = 15.0
"""The last pass of a re-evaluation waits for so long. Clocks are wrong by more here, as by more than the minute that a
deployment allows for: then it may come too early, for a worker that is paused over a single write at that very moment.
"""

pytestmark = pytest.mark.process


@pytest.mark.long(420)
@pytest.mark.parametrize("regression", REGRESSIONS, ids=lambda regression: f"seed {regression.seed}")
def test_a_fleet_keeps_its_promises_whatever_is_done_to_it(
    regression: Regression, forks: Forks, tmp_path: Path
) -> None:
    schedule = Schedule.of(regression.seed, regression.videos)
    verdict = play(schedule, forks.popen, tmp_path / "logs", keep=True, slack_s=SLACK_S)
    assert verdict.violations == [], f"{verdict}\n{schedule}"
    assert verdict.kills + verdict.terminations >= 2
    assert verdict.pauses >= 1
    assert verdict.faults_hit >= 1
