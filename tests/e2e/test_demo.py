"""`reelsift local demo`, run as its user runs it.

One demo of the three starts cold, and all that it starts; the processes of the others are forked.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import chdir
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from support.forks import Forks
from support.patience import PATIENCE_S
from support.world import eventually

pytestmark = pytest.mark.process

DEMO = ("reelsift.cli", "local", "demo")
COLD = [sys.executable, "-m", *DEMO]
FORKED = [sys.executable, "-m", "support.forking", *DEMO]


@dataclass(frozen=True)
class Run:
    exit_code: int
    output: str
    errors: str
    group: int
    left: list[Path]
    page: Path


def environment(temporary: Path) -> dict[str, str]:
    """A caller's environment that would lead anywhere but to the embedded cloud."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "REELSIFT_"))}
    return plain | {
        "TMPDIR": str(temporary),
        "AWS_PROFILE": "of-another-account",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "REELSIFT_DEPLOYMENT": "of-another-account",
        "REELSIFT_QUOTA": "1",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "http_proxy": "http://127.0.0.1:9",
    }


@pytest.fixture(scope="module")
def run(forks: Forks, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One whole run with its output in a file; several tests look at it."""
    folder, temporary = tmp_path_factory.mktemp("caller"), tmp_path_factory.mktemp("temporary")
    output, errors = (tmp_path_factory.mktemp("said") / name for name in ("output", "errors"))
    (folder / ".env").write_text("REELSIFT_MIN_CONFIDENCE=99\n")
    page = folder / "demo-report.html"
    page.write_text("that of an earlier run")
    with chdir(folder), output.open("w") as stdout, errors.open("w") as stderr:
        process = forks.popen(
            [*FORKED, "--page", page.name],
            env=environment(temporary),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
        )
    exit_code = process.wait(PATIENCE_S)
    left = list(temporary.iterdir())
    return Run(exit_code, output.read_text("utf-8"), errors.read_text("utf-8"), process.pid, left, page)


def test_the_demo_succeeds_whatever_the_caller_has_set(run: Run) -> None:
    assert run.exit_code == 0, run.output + run.errors
    assert run.errors == ""


def test_the_page_of_its_report_takes_the_place_of_an_earlier_one(run: Run) -> None:
    assert run.page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_every_promise_was_kept(run: Run) -> None:
    assert "BROKEN" not in run.output
    assert re.findall(r"^kept  (\S.*?)  ", run.output, re.MULTILINE) == [
        "paid once",
        "quota kept",
        "one outcome a line",
        "peaks survive",
        "failures told apart",
        "nothing left over",
    ]
    assert re.search(r"^All as promised, after \d+ s\.$", run.output, re.MULTILINE)
    assert run.output.rstrip().endswith("make console")


def test_the_page_says_what_is_simulated_and_where_labels_come_from(run: Run) -> None:
    assert "Rekognition is simulated" in run.output
    assert "7.0-fictional" in run.output
    assert "7.0-simulated" in run.output


@pytest.mark.parametrize(
    "fact",
    [
        "34 lines for 12 videos: 16 analyses, 8.80 minutes",
        "at most 4 of 4 analyses open at a time",
        "21 of 21 (16 succeeded, 5 failed, 0 skipped)",
        "2 of 2 (2 succeeded, 0 failed, 0 skipped)",
        "(0 succeeded, 5 failed, 16 skipped)",
        "Blood & Gore alerts at 98.5 %",
        "billed          7.00 minutes, 0.70 USD: content moderation",
        "0.90 minutes, 0.09 USD: text detection",
        "9.30 minutes, 0.93 USD: the same manifest once more",
        "$ batch=$(reelsift submit closer.csv --analyses text,segments --yes)",
        "ACT 2",
        "EndCredits",
        "BlackFrames",
        "Subject: reelsift reject: Blood & Gore 98.5 % (+2) in stunts/fight + blood.mp4",
        "$ reelsift show 's3://reelsift-videos/stunts/fight + blood.mp4'",
        ",failed,bad_line",
    ],
)
def test_the_page_holds_the_figures_that_the_cast_leads_to(run: Run, fact: str) -> None:
    assert fact in re.sub(r"\n {10,}", " ", run.output)


@pytest.mark.parametrize("verdict", ["approve", "review", "reject"])
def test_every_verdict_appears(run: Run, verdict: str) -> None:
    assert re.search(rf"^\S+/.* {verdict} .*fictional$", run.output, re.MULTILINE)


@pytest.mark.parametrize("reason", ["unsupported_codec", "object_missing", "bucket_not_allowed", "bad_line"])
def test_bad_input_is_named_with_its_line_and_reason(run: Run, reason: str) -> None:
    assert re.search(rf"^ +\d+  {reason} +\S", run.output, re.MULTILINE)


def test_piped_output_is_plain_text_of_80_columns(run: Run) -> None:
    assert re.findall(r"[^\n\x20-\x7e\u00a0-\uffff]", run.output) == []
    assert [line for line in run.output.splitlines() if line != line.rstrip()] == []
    assert [line for line in run.output.splitlines() if len(line) > 80 and "https://" not in line] == []


def test_nothing_is_left_after_a_run(run: Run) -> None:
    assert run.left == []
    assert_group_ended(run.group)


@pytest.mark.parametrize(
    ("command", "send", "number", "exit_code"),
    [
        pytest.param(COLD, os.killpg, signal.SIGINT, 130, id="Ctrl-C in a terminal, which every process gets"),
        pytest.param(FORKED, os.kill, signal.SIGTERM, 143, id="SIGTERM, which the demo alone gets"),
    ],
)
def test_a_demo_that_is_ended_half_way_ends_what_it_started(
    forks: Forks, tmp_path: Path, command: list[str], send: Callable[[int, int], None], number: int, exit_code: int
) -> None:
    temporary, errors = tmp_path / "temporary", tmp_path / "errors"
    temporary.mkdir()
    popen = forks.popen if command is FORKED else partial(subprocess.Popen, start_new_session=True)
    with errors.open("w") as stderr:
        process = popen(
            command,
            env=environment(temporary),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    assert process.stdout is not None
    with process.stdout as output:
        assert any("slots in use" in line for line in output), "the workers never began"
        send(process.pid, number)
        assert process.wait(PATIENCE_S) == exit_code, errors.read_text()
    assert errors.read_text() == ("error: interrupted\n" if number == signal.SIGINT else "")
    assert list(temporary.iterdir()) == []
    assert_group_ended(process.pid)


def assert_group_ended(group: int) -> None:
    """Nobody who was started by the demo lives on: all are of the process group that was made for it."""

    def ended() -> bool:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        return False

    eventually(ended, "no process left in the demo's group")
