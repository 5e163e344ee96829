import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

from e2e.deployment.deployed import Deployed
from e2e.deployment.permissions import Somebody
from support.acting import Actor, who_runs
from support.enforcement import variables
from support.forks import Forks
from support.patience import PATIENCE_S


@dataclass(frozen=True)
class Command:
    """One that has ended, and how."""

    arguments: tuple[str, ...]
    code: int
    said: str
    """What it wrote on standard error."""


class CommandLine:
    """`reelsift` as people type it, in a folder of their own."""

    def __init__(
        self, forks: Forks, people: Mapping[Actor, Somebody], deployed: Deployed, folder: Path, seen: Path
    ) -> None:
        """`people` are operators and reviewers: each types the commands that are theirs. What they do is recorded in
        `seen`.
        """
        self._forks = forks
        self._cloud = deployed.cloud
        self._env = {
            who: {
                "PATH": os.environ["PATH"],
                "HOME": str(folder),
                "COLUMNS": "200",
                **somebody.environment,
                **deployed.outputs["environment"],
                **variables(seen, who),
            }
            for who, somebody in people.items()
        }
        self._folder = folder
        self.ended: list[Command] = []

    def run(self, *arguments: str, who: Actor | None = None) -> str:
        """Gives what it prints. Somebody types it (`who`): by default whoever it is for."""
        printed, said = self._folder / "printed", self._folder / "said"
        with chdir(self._folder), printed.open("w") as out, said.open("w") as err:
            command = [sys.executable, "-m", "reelsift.cli", *arguments]
            env = self._env[who or who_runs(arguments)]
            process = self._forks.popen(command, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        try:
            # A batch whose permissions are missing would be waited for without end.
            code = process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            denied = "\n".join(map(str, self._cloud.denied()))
            raise AssertionError(f"{command} does not end; it said\n{said.read_text()}\ndenied was\n{denied}") from None
        self.ended.append(Command(arguments, code, said.read_text()))
        return printed.read_text()
