"""Processes of the project's own modules, started in milliseconds."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from rekognition_cloud.process import CloudProcess
from support.acting import Actor
from support.enforcement import Role
from support.forked_process import ForkedProcess

ANCESTOR = "FORK_SERVERS_ANCESTOR"
"""The variable with the address of a process that forks itself into a server for whoever connects."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """Starts clouds in which a deployment is made already."""

    popen: Callable[..., "subprocess.Popen[Any]"]
    settings: Mapping[str, str]
    """The deployment's, as its provisioner gave them."""
    roles: Mapping[Actor, Role]
    """Whose they are, where policies are to be enforced."""

    def cloud(self, **knobs: float) -> CloudProcess:
        """One of these clouds: `with forks.deployed().cloud() as cloud: …`."""
        return CloudProcess(launch=self.popen, **knobs)


class Forks:
    """A fork server of this process's own: `with Forks() as forks: forks.popen([sys.executable, "-m", …])`.

    It is started when the first process is asked for; what it has started ends with it.
    """

    def __init__(self, first: Path | None = None, ancestor: Path | None = None) -> None:
        """`first` is where modules are looked for before anywhere else; `ancestor` the address of the process to fork
        the server from, if not that of the run.
        """
        self._first = first
        self._ancestor = ancestor or os.environ.get(ANCESTOR)
        self._lock = threading.RLock()
        self._stack = ExitStack()
        self._server: _Server | None = None
        self._deployed: Deployed | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._stack.close()

    def popen(self, command: Sequence[str], **options: Any) -> "subprocess.Popen[Any]":
        """As `subprocess.Popen` with `env`, `stdin`, `stdout`, `stderr` and `text`, where the command is
        `python -m MODULE …` of this very Python.
        """
        with self._lock:
            if self._server is None:
                self._server = self._start()
        return self._server.popen(command, **options)

    def deployed(self) -> Deployed:
        """A process of the fork server's makes a deployment once, and then forks for every cloud that is asked for."""
        with self._lock:
            if self._deployed is None:
                self._deployed = self._deploy()
        return self._deployed

    def _start(self) -> "_Server":
        door = self._shared() or self._own()
        server = self._behind(door)
        # What it has started has ended when it has.
        self._stack.callback(server.wait)
        return server

    def _shared(self) -> socket.socket | None:
        """A server that is forked from what this process was forked from, where there is such a one."""
        if self._ancestor is None or self._first is not None:
            return None
        door = socket.socket(socket.AF_UNIX)
        door.connect(str(self._ancestor))
        return door

    def _own(self) -> socket.socket:
        door, other = socket.socketpair()
        with other:
            server = subprocess.Popen(
                [sys.executable, "-m", "support.fork_server", str(other.fileno())],
                env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, filter(None, [self._first, *sys.path])))},
                pass_fds=[other.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        self._stack.enter_context(server)
        return door

    def _deploy(self) -> Deployed:
        door, other = socket.socketpair()
        with other:
            command = [sys.executable, "-m", "support.deployed_cloud"]
            process = self.popen(command, stdin=other, stdout=subprocess.PIPE, text=True)
        self._stack.callback(process.wait)
        server = self._behind(door)
        assert process.stdout is not None
        with process.stdout:
            made = json.loads(process.stdout.readline())
        return Deployed(server.popen, made["settings"], {who: Role(**role) for who, role in made["roles"].items()})

    def _behind(self, door: socket.socket) -> "_Server":
        self._stack.enter_context(door)
        return _Server(door, self._stack.enter_context(door.makefile("rb")))


class _Server:
    """Who forks, behind a socket."""

    def __init__(self, door: socket.socket, answers: Any) -> None:
        self._door = door
        self._answers = answers
        self._lock = threading.Lock()

    def popen(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        stdin: Any = None,
        stdout: Any = None,
        stderr: Any = None,
        text: bool = False,
    ) -> "subprocess.Popen[Any]":
        python, flag, module, *arguments = command
        assert (python, flag) == (sys.executable, "-m"), command
        request = {
            "module": module,
            "arguments": arguments,
            "env": dict(os.environ if env is None else env),
            "folder": str(Path.cwd()),
        }
        told = output = None
        with ExitStack() as ends:
            # Closed here, the pipe's end is open in the child alone: where it ends, the other end reads so.
            lifeline, end = os.pipe()
            ends.callback(os.close, end)
            files = [_number(given, standard, ends) for standard, given in enumerate((stdin, stdout, stderr))]
            if stdin == subprocess.PIPE:
                files[0], writable = os.pipe()
                ends.callback(os.close, files[0])
                told = os.fdopen(writable, "w" if text else "wb")
            if stdout == subprocess.PIPE:
                readable, files[1] = os.pipe()
                ends.callback(os.close, files[1])
                output = os.fdopen(readable, "r" if text else "rb")
            pid = self._asked(request, [*files, end])
        process = ForkedProcess(command, pid, told, output, lifeline, lambda: self._asked({"wait": pid}))
        return cast("subprocess.Popen[Any]", process)

    def wait(self) -> None:
        """Ask nothing any more, until what was started here has ended, and the server with it."""
        self._door.shutdown(socket.SHUT_WR)
        self._answers.read()

    def _asked(self, request: Mapping[str, Any], files: Sequence[int] = ()) -> int:
        with self._lock:
            socket.send_fds(self._door, [json.dumps(request).encode() + b"\n"], files)
            answer = self._answers.readline()
        if not answer:
            raise RuntimeError("the fork server has ended; its standard error says why")
        return int(answer)


def _number(given: Any, standard: int, ends: ExitStack) -> int:
    """The file descriptor of what stands for one of Popen's three streams."""
    if given is None:
        return standard
    if given in {subprocess.DEVNULL, subprocess.PIPE}:
        number = os.open(os.devnull, os.O_RDWR)
        ends.callback(os.close, number)
        return number
    return int(given.fileno())
