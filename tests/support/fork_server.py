"""Starts the project's own modules without the second or two that each takes to import what it needs.

A process of its own imports everything once, stays at one thread, and forks for every program that is asked for. The
child is what `python -m MODULE` would be: with environment, arguments, folder and files of its own, and a signal or an
exit code at its end.
"""

import atexit
import gc
import json
import os
import runpy
import signal
import socket
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any, NoReturn

from support import garbage

_LARGEST_REQUEST = 1 << 20
_FILES = 4


class ForkServer:
    """Answers requests, one line of JSON each, until their socket is closed."""

    def __init__(self, door: socket.socket) -> None:
        self._door = door
        self._children: set[int] = set()

    def serve(self) -> Callable[[], None] | None:
        """In a child, the program that it has to run. In the server None, once nobody asks any more."""
        while request := self._received():
            if "wait" in request:
                self._answer(self._exit_code(request["wait"]))
                continue
            child = os.fork()
            if child == 0:
                self._door.close()
                return lambda: run(**request)
            for number in request["files"]:
                os.close(number)
            self._children.add(child)
            self._answer(child)
        for child in list(self._children):
            os.kill(child, signal.SIGKILL)
            self._exit_code(child)
        return None

    def _received(self) -> dict[str, Any]:
        text, files, _, _ = socket.recv_fds(self._door, _LARGEST_REQUEST, _FILES)
        while text and not text.endswith(b"\n"):
            text += self._door.recv(_LARGEST_REQUEST)
        request: dict[str, Any] = json.loads(text or b"{}")
        return request | {"files": files} if files else request

    def _answer(self, number: int) -> None:
        self._door.sendall(b"%d\n" % number)

    def _exit_code(self, child: int) -> int:
        _, status = os.waitpid(child, 0)
        self._children.discard(child)
        return os.waitstatus_to_exitcode(status)


def run(module: str, arguments: list[str], env: dict[str, str], folder: str, files: list[int]) -> None:
    """Be `python -m module arguments`. The fourth of `files` is open for as long as the process lives: its other end
    tells whoever asked for it.
    """
    for number, standard in zip(files, (0, 1, 2), strict=False):
        os.dup2(number, standard)
        os.close(number)
    # The server's own is a device that can be sought in, and knows that of itself: a pipe cannot.
    sys.stdout = os.fdopen(1, "w", buffering=1 if os.isatty(1) else -1, closefd=False)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(folder)
    sys.path[0] = folder
    sys.argv = [module, *arguments]
    if "ENFORCED_ACTOR" in env:
        from support import enforcement

        enforcement.begin_process()
    if not hasattr(sys.modules.get(module), "__path__"):
        # The program begins it anew, though another module has imported it here.
        sys.modules.pop(module, None)
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def preload() -> None:
    """Import, and read, what clouds, workers and the command line need first of all."""
    import typer.main

    from support import botocore_models, command_line
    from support.warm_cloud import warm_up, warm_up_clients

    botocore_models.read_once()
    botocore_models.name_once()
    botocore_models.make_once()
    botocore_models.ask_cheaply()
    command_line.build_once()
    for module in ("reelsift.cli.main", "reelsift.policies", "reelsift.worker.lifecycle"):
        import_module(module)
    from reelsift.cli.main import app
    from reelsift.domain.policy import Policy
    from reelsift.domain.reason_catalogue import ReasonCatalogue

    typer.main.get_command(app)
    Policy.built_in()
    ReasonCatalogue.built_in()
    warm_up()
    warm_up_clients()
    # Late, for moto reads its settings when it is first imported.
    from moto.moto_api._internal import mock_random

    # Two clouds must not draw the same names.
    os.register_at_fork(after_in_child=mock_random.seed)


def end_with(program: Callable[[], None]) -> NoReturn:
    """Run a program in a child, and end there as Python would. All that is left out of an interpreter's end is to take
    down every module, for that would first copy the memory that the child shares with the server.
    """
    try:
        program()
        code = 0
    except SystemExit as ended:
        code = _exit_code(ended)
    except BaseException as error:  # noqa: BLE001  # whatever a program raises, Python tells it last of all
        sys.excepthook(type(error), error, error.__traceback__)
        code = 1 if not isinstance(error, KeyboardInterrupt) else -signal.SIGINT
    python: Any = threading
    python._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


def _exit_code(ended: SystemExit) -> int:
    if ended.code is None or isinstance(ended.code, int):
        return ended.code or 0
    print(ended.code, file=sys.stderr)  # noqa: T201  # as Python does
    return 1


def main() -> None:
    # Ctrl-C in a terminal reaches those who were started from here as well: it is for them.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    preload()
    # The collector would touch, and so copy, whatever it looks at.
    gc.freeze()
    garbage.look_seldom()
    program = ForkServer(socket.socket(fileno=int(sys.argv[1]))).serve()
    if program is not None:
        end_with(program)


if __name__ == "__main__":
    main()
