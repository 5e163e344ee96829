"""Runs a program whose own children are forked from it, where they are Python's modules: `python -m support.forking
MODULE …`.

For what starts others as `reelsift local` does, and is started by a fork server itself: none of them takes the second
or two that the imports cost. It has a session of its own, as from a terminal of its own.
"""

import atexit
import gc
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from support import fork_server

_RESET = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> None:
    os.setsid()
    popen: Any = subprocess
    popen._fork_exec = _forked
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def _forked(*given: Any) -> int:
    """What Popen has C do: fork, and be another program."""
    # What waits there would be said twice.
    sys.stdout.flush()
    return os.fork() or fork_server.end_with(lambda: _be(given))


def _be(given: Sequence[Any]) -> None:
    command, _, _, _, folder, environment, stdin, _, _, stdout, _, stderr, *_ = given
    _, flag, module, *arguments = map(os.fsdecode, command)
    assert flag == "-m", command
    files = _only(stdin, stdout, stderr)
    # What the program before has opened, and was to do at its end, is not this one's.
    gc.freeze()
    atexit._clear()
    for number in _RESET:
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    env = dict(os.environ) if environment is None else _variables(environment)
    fork_server.run(module, arguments, env, str(Path(os.fsdecode(folder or b"")).absolute()), files)


def _variables(environment: Sequence[bytes]) -> dict[str, str]:
    pairs = (os.fsdecode(variable).partition("=") for variable in environment)
    return {name: value for name, _, value in pairs}


def _only(*given: int) -> list[int]:
    """Closes every other file, the end of Popen's pipe that tells of failure among them. Popen says -1 for a stream
    that is to stay.
    """
    streams = [standard if number == -1 else number for standard, number in enumerate(given)]
    for standard, number in enumerate([os.dup(number) for number in streams]):
        os.dup2(number, standard)
    os.closerange(len(streams), os.sysconf("SC_OPEN_MAX"))
    return [os.dup(standard) for standard in range(len(streams))]


if __name__ == "__main__":
    main()
