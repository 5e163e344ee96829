"""Makes a virtual environment of what a hashed lock file names, with the Python that runs this.

    environment.py .venv requirements.lock [--project FOLDER …]

Nothing is done where the environment is up to date. One that was left half-made, made by another Python or moved is
made anew. What pip says goes to setup.log in the environment; whoever waits sees how far it is.
"""

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TextIO

OLDEST, NEWEST = (3, 11), (3, 13)
_LOOK_SECONDS = 0.2
_LINES_SHOWN = 25


class Environment:
    """The environment in `folder`, of what `lock` names; `projects` are installed into it in place."""

    def __init__(self, folder: Path, lock: Path, projects: "list[Path]") -> None:
        self._folder = folder
        self._lock = lock
        self._projects = projects
        self.log = folder / "setup.log"
        # Taken away first and written last: what is left half-made has none.
        self._stamp = folder / ".installed"

    def up_to_date(self) -> bool:
        return self._made() == self._to_make()

    def make(self) -> None:
        """Raises CalledProcessError where a step fails."""
        began = time.monotonic()
        # Not the link to it in the very folder that may have to go.
        python = Path(sys.executable).resolve()
        packages = len(re.findall(r"^\S+==", self._lock.read_text(), re.MULTILINE))
        print(f"Setting up {self._folder}: up to {packages} packages of {self._lock}", flush=True)
        made, to_make = self._made(), self._to_make()
        self._stamp.unlink(missing_ok=True)
        if [made.get(key) for key in ("python", "place")] != [to_make[key] for key in ("python", "place")]:
            shutil.rmtree(self._folder, ignore_errors=True)
            subprocess.run([python, "-m", "venv", self._folder], check=True)
        with self.log.open("w") as log:
            self._install(log, "--require-hashes", "--only-binary", ":all:", "--requirement", str(self._lock))
            for project in self._projects:
                self._install(log, "--no-deps", "--no-build-isolation", "--editable", str(project))
        self._stamp.write_text(json.dumps(to_make))
        megabytes = sum(path.lstat().st_size for path in self._folder.rglob("*")) / 1e6
        print(f"{self._folder} is ready: {megabytes:.0f} MB after {time.monotonic() - began:.0f} s", flush=True)

    def _install(self, log: TextIO, *arguments: str) -> None:
        command = [str(self._folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input"]
        with subprocess.Popen([*command, "install", *arguments], stdout=log, stderr=log) as pip:
            try:
                while pip.poll() is None:
                    _show(self._progress())
                    time.sleep(_LOOK_SECONDS)
            finally:
                _show("")
                pip.terminate()
        if pip.returncode != 0:
            raise subprocess.CalledProcessError(pip.returncode, "pip")

    def _progress(self) -> str:
        fetched = len(re.findall(r"^(?:Collecting|Processing) ", self.log.read_text(errors="replace"), re.MULTILINE))
        installed = sum(1 for _ in self._folder.glob("lib/*/site-packages/*.dist-info"))
        return f"  {fetched} fetched, {installed} installed"

    def _made(self) -> "dict[str, str]":
        """What the stamp says; nothing, where there is none or no Python."""
        if not (self._folder / "bin" / "python").exists():
            return {}
        try:
            made: dict[str, str] = json.loads(self._stamp.read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return made

    def _to_make(self) -> "dict[str, str]":
        contents = self._lock.read_bytes()
        for project in self._projects:
            contents += (project / "pyproject.toml").read_bytes()
        return {
            "python": "{}.{}".format(*sys.version_info),
            # Its scripts name the interpreter by its path.
            "place": str(self._folder.absolute()),
            "contents": hashlib.sha256(contents).hexdigest(),
        }


def _show(progress: str) -> None:
    """On a terminal, in place of what was shown before."""
    if sys.stdout.isatty():
        print(f"\r\033[K{progress}", end="", flush=True)


def main() -> str:
    """What went wrong, or nothing."""
    parser = argparse.ArgumentParser(description="Makes a virtual environment of what a hashed lock file names.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("lock", type=Path)
    parser.add_argument("--project", type=Path, action="append", default=[], dest="projects")
    environment = Environment(**vars(parser.parse_args()))
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        found = "{}.{}.{}".format(*sys.version_info)
        return f"reelsift needs Python 3.11 to 3.13, {sys.executable} is {found}: make PYTHON=python3.11 …"
    if environment.up_to_date():
        return ""
    try:
        environment.make()
    except subprocess.CalledProcessError:
        if not environment.log.exists():
            return "The environment could not be made."
        said = environment.log.read_text(errors="replace").splitlines()[-_LINES_SHOWN:]
        return "\n".join([*said, f"The environment could not be made; {environment.log} has all that pip said."])
    except KeyboardInterrupt:
        return "Interrupted. The next make begins anew."
    return ""


if __name__ == "__main__":
    sys.exit(main() or 0)
