"""Debian's buildah builds without a daemon, and here into a storage of its own that goes away with it."""

import json
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from e2e.image.pip_settings import PipSettings
from support import needs

PROJECT = Path(__file__).parents[3]
_NAME = "localhost/reelsift:test"
_PULL_SECONDS = 60
_MEMORY = Path("/dev/shm")  # noqa: S108  # folders of its own, of a random name
_ROOM = 4 << 30
"""More than twice what a build takes up at its peak: 1.6 GB."""


@dataclass(frozen=True)
class Image:
    """`root` is the file system, `config` what docker calls so: user, entry point, labels and so on."""

    root: Path
    config: dict[str, Any]


class Builder:
    """`with Builder() as builder: image = builder.build(…)`. Nothing of it is left at the end."""

    def __init__(self) -> None:
        """Ends the test where this machine cannot build."""
        needs.image_builder()
        self._folder = Path(tempfile.mkdtemp(prefix="reelsift-image-", dir=_place()))
        self._env = needs.buildah_environment(self._folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self._folder)

    def build(self, **arguments: str) -> Image:
        """Build the project's Dockerfile with these build arguments.

        Ends the test where there is no base image. Raises CalledProcessError where the build fails.
        """
        self._provide_base()
        options = [f"--build-arg={name.upper()}={value}" for name, value in arguments.items()]
        self._run("bud", "--format", "docker", "--pull-never", "--tag", _NAME, *options, *self._pip(), str(PROJECT))
        config = json.loads(self._run("inspect", "--type", "image", _NAME))["Docker"]["config"]
        root = self._run("mount", self._run("from", "--pull-never", _NAME))
        return Image(Path(root), config)

    def _provide_base(self) -> None:
        """The real base where it can be pulled, and a stand-in made of Debian's packages where it cannot."""
        arguments = dict(re.findall(r"^ARG (\w+)=(\S+)$", (PROJECT / "Dockerfile").read_text(), re.MULTILINE))
        base = arguments["PYTHON"]
        try:
            self._run("pull", base, seconds=_PULL_SECONDS)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            self._make_stand_in(base)

    def _make_stand_in(self, base: str) -> None:
        try:
            needs.tried("a stand-in cannot be made", PROJECT / ".ci" / "image-base", base, env=self._env)
        except needs.LackingError as missing:
            needs.lack(f"{base} cannot be pulled, and {missing}")

    def _pip(self) -> list[str]:
        locks = [PROJECT / "service" / name for name in ("requirements.lock", "requirements-build.lock")]
        settings = PipSettings.of_this_machine(locks, self._folder / "index" / "simple")
        conf = self._folder / "pip.conf"
        conf.write_text(settings.conf)
        options = [f"--secret=id=pip,src={conf}"]
        if settings.authority is not None:
            options.append(f"--secret=id=ca,src={settings.authority}")
        return options + [f"--volume={folder}:{folder}:ro" for folder in settings.folders]

    def _run(self, *arguments: str, seconds: float | None = None) -> str:
        """What buildah says on standard output; with a failure pytest shows it, and standard error."""
        done = subprocess.run(
            ["buildah", *arguments],
            env=self._env,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            timeout=seconds,
        )
        if done.returncode != 0:
            print(done.stdout)  # noqa: T201  # what pip said
        done.check_returncode()
        return done.stdout.strip()


def _place() -> Path | None:
    """Where files lie in memory, if there is room: a build makes and deletes a hundred thousand, which takes a disk
    more than half as long again. `None` is wherever temporary files go.
    """
    return _MEMORY if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM else None
