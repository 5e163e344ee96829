"""The process from which those of a run with pytest-xdist are forked: test processes, and their fork servers.

Each of them would import the same: pytest, the project, the cloud, the test modules. For twelve processes that was a
minute of processor time. pytest's first process has imported most of it by the time that it is configured. It forks
then, and the fork forks in its turn: one imports the test modules for those who are to run them, the other gets clouds
ready. A run that is itself forked from the first has its processes forked from the same two.
"""

import gc
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import execnet.gateway_io
import pytest
from _pytest.assertion.rewrite import AssertionRewritingHook
from _pytest.pathlib import ImportMode, import_path
from execnet.gateway_base import Popen2IO
from execnet.gateway_io import Popen2IOMaster
from hypothesis.internal.conjecture import providers

from support import fork_server, garbage, thoroughness
from support.fork_server import ForkServer, end_with
from support.forks import ANCESTOR, Forks

_MODULES = ("test_*.py", "conftest.py")

_for_tests: Path | None = None
"""The address of the process that has imported the test modules, in whatever descends from where it began."""


def begin(config: pytest.Config) -> None:
    """In the process that hands tests out, before it has threads. Nothing in others, and where one process does all."""
    global _for_tests  # noqa: PLW0603  # told to those that are forked
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        return
    if (within := descendants()) is not None:
        _fork_test_processes(within)
        config.add_cleanup(within.close)
        return
    folder = Path(mkdtemp(prefix="ancestors-"))
    alive, life = os.pipe()
    for_tests, for_servers = folder / "tests", folder / "servers"
    _for_tests = for_tests
    ancestors = [
        _forked(for_tests, (alive, life), partial(_import_tests, config)),
        _forked(for_servers, (alive, life), fork_server.preload),
    ]
    os.close(alive)
    forks = Forks(ancestor=for_tests)
    os.environ[ANCESTOR] = str(for_servers)
    _fork_test_processes(forks)

    def end() -> None:
        forks.close()
        os.close(life)
        for ancestor in ancestors:
            os.waitpid(ancestor, 0)
        shutil.rmtree(folder)

    config.add_cleanup(end)


def descendants() -> Forks | None:
    """Starts processes that have imported the test modules; None where this one has not been forked from such a one."""
    return Forks(ancestor=_for_tests) if _for_tests is not None else None


def _fork_test_processes(forks: Forks) -> None:
    gateways: Any = execnet.gateway_io
    gateways.Popen2IOMaster = partial(_ForkedGateway, forks)


class _ForkedGateway(Popen2IOMaster):
    """The streams of a test process."""

    def __init__(self, forks: Forks, _command: Any, execmodel: Any) -> None:
        command = [sys.executable, "-m", "support.test_process"]
        self.popen = process = forks.popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        Popen2IO.__init__(self, process.stdin, process.stdout, execmodel=execmodel)


def _forked(address: Path, lifeline: tuple[int, int], prepare: Callable[[], None]) -> int:
    """A process that gets ready, then forks for whoever connects, and ends with the one that it was forked from."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(address))
        listening.listen()
        if child := os.fork():
            return child
        try:
            alive, life = lifeline
            os.close(life)
            # Ctrl-C in a terminal reaches those who were started from here as well: it is for them.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            gc.disable()
            prepare()
            _leave_pytest()
            # The collector would touch, and so copy, whatever it looks at.
            gc.freeze()
            garbage.look_seldom()
            gc.enable()
            end_with(_program(listening, alive))
        except BaseException:  # noqa: BLE001  # nothing may leave by the frames of pytest's own process
            traceback.print_exc(file=sys.__stderr__)
        os._exit(1)


def _leave_pytest() -> None:
    """Programs that are started from here have streams of their own, take warnings as Python does by itself, and look
    for modules in the folder that they are run in.
    """
    sys.stdin, sys.stdout, sys.stderr = sys.__stdin__, sys.__stdout__, sys.__stderr__
    # A terminal is pytest's own, where there is one.
    stdout: Any = sys.stdout
    stdout.reconfigure(line_buffering=False)
    warnings.resetwarnings()
    for ignored in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
        warnings.simplefilter("ignore", ignored)
    warnings.filterwarnings("default", category=DeprecationWarning, module="__main__")
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, AssertionRewritingHook)]
    sys.path.insert(0, "")


def _program(listening: socket.socket, alive: int) -> Callable[[], None]:
    """What a process that was forked has to do."""
    servers = 0
    heard: list[Any] = [listening, alive]
    while listening in select.select(heard, [], [])[0]:
        door, _ = listening.accept()
        with door:
            if os.fork() == 0:
                listening.close()
                return ForkServer(door).serve() or _nothing
        servers += 1
    for _ in range(servers):
        os.wait()
    return _nothing


def _nothing() -> None:
    """Nobody asks any more."""


def _import_tests(config: pytest.Config) -> None:
    """Import the modules that are to be collected, as pytest will. Those that fail are left to it."""
    thoroughness.load_profile_of(config)
    folders = [config.invocation_params.dir / argument.partition("::")[0] for argument in config.args]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for path in dict.fromkeys(found for folder in folders for found in _modules(folder)):
            with suppress(Exception):
                import_path(path, mode=ImportMode.importlib, root=config.rootpath, consider_namespace_packages=False)
    with warnings.catch_warnings():
        # Of work before tests are collected hypothesis warns: here nobody waits for it.
        warnings.simplefilter("ignore")
        # It looks through the source of all modules for values that are worth trying.
        providers._get_local_constants()


def _modules(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    return [path for name in _MODULES for path in place.rglob(name)]
