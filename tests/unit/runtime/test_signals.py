"""Ctrl-C: the first one lets a command clean up, the second one ends it at once."""

import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from support.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator

_HUNG_COMMAND = """
import asyncio, threading
from reelsift.runtime.signals import run

async def main():
    try:
        print("ready", flush=True)
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        print("cleaning up", flush=True)
        await asyncio.to_thread(threading.Event().wait)

run(main())
"""

_COMMAND_WHOSE_THREAD_HANGS = """
import asyncio, threading
from reelsift.runtime.signals import run

async def main():
    asyncio.get_running_loop().run_in_executor(None, threading.Event().wait)
    print("ready", flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        print("cleaning up", flush=True)

run(main())
"""

_WORKER_THAT_DRAINS = """
import asyncio
from reelsift.runtime.signals import run, stop_on_signals

async def main():
    stop = asyncio.Event()
    with stop_on_signals(stop):
        print("ready", flush=True)
        await stop.wait()
        print("cleaning up", flush=True)
        await asyncio.Event().wait()

run(main())
"""

_WORKER_WHOSE_LOOP_IS_BLOCKED = """
import asyncio, signal
from reelsift.runtime.signals import run, stop_on_signals

async def main():
    with stop_on_signals(asyncio.Event()):
        first = signal.getsignal(signal.SIGINT)
        print("ready", flush=True)
        while signal.getsignal(signal.SIGINT) is first:
            pass
        print("cleaning up", flush=True)
        while True:
            pass

run(main())
"""

_QUICK_COMMAND = """
import asyncio, signal
from reelsift.runtime.signals import run, stop_on_signals

async def main():
    stop = asyncio.Event()
    with stop_on_signals(stop):
        signal.raise_signal(signal.SIGTERM)
        await stop.wait()
    return 7

before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
assert run(main()) == 7
assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
"""


@contextmanager
def started(program: str) -> "Iterator[subprocess.Popen[str]]":
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.mark.parametrize(
    "program",
    [_HUNG_COMMAND, _COMMAND_WHOSE_THREAD_HANGS, _WORKER_THAT_DRAINS, _WORKER_WHOSE_LOOP_IS_BLOCKED],
    ids=["a command that cleans up", "a command whose thread hangs", "a worker that drains", "a loop that is blocked"],
)
def test_a_second_ctrl_c_ends_it_at_once(program: str) -> None:
    with started(program) as process:
        lines = iter(lambda: line(process), "")
        assert "ready" in lines
        process.send_signal(signal.SIGINT)
        assert "cleaning up" in lines
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 130


def test_without_an_interrupt_everything_is_as_before() -> None:
    answer = subprocess.run([sys.executable, "-c", _QUICK_COMMAND], capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stderr) == (0, "")
