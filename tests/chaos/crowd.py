"""The people of one seed, each a process of its own that may be switched off at any moment and goes on."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from chaos.fleet import Launch
from chaos.person import Plan, read_answers
from chaos.stories import Stories


class Crowd:
    """People by their number, from 0."""

    def __init__(self, stories: Stories, env: Mapping[str, str], folder: Path, launch: Launch) -> None:
        """They begin now: what the stories say is counted from here."""
        self._env = dict(env)
        self._launch = launch
        self._folder = folder
        self._plans = [folder / f"person-{number}.json" for number in range(len(stories.clocks))]
        self._books = [folder / f"answers-{number}.jsonl" for number in range(len(stories.clocks))]
        began = time.time()
        for number, (plan, wrong_by) in enumerate(zip(self._plans, stories.clocks, strict=True)):
            acts = stories.of_person(number)
            arranged = Plan(f"person-{number}", acts, began, wrong_by, str(self._books[number]))
            plan.write_text(arranged.text(), encoding="utf-8")
        self._processes = [self._start(number) for number in range(len(self._plans))]
        self.switched_off = 0

    def switch_off(self, number: int) -> None:
        """SIGKILL: nothing is given back. The machine is switched on again at once."""
        self._processes[number].kill()
        self._processes[number].wait()
        self.switched_off += 1
        self._processes[number] = self._start(number)

    def wait(self, seconds: float) -> None:
        """Wait for the end of all they do, for so long at the most."""
        until = time.monotonic() + seconds
        for process in self._processes:
            try:
                process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                continue

    def close(self) -> list[str]:
        """End whoever still is at something; what went wrong, a sentence a person."""
        return list(self._ended())

    def answers(self) -> list[dict[str, Any]]:
        """What all of them were answered."""
        return [answer for book in self._books for answer in read_answers(book)]

    def _ended(self) -> Iterator[str]:
        for number, process in enumerate(self._processes):
            if process.poll() is None:
                process.kill()
                process.wait()
                yield f"person {number} got no answer to all that they asked"
            elif process.wait() != 0:
                yield f"person {number} ended with {process.wait()}; see {self._log(number)}"

    def _log(self, number: int) -> Path:
        return self._folder / f"person-{number}.log"

    def _start(self, number: int) -> "subprocess.Popen[Any]":
        with self._log(number).open("ab") as log:
            command = [sys.executable, "-m", "chaos.person", str(self._plans[number])]
            return self._launch(command, env=self._env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
