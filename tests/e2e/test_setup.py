"""`make setup`: what is half-made, or another Python's, is made anew; what pip says is shown where it fails."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from support.eventually import eventually

SCRIPT = Path(__file__).parents[2] / ".ci" / "environment.py"
COMMAND = [sys.executable, str(SCRIPT), "env"]


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    (tmp_path / "requirements.lock").write_text("")
    return tmp_path / "requirements.lock"


def make(lock: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*COMMAND, lock.name], cwd=lock.parent, check=False, capture_output=True, text=True)


def test_an_environment_is_made_once_and_anew_where_it_does_not_fit_or_is_half_made(lock: Path) -> None:
    folder = lock.parent / "env"
    python, trace, stamp = folder / "bin" / "python", folder / "trace", folder / ".installed"
    python.parent.mkdir(parents=True)
    python.touch()
    trace.touch()
    stamp.write_text(json.dumps({"python": "3.99", "place": str(folder)}))
    command = [*COMMAND, lock.name]
    with subprocess.Popen(command, cwd=lock.parent, stdout=subprocess.DEVNULL, start_new_session=True) as begun:
        eventually(lambda: not trace.exists(), "another Python's environment is taken away")
        os.killpg(begun.pid, signal.SIGKILL)

    python.parent.mkdir(parents=True, exist_ok=True)
    python.touch()
    trace.touch()
    made = make(lock)
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("Setting up env: up to 0 packages of requirements.lock\nenv is ready: ")
    assert not trace.exists()
    assert (make(lock).stdout, make(lock).stderr) == ("", "")

    trace.touch()
    lock.write_text("# Another lock\n")
    assert "env is ready" in make(lock).stdout
    assert trace.exists()

    lock.write_text(f"nothing==1 --hash=sha256:{'0' * 64}\n--no-index\n")
    failed = make(lock)
    assert failed.returncode == 1
    assert "No matching distribution found for nothing==1" in failed.stderr
    assert failed.stderr.endswith("The environment could not be made; env/setup.log has all that pip said.\n")
    # So it is as the half-made one was.
    assert not stamp.exists()
