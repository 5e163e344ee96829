"""The project's Terraform in a folder of its own, with a state of its own, against one cloud."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from support import needs

_MODULE = Path(__file__).parents[3] / "terraform"
_NOT_THE_MODULES = shutil.ignore_patterns(".terraform*", "*.tfstate*", "*.tfvars*", "tests")
_NO_CHANGE, _CHANGES = 0, 2


class Terraform:
    """What is done in a copy of it: its scripts in the folder of the module, Terraform itself in the root below."""

    @staticmethod
    def copy(folder: Path) -> Path:
        """A copy below `folder`, initialised. Ends the test where that cannot be."""
        copy = folder / "terraform"
        shutil.copytree(_MODULE, copy, ignore=_NOT_THE_MODULES)
        # Its scripts read the version there.
        (folder / "service").symlink_to(_MODULE.parent / "service")
        needs.providers.install(copy / "deployment")
        return copy

    def __init__(self, copy: Path, env: Mapping[str, str], variables: Mapping[str, Any]) -> None:
        """`env` is the whole environment of every command."""
        self.folder = copy
        self.root = copy / "deployment"
        # Of each resource that it makes or deletes, the provider waits for what AWS would take to know of it.
        many = {f"TF_CLI_ARGS_{command}": "-parallelism=40" for command in ("apply", "destroy")}
        self.env = {**env, **many, "TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "TF_CLI_ARGS": "-no-color"}
        self._variables: dict[str, Any] = {}
        self.set(**variables)

    def set(self, **variables: Any) -> None:
        """Changes variables from the next command on."""
        self._variables |= variables
        (self.root / "deployment.auto.tfvars.json").write_text(json.dumps(self._variables))

    def run(self, *command: str, expected: int = 0, **env: str) -> str:
        """Runs it where it belongs and gives all that it printed; any other exit code fails the test."""
        ended = self._ended(*command, **env)
        assert ended.returncode == expected, f"{' '.join(command)}: exit {ended.returncode}\n{ended.stdout[-6000:]}"
        return ended.stdout

    def outputs(self) -> dict[str, Any]:
        return {name: output["value"] for name, output in json.loads(self.run("terraform", "output", "-json")).items()}

    def _ended(self, *command: str, **env: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            command,
            cwd=self.root if command[0] == "terraform" else self.folder,
            env=self.env | env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
