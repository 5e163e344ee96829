"""What tests need beyond Python.

Each need is tried out, once in a process: what is installed but does not work is as good as missing. A test that lacks
something is skipped with the reason, and fails where the environment says CI=true.
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, NoReturn, TypeVar

import pytest

_ROOT = Path(__file__).parents[2]
_OWN_CHECKOV = _ROOT / ".venv" / "checkov" / "bin" / "checkov"
_TERRAFORM = (1, 11)
"""The oldest whose mocks can be known while Terraform plans. The module itself takes 1.9."""
_SECONDS = 900

RECORDINGS = Path(os.environ.get("RECORDED_ANSWERS", "/nonexistent")).resolve()
"""Recorded answers of AWS, which are not part of the project."""

_Found = TypeVar("_Found")


class LackingError(Exception):
    """This machine lacks something; the message says what."""


def lack(reason: str) -> NoReturn:
    """Ends the test for this reason, of which a summary shows one line."""
    line = " ".join(reason.split())
    if os.environ.get("CI") == "true":
        pytest.fail(line, pytrace=False)
    pytest.skip(line)


class Need(Generic[_Found]):
    """Called, it gives what was found, or ends the test; only the first call looks."""

    def __init__(self, look: Callable[[], _Found]) -> None:
        self.look = look
        """Looks anew. Raises LackingError."""

    def __call__(self) -> _Found:
        if isinstance(self._answer, LackingError):
            lack(str(self._answer))
        return self._answer

    @cached_property
    def _answer(self) -> _Found | LackingError:
        try:
            return self.look()
        except LackingError as lacking:
            return lacking


def installed(command: str) -> str:
    """The path of a command. Raises LackingError."""
    path = shutil.which(command)
    if path is None:
        raise LackingError(f"{command} is not installed")
    return path


def tried(
    complaint: str, *command: str | Path, folder: Path | None = None, env: Mapping[str, str] | None = None
) -> str:
    """What a command prints on its standard output. Raises LackingError where it does not end, and well."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LackingError(f"{complaint}: {error}") from error
    if done.returncode != 0:
        raise LackingError(f"{complaint}: {_complaint(done.stderr + done.stdout) or f'exit code {done.returncode}'}")
    return done.stdout


@Need
def terraform() -> str:
    """Its path. Whether it finds a provider is told by `Providers`."""
    path = installed("terraform")
    said = tried("terraform does not run", path, "version", "-json")
    version = re.search(r'"terraform_version": "(\d+)\.(\d+)', said)
    if version is None:
        raise LackingError("terraform does not run: it does not tell its version")
    if (int(version[1]), int(version[2])) < _TERRAFORM:
        raise LackingError(f"terraform {version[1]}.{version[2]} is too old: tests need 1.11")
    return path


class Providers:
    """Terraform's providers, which `terraform init` looks for."""

    _REFUSED = re.compile(r"Error: (Failed to [\w ]*provider|Invalid provider registry host)")

    def __init__(self) -> None:
        self._lacking: str | None = None

    def install(self, folder: Path, *options: str) -> None:
        """Initialise a module in place, or end the test. A registry out of reach is waited for only once."""
        path = terraform()
        if self._lacking is None:
            command = [path, "init", "-input=false", "-no-color", *options]
            init = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            said = init.stdout + init.stderr
            if init.returncode == 0:
                return
            assert self._REFUSED.search(said), said
            self._lacking = "terraform finds no provider for AWS" + self._hint()
        lack(self._lacking)

    def are_there(self) -> bool:
        """Whether Terraform finds them; no test is ended."""
        try:
            path = installed("terraform")
            with tempfile.TemporaryDirectory() as folder:
                shutil.copy(_ROOT / "terraform" / "versions.tf", folder)
                tried("terraform finds none", path, "init", "-input=false", "-backend=false", folder=Path(folder))
        except LackingError:
            return False
        return True

    @staticmethod
    def _hint() -> str:
        configuration = os.environ.get("TF_CLI_CONFIG_FILE")
        if configuration is None or Path(configuration).exists():
            return ""
        return f" (TF_CLI_CONFIG_FILE names {configuration}, which does not exist)"


providers = Providers()


@Need
def _checkov() -> str:
    return str(_OWN_CHECKOV) if _OWN_CHECKOV.exists() else installed("checkov")


def checkov(*arguments: str | Path, folder: Path = _ROOT) -> dict[str, Any]:
    """What checkov reports. To have it tell its version takes as long as to have it work, so its work is the trial."""
    command = _checkov()
    options = ["--compact", "--skip-download", "--output", "json"]
    try:
        done = subprocess.run(
            [command, *arguments, *options], cwd=folder, capture_output=True, text=True, check=False, timeout=_SECONDS
        )
        report: dict[str, Any] = json.loads(done.stdout)
    except OSError as error:
        lack(f"checkov does not run: {error}")
    except ValueError:
        lack(f"checkov does not run: {_complaint(done.stderr + done.stdout) or f'exit code {done.returncode}'}")
    return report


@Need
def chromium() -> str:
    """Its path. Whether it starts is told by `support.browser`. Debian's build of it that has no window at all takes a
    fifth less of the processor for the same pages.
    """
    return shutil.which("chromium-headless-shell") or installed("chromium")


@Need
def model_checker() -> None:
    """Spin, and a C compiler for what it writes."""
    spin, gcc = installed("spin"), installed("gcc")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "model.pml").write_text("init { skip }\n")
        tried("spin does not work", spin, "-a", "model.pml", folder=folder)
        if not (folder / "pan.c").exists():
            raise LackingError("spin does not work: it writes no program")
        tried("gcc cannot compile what spin writes", gcc, "-w", "-O0", "-o", "pan", "pan.c", folder=folder)
        tried("what gcc compiles does not run", folder / "pan", folder=folder)


@Need
def image_builder() -> None:
    """What builds an image without a daemon, and runs what is in it."""
    if os.geteuid() != 0:
        raise LackingError("to build the image without a daemon, and to mount it, takes root")
    buildah, unshare, _ = installed("buildah"), installed("unshare"), installed("nsenter")
    namespaces = ["--mount", "--pid", "--ipc", "--uts", "--fork"]
    tried("namespaces cannot be made here", unshare, *namespaces, "mount", "--bind", "/", "/")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\n")
        command = ["bud", "--format", "docker", "--tag", "localhost/reelsift:needs", name]
        tried("buildah builds nothing here", buildah, *command, env=buildah_environment(folder))


def buildah_environment(folder: Path) -> dict[str, str]:
    """For a storage below `folder`, which goes away with it: plain copies of folders need no mount, and so a killed
    test leaves none.
    """
    storage = folder / "storage.conf"
    storage.write_text(f'[storage]\ndriver = "vfs"\ngraphroot = "{folder}/storage"\nrunroot = "{folder}/run"\n')
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("STORAGE_", "BUILDAH_"))}
    return plain | {"CONTAINERS_STORAGE_CONF": str(storage), "BUILDAH_ISOLATION": "chroot", "TMPDIR": str(folder)}


@Need
def recordings() -> Path:
    """RECORDINGS, where they are there."""
    if "RECORDED_ANSWERS" not in os.environ:
        raise LackingError("RECORDED_ANSWERS names no folder of recordings")
    folder = Path(os.environ["RECORDED_ANSWERS"])
    missing = [part for part in ("batch", "inventory", "moderation") if not any(folder.glob(f"{part}/*"))]
    if missing:
        raise LackingError(f"RECORDED_ANSWERS names {folder}, where there is no {' and no '.join(missing)}")
    return folder


def case(name: str) -> Path:
    """The folder of one recorded case of what people send; recordings without cases skip the test."""
    folder = recordings() / "cases" / name
    if not folder.is_dir():
        pytest.skip(f"the recordings have no case {name}")
    return folder


@Need
def make() -> str:
    """Its path."""
    path = installed("make")
    tried("make does not run", path, "--version")
    return path


def _complaint(said: str) -> str:
    """The line of a command's words that tells most: its last error, and else the last of all."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower()]
    return (errors or lines or [""])[-1][:200]
