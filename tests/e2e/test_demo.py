"""`reelsift local demo`, run as its user runs it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.patience import PATIENCE_S
from support.world import eventually

pytestmark = pytest.mark.process

DEMO = [sys.executable, "-m", "reelsift.cli", "local", "demo"]


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
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One whole run with its output in a pipe; several tests look at it."""
    folder, temporary = tmp_path_factory.mktemp("caller"), tmp_path_factory.mktemp("temporary")
    (folder / ".env").write_text("REELSIFT_MIN_CONFIDENCE=99\n")
    page = folder / "demo-report.html"
    page.write_text("that of an earlier run")
    with subprocess.Popen(
        [*DEMO, "--page", page.name],
        cwd=folder,
        env=environment(temporary),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    ) as process:
        output, errors = process.communicate(timeout=PATIENCE_S)
    left = list(temporary.iterdir())
    return Run(process.returncode, output, errors, process.pid, left, page)


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
    ("send", "number", "exit_code"),
    [
        pytest.param(os.killpg, signal.SIGINT, 130, id="Ctrl-C in a terminal, which every process gets"),
        pytest.param(os.kill, signal.SIGTERM, 143, id="SIGTERM, which the demo alone gets"),
    ],
)
def test_a_demo_that_is_ended_half_way_ends_what_it_started(
    tmp_path: Path, send: Callable[[int, int], None], number: int, exit_code: int
) -> None:
    with subprocess.Popen(
        DEMO,
        env=environment(tmp_path),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert any("slots in use" in line for line in process.stdout), "the workers never began"
        send(process.pid, number)
        _, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == exit_code, errors
    assert errors == ("error: interrupted\n" if number == signal.SIGINT else "")
    assert list(tmp_path.iterdir()) == []
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
