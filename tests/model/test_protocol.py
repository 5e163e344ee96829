"""The protocol's model (protocol.pml), checked by spin under all interleavings, and broken on purpose."""

import re
import subprocess
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support import needs

MODEL = Path(__file__).with_name("protocol.pml")
SEVERAL = Path(__file__).with_name("several.pml")

DEPTH = 1_000_000

HEALTHY = {
    "every timeout, redelivery and crash at any moment": ("TASKS=2", "LINES=1"),
    "a job given up, and admitted again": ("TASKS=2", "LINES=1", "GIVE_UPS=1", "RETRIED=2", "IMMORTAL"),
    "a job given up because AWS alone fails over it": ("TASKS=2", "LINES=1", "LET_GOS=1"),
    "the same, and a line that comes later": ("TASKS=2", "LINES=2", "LET_GOS=1", "RETRIED=1", "IMMORTAL"),
    "nobody dies, and no row is left over": ("TASKS=2", "LINES=1", "IMMORTAL"),
}

BROKEN: dict[str, tuple[tuple[str, ...], str]] = {
    "BREAK_LEASE": (("LINES=1",), "slots_and_attempts_agree"),
    "BREAK_DELETE_FIRST": (("LINES=1",), "nothing_lost"),
    "BREAK_FREE_LATE": (("LINES=1",), "all_done_at_rest"),
    "BREAK_READ_FIRST": (("LINES=2",), "all_done_at_rest"),
    "BREAK_TOKEN": (("LINES=1",), "paid_once"),
    "BREAK_HAND_OVER": (("LINES=1",), "slots_and_attempts_agree"),
    "BREAK_NO_SECOND_READ": (("LINES=2",), "outcome_is_the_result"),
    "BREAK_COUNTER": (("LINES=1",), "all_done_at_rest"),
    "BREAK_TAKE_BACK": (("LINES=1",), "paid_once"),
    "BREAK_OUTCOME": (("LINES=1",), "one_outcome_a_line"),
    "BREAK_CLOSE_FIRST": (("LINES=1",), "alert_before_closed"),
    "BREAK_JOB_CONDITION": (("LINES=1", "SLOTS=2", "RETRIED=1"), "slots_and_attempts_agree"),
    "BREAK_BIND": (("LINES=2", "VIDEOS=2", "RETRIED=1", "IMMORTAL"), "slots_and_attempts_agree"),
    "BREAK_START_FIRST": (("LINES=1",), "paid_once"),
    "BREAK_UNASKED": (("LINES=2", "LET_GOS=1", "RETRIED=1", "IMMORTAL"), "paid_once"),
    "BREAK_UNWAIT_FIRST": (("LINES=1",), "nothing_lost"),
    "BREAK_MARK": (("LINES=1", "GIVE_UPS=1"), "nothing_lost"),
    "BREAK_JOIN_MARK": (("LINES=1", "GIVE_UPS=1"), "nothing_lost"),
}

BROKEN_OF_SEVERAL: dict[str, tuple[tuple[str, ...], str]] = {
    "BREAK_READ_ONCE": ((), "nothing_lost"),
    "BREAK_UNWAIT_FIRST": ((), "nothing_lost"),
    "BREAK_UNSURE": (("AGAIN=0",), "nothing_lost"),
    "BREAK_MARK": ((), "nothing_lost"),
    "BREAK_LEAVE": (("JOBS=3", "AGAIN=0", "IMMORTAL"), "all_done_at_rest"),
    "BREAK_FIRST_RESULT": ((), "outcome_is_the_result"),
}


@dataclass(frozen=True)
class Verdict:
    """What spin says of a model: the promise that a trace breaks, if one does, and how much was searched."""

    broken: str | None
    states: int
    complete: bool


def in_every_run(*chosen: str, of: Collection[str]) -> list[Any]:
    """Parameters by their ids: those chosen are for `make test`, the others for `make model` only."""
    assert set(chosen) <= set(of)
    return [pytest.param(name, id=name, marks=() if name in chosen else pytest.mark.thorough) for name in of]


@pytest.fixture(scope="module", autouse=True)
def _tools() -> None:
    needs.model_checker()


def check(folder: Path, *switches: str, cycles: bool = False, model: Path = MODEL) -> Verdict:
    """Search all states of the model with these switches; with `cycles` for a run that never ends, too."""
    subprocess.run(
        ["spin", *(f"-D{switch}" for switch in switches), "-a", str(model)], cwd=folder, check=True, capture_output=True
    )
    kind = "-DNP" if cycles else "-DSAFETY"
    # To optimise these searches takes longer than it saves.
    subprocess.run(
        ["gcc", "-O0", "-w", kind, "-DCOLLAPSE", "-DMEMLIM=2000", "-o", "pan", "pan.c"], cwd=folder, check=True
    )
    command = ["./pan", f"-m{DEPTH}", *(["-l"] if cycles else [])]
    said = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
    assertion = re.search(r"^pan:\d+: (?:assertion violated )?(.+?) \(at depth", said, re.MULTILINE)
    states = re.search(r"^ *(\d+) states, stored", said, re.MULTILINE)
    errors = re.search(r"errors: (\d+)", said)
    assert states is not None, said
    assert errors is not None, said
    cut_short = re.search("not completed|max search depth too small|out of memory|memory limit", said)
    assert (assertion is not None) == (errors[1] != "0"), said
    return Verdict(assertion[1] if assertion else None, int(states[1]), cut_short is None)


@pytest.mark.parametrize("searched", in_every_run("every timeout, redelivery and crash at any moment", of=HEALTHY))
def test_no_interleaving_breaks_a_promise(tmp_path: Path, searched: str) -> None:
    verdict = check(tmp_path, *HEALTHY[searched])
    assert verdict.broken is None
    assert verdict.complete
    assert verdict.states > 1_000


def test_every_run_ends_with_everything_done(tmp_path: Path) -> None:
    """As soon as the troubles are over: neither a cycle, nor an end with anything left to do."""
    verdict = check(tmp_path, "TASKS=2", "LINES=1", "ENDING", "TROUBLES=1", cycles=True)
    assert verdict.broken is None
    assert verdict.complete
    assert verdict.states > 1_000


@pytest.mark.parametrize("rule", in_every_run("BREAK_LEASE", "BREAK_READ_FIRST", of=BROKEN))
def test_a_broken_rule_breaks_a_promise(tmp_path: Path, rule: str) -> None:
    switches, promise = BROKEN[rule]
    assert check(tmp_path, "TASKS=2", rule, *switches).broken == promise


@pytest.mark.parametrize(
    "switches", in_every_run("TASKS=1 JOBS=3", of=["AGAIN=0", "TASKS=1 JOBS=3", "AGAIN=0 IMMORTAL"])
)
def test_a_line_ends_with_the_last_of_its_jobs(tmp_path: Path, switches: str) -> None:
    verdict = check(tmp_path, *switches.split(), model=SEVERAL)
    assert verdict.broken is None
    assert verdict.complete
    assert verdict.states > 1_000


@pytest.mark.parametrize("rule", in_every_run("BREAK_READ_ONCE", of=BROKEN_OF_SEVERAL))
def test_a_broken_rule_about_several_jobs_breaks_a_promise(tmp_path: Path, rule: str) -> None:
    switches, promise = BROKEN_OF_SEVERAL[rule]
    assert check(tmp_path, rule, *switches, model=SEVERAL).broken == promise
