"""`reelsift worker` as a process of its own, for the demo and the tests."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class WorkerProcess:
    """One worker, its log in a file: `with WorkerProcess(env) as worker: …`. SIGTERM at the end."""

    def __init__(
        self,
        env: Mapping[str, str],
        folder: Path | None = None,
        *,
        launch: Callable[..., "subprocess.Popen[Any]"] = subprocess.Popen,
    ) -> None:
        """`env` is the worker's whole environment; log and liveness file go into `folder`; `launch` starts the process,
        and takes what Popen does.
        """
        folder = folder or Path(tempfile.gettempdir())
        handle, name = tempfile.mkstemp(prefix="worker-", suffix=".log", dir=folder)
        os.close(handle)
        self.log = Path(name)
        self.liveness_file = self.log.with_suffix(".alive")
        self._env = dict(env) | {"REELSIFT_LIVENESS_FILE": str(self.liveness_file), "REELSIFT_LOG_FORMAT": "json"}
        self._launch = launch
        self._process: subprocess.Popen[Any] | None = None
        self._terminated = False

    def start(self) -> Self:
        with self.log.open("ab") as log:
            self._process = self._launch(
                [sys.executable, "-m", "reelsift.cli", "worker"],
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        return self

    @property
    def pid(self) -> int:
        return self._running().pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative is the signal that ended it."""
        return self._running().poll()

    def kill(self) -> None:
        """SIGKILL: nothing is released, nothing is finished."""
        self._running().kill()
        self._running().wait()

    def terminate(self) -> None:
        """SIGTERM, as ECS sends it: once."""
        self._terminated = True
        self._running().terminate()

    def signal(self, number: signal.Signals) -> None:
        self._running().send_signal(number)

    def wait(self, seconds: float) -> int:
        """The exit code. Raises subprocess.TimeoutExpired where it does not end in time."""
        return self._running().wait(seconds)

    def stop(self, seconds: float = 30) -> int:
        """SIGTERM, and SIGKILL where that does not end it; returns the exit code."""
        process = self._running()
        if not self._terminated:
            self.terminate()
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _running(self) -> "subprocess.Popen[Any]":
        if self._process is None:
            raise RuntimeError("the worker was not started")
        return self._process
