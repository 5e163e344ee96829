"""A forked process is what `python -m` makes of the same module: the tests that use them may believe in it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.forks import Forks
from support.patience import PATIENCE_S

SHOW = """
import json, os, signal, sys, threading, warnings
print(json.dumps({
    "environment": dict(os.environ),
    "folder": os.getcwd(),
    "arguments": sys.argv[1:],
    "path": sys.path[0],
    "main": sys.modules["__main__"].__name__,
    "signals": [str(signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)],
    "errors": [str(warned) for warned in warnings.filters if warned[0] == "error"],
    "threads": threading.active_count(),
    "streams": [os.isatty(number) for number in (0, 1, 2)],
}))
"""


PROGRAM = [sys.executable, "-m", "program"]

START = """
import os, signal, subprocess, sys
signal.signal(signal.SIGTERM, lambda *_: None)
command = [sys.executable, "-m", "program", "one", "--two"]
print("once")
started = subprocess.run(command, env=dict(os.environ) | {"ÄRGER": "São Paulo"}, stdin=subprocess.DEVNULL)
other = subprocess.run(command, cwd="elsewhere", env={"LC_CTYPE": "C.UTF-8"}, capture_output=True, text=True)
print(started.returncode, other, sep="\\n")
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module that `python -m program` runs."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "program.py"


@pytest.fixture(params=["forked", "plain"])
def popen(request: pytest.FixtureRequest, forks: Forks) -> Callable[..., "subprocess.Popen[Any]"]:
    return forks.popen if request.param == "forked" else subprocess.Popen


def output(process: "subprocess.Popen[Any]") -> str:
    assert process.stdout is not None
    with process.stdout:
        text: str = process.stdout.read()
    return text


def test_it_finds_itself_where_a_plain_one_would(forks: Forks, program: Path) -> None:
    program.write_text(SHOW)
    env = {"PATH": os.environ["PATH"], "REELSIFT_QUOTA": "7", "ÄRGER": "São Paulo"}
    shown = []
    for popen in (subprocess.Popen, forks.popen):
        options: dict[str, Any] = {"env": env, "stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "text": True}
        process = popen([*PROGRAM, "one", "--two"], **options)
        shown.append(json.loads(output(process)))
        assert process.wait(PATIENCE_S) == 0
    # Python itself sets this one for the C library, where nobody else has.
    shown[0]["environment"].pop("LC_CTYPE", None)
    assert shown[1] == shown[0]
    assert shown[1]["environment"] == env
    assert shown[1]["folder"] == shown[1]["path"] == str(program.parent)
    assert shown[1]["arguments"] == ["one", "--two"]


def test_what_a_program_starts_finds_itself_where_it_would(forks: Forks, program: Path) -> None:
    elsewhere = program.parent / "elsewhere"
    elsewhere.mkdir()
    for folder in (program.parent, elsewhere):
        (folder / program.name).write_text(SHOW + "sys.exit(3)")
    program.with_name("starter.py").write_text(START)
    # Where nobody else has, Python itself sets this one for the C library.
    env = {"PATH": os.environ["PATH"], "LC_CTYPE": "C.UTF-8"}
    shown = []
    plain, forking = [sys.executable, "-m", "starter"], [sys.executable, "-m", "support.forking", "starter"]
    for popen, command in ((subprocess.Popen, plain), (forks.popen, forking)):
        process = popen(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        shown.append(sorted(output(process).splitlines()))
        assert process.wait(PATIENCE_S) == 0
    assert shown[1] == shown[0]
    code, other, once, itself = shown[1]
    assert (code, once) == ("3", "once")
    assert str(elsewhere) in other
    assert "São Paulo" in json.loads(itself)["environment"].values()


@pytest.mark.parametrize(
    ("code", "exit_code", "said"),
    [
        ("raise SystemExit(3)", 3, ""),
        ("raise SystemExit", 0, ""),
        ("raise SystemExit('a sentence')", 1, "a sentence"),
        ("{}['x']", 1, "KeyError: 'x'"),
        ("import atexit; atexit.register(print, 'the last word')", 0, "the last word"),
        ("import threading, time; threading.Thread(target=lambda: print('the last word')).start()", 0, "the last word"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL, ""),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM, ""),
        ("import os, signal; os.kill(os.getpid(), signal.SIGINT)", -signal.SIGINT, "KeyboardInterrupt"),
    ],
)
def test_it_ends_as_its_program_does(
    code: str, exit_code: int, said: str, popen: Callable[..., "subprocess.Popen[Any]"], program: Path
) -> None:
    program.write_text(code)
    with program.with_suffix(".log").open("w+") as both:
        process = popen(PROGRAM, stdin=subprocess.DEVNULL, stdout=both, stderr=both)
        assert process.wait(PATIENCE_S) == exit_code
        assert process.poll() == exit_code
        both.seek(0)
        assert said in both.read()


def test_it_can_be_stopped_from_outside(popen: Callable[..., "subprocess.Popen[Any]"], program: Path) -> None:
    program.write_text("print('began', flush=True)\nimport time\ntime.sleep(600)")
    for stop, exit_code in (("terminate", -signal.SIGTERM), ("kill", -signal.SIGKILL)):
        process = popen(PROGRAM, stdout=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline() == b"began\n"
        assert process.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.01)
        getattr(process, stop)()
        assert process.wait(PATIENCE_S) == exit_code
        process.terminate()
        process.stdout.close()


def test_it_reads_what_it_is_told(popen: Callable[..., "subprocess.Popen[Any]"], program: Path) -> None:
    program.write_text("print(input())")
    process = popen(PROGRAM, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    with process.stdin:
        process.stdin.write("a sentence\n")
    assert output(process) == "a sentence\n"
    assert process.wait(PATIENCE_S) == 0


def test_what_still_runs_ends_with_the_server(program: Path) -> None:
    program.write_text("import time\ntime.sleep(600)")
    with Forks() as forks:
        process = forks.popen(PROGRAM)
        assert process.poll() is None
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)
