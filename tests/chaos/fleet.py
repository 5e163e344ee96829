"""A fleet that keeps its size, whatever is done to its workers."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reelsift.demo.worker_process import WorkerProcess

DRAIN_MARGIN_S = 20
"""Within its drain time and this a worker must have ended after SIGTERM: on a busy machine it is slow to hear it."""

_CANNOT_BEGIN = "error: AWS cannot be asked"

Launch = Callable[..., "subprocess.Popen[Any]"]


def short_worker(launch: Launch, *, wrong_by_s: float = 0.0, slack_s: float, silent_s: float | None = None) -> Launch:
    """Starts, in place of a worker, one whose waits are short and whose clock is wrong by so much. `slack_s` is by how
    much clocks may disagree, `silent_s` by how much reports may be late: as much, unless given.
    """
    numbers = [str(each) for each in (wrong_by_s, slack_s, slack_s if silent_s is None else silent_s)]

    def instead(_command: list[str], **options: Any) -> "subprocess.Popen[Any]":
        return launch([sys.executable, "-m", "chaos.worker", *numbers], **options)

    return instead


@dataclass
class Member:
    """A place in the fleet, and the worker in it."""

    worker: WorkerProcess
    skew_s: float = 0.0
    paused: bool = False


def _is_trace(line: str) -> bool:
    """Whether a line of a log is no log entry at all, or has an exception in it."""
    if line.startswith(_CANNOT_BEGIN):
        return False
    try:
        entry = json.loads(line)
    except ValueError:
        return bool(line.strip())
    return "exception" in entry


class Fleet:
    """Workers by their place, from 0. A worker that ends is replaced in its place."""

    def __init__(self, env: Mapping[str, str], folder: Path, launch: Launch, size: int, *, slack_s: float) -> None:
        """`slack_s` is by how much their clocks may disagree."""
        self._slack_s = slack_s
        self._env = env
        self._folder = folder
        self._launch = launch
        self._leaving: list[WorkerProcess] = []
        self.complaints: list[str] = []
        """What a worker did that no worker should do."""
        self.kills = self.terminations = self.pauses = self.not_begun = 0
        self._members = [Member(self._start()) for _ in range(size)]

    def kill(self, place: int) -> None:
        """SIGKILL, also of one that is paused."""
        self._members[place].worker.kill()
        self.kills += 1
        self._members[place] = Member(self._start())

    def terminate(self, place: int) -> None:
        """SIGTERM; its successor starts while it drains, as in a deployment."""
        self._leave(place)
        self.terminations += 1
        self._members[place] = Member(self._start())

    def skew(self, place: int, seconds: float) -> None:
        """A worker whose clock is wrong takes the place."""
        self._leave(place)
        self._members[place] = Member(self._start(seconds), seconds)

    def pause(self, place: int) -> WorkerProcess | None:
        """SIGSTOP: it keeps all it holds, and knows of nothing. Returns the worker; None where it is paused already."""
        member = self._members[place]
        if member.paused:
            return None
        member.worker.signal(signal.SIGSTOP)
        member.paused = True
        self.pauses += 1
        return member.worker

    def resume(self, worker: WorkerProcess) -> None:
        """SIGCONT, unless it was killed meanwhile."""
        for member in self._members:
            if member.worker is worker and member.paused:
                worker.signal(signal.SIGCONT)
                member.paused = False

    def look(self) -> None:
        """Complain of workers that ended by themselves, and replace them."""
        for place, member in enumerate(self._members):
            if not member.paused and member.worker.exit_code is not None:
                self._note_end(member.worker)
                self._members[place] = Member(self._start())

    def calm(self) -> None:
        """Every worker runs, each with the right time."""
        for place, member in enumerate(self._members):
            self.resume(member.worker)
            if member.skew_s:
                self._leave(place)
                self._members[place] = Member(self._start())

    def close(self) -> None:
        """End all, as a deployment does; complain of those that do not end."""
        for place in range(len(self._members)):
            self._leave(place)
        drain_s = float(self._env["REELSIFT_DRAIN_S"])
        for worker in self._leaving:
            try:
                code = worker.wait(drain_s + DRAIN_MARGIN_S)
            except subprocess.TimeoutExpired:
                worker.kill()
                self.complaints.append(
                    f"a worker had not ended {drain_s + DRAIN_MARGIN_S:g} s after SIGTERM; its log is {worker.log.name}"
                )
                continue
            # Before it has a handler, SIGTERM ends a worker as it ends every process.
            if code not in {0, -signal.SIGTERM}:
                self.complaints.append(f"a worker ended with {code} after SIGTERM; its log is {worker.log.name}")
        self._read_logs()

    def _read_logs(self) -> None:
        """Complain of errors that were the program's own: a log has those of AWS as warnings, without a trace."""
        for log in sorted(self._folder.glob("worker-*.log")):
            for number, line in enumerate(log.read_text(encoding="utf-8").splitlines(), 1):
                if _is_trace(line):
                    self.complaints.append(f"a worker met an error of its own: {log.name}:{number}")
                    break

    def _note_end(self, worker: WorkerProcess) -> None:
        """One that could not begin, because AWS did not answer, says so and ends: whoever runs it starts it again."""
        if worker.exit_code == 1 and _CANNOT_BEGIN in worker.log.read_text(encoding="utf-8"):
            self.not_begun += 1
            return
        self.complaints.append(f"a worker ended by itself with {worker.exit_code}; its log is {worker.log.name}")

    def _leave(self, place: int) -> None:
        member = self._members[place]
        self.resume(member.worker)
        member.worker.terminate()
        self._leaving.append(member.worker)

    def _start(self, skew_s: float = 0.0) -> WorkerProcess:
        return WorkerProcess(self._env, self._folder, launch=self._wrong_by(skew_s)).start()

    def _wrong_by(self, seconds: float) -> Launch:
        return short_worker(self._launch, wrong_by_s=seconds, slack_s=self._slack_s)
