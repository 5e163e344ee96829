"""A process that is a child of the fork server's."""

import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from multiprocessing.connection import wait
from typing import IO, Any


class ForkedProcess:
    """What `subprocess.Popen` has, as far as it is used."""

    def __init__(
        self,
        command: Sequence[str],
        pid: int,
        stdin: IO[Any] | None,
        stdout: IO[Any] | None,
        lifeline: int,
        exit_code: Callable[[], int],
    ) -> None:
        """`lifeline` is a file descriptor that reads as ended once the process has; `exit_code` asks its parent."""
        self.args = command
        self.pid = pid
        self.stdin = stdin
        self.stdout = stdout
        self.returncode: int | None = None
        self._lifeline = lifeline
        self._exit_code = exit_code

    def poll(self) -> int | None:
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            if not wait([self._lifeline], timeout):
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            self.returncode = self._exit_code()
            os.close(self._lifeline)
        return self.returncode

    def send_signal(self, number: int) -> None:
        # Until its parent has been asked for its exit code, the number is no other process's.
        if self.returncode is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)
