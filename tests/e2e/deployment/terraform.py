"""The project's Terraform module in a folder of its own, with a state of its own, against one cloud."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import pytest

_MODULE = Path(__file__).parents[3] / "terraform"
_NOT_THE_MODULES = shutil.ignore_patterns(".terraform*", "*.tfstate*", "*.tfvars*", "tests")
_NO_CHANGE, _CHANGES = 0, 2


class Terraform:
    """A copy of the module below `folder`, initialised."""

    def __init__(self, folder: Path, env: Mapping[str, str], variables: Mapping[str, Any]) -> None:
        """`env` is the whole environment of every command. Skips the test where there is no Terraform or none of its
        providers, and fails it where that may not be.
        """
        if shutil.which("terraform") is None:
            _missing("terraform is not installed")
        self.folder = folder / "terraform"
        self.env = {**env, "TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "TF_CLI_ARGS": "-no-color"}
        shutil.copytree(_MODULE, self.folder, ignore=_NOT_THE_MODULES)
        # Its scripts read the version there.
        (folder / "service").symlink_to(_MODULE.parent / "service")
        self._variables: dict[str, Any] = {}
        self.set(**variables)
        begun = self._ended("terraform", "init")
        if "Failed to query available provider packages" in begun.stdout:
            _missing("terraform finds no provider for AWS")
        assert begun.returncode == 0, begun.stdout

    def set(self, **variables: Any) -> None:
        """Changes variables from the next command on."""
        self._variables |= variables
        (self.folder / "deployment.auto.tfvars.json").write_text(json.dumps(self._variables))

    def run(self, *command: str, expected: int = 0, **env: str) -> str:
        """Runs it in the module's folder and gives all that it printed; any other exit code fails the test."""
        ended = self._ended(*command, **env)
        assert ended.returncode == expected, f"{' '.join(command)}: exit {ended.returncode}\n{ended.stdout[-6000:]}"
        return ended.stdout

    def outputs(self) -> dict[str, Any]:
        return {name: output["value"] for name, output in json.loads(self.run("terraform", "output", "-json")).items()}

    def _ended(self, *command: str, **env: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.env | env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )


def _missing(what: str) -> NoReturn:
    reason = f"{what}: what the module makes was not looked at"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
