"""What pip is told on this machine, in a form that a build can be given: a build sees none of it by itself."""

import ast
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from e2e.image.index_copy import copied

_INDEXES = ("index-url", "extra-index-url", "find-links", "no-index", "trusted-host", "proxy", "timeout", "retries")
_AUTHORITY = "/run/secrets/ca"
"""Where the Dockerfile mounts its secret `ca`."""


@dataclass(frozen=True)
class PipSettings:
    """`conf` is a pip.conf, `authority` the certificates it names, `folders` what it reads from this machine's disk."""

    conf: str
    authority: Path | None
    folders: list[Path]

    @classmethod
    def of_this_machine(cls, locks: Sequence[Path], copy: Path) -> "PipSettings":
        """As `pip config list` gives them; the environment comes last there and wins, as it does for pip. Where
        there is an index of its own, it is copied to the folder `copy`, as far as the locks name what is in it.
        """
        listed = subprocess.run(
            [sys.executable, "-m", "pip", "config", "list"], check=True, capture_output=True, text=True
        ).stdout
        found: dict[str, str] = {}
        for line in sorted(listed.splitlines(), key=lambda line: line.startswith(":env:")):
            name, _, value = line.partition("=")
            found[name.rpartition(".")[2]] = str(ast.literal_eval(value))
        authority = Path(found["cert"]) if "cert" in found else None
        if "index-url" in found and "no-index" not in found:
            found["index-url"] = copied(found["index-url"], locks, authority, copy)
        lines = [f"{name} = {' '.join(found[name].split())}" for name in _INDEXES if name in found]
        if authority is not None:
            lines.append(f"cert = {_AUTHORITY}")
        places = [place for name in ("index-url", "extra-index-url") for place in found.get(name, "").split()]
        # The pages of a local index link to files beside them.
        folders = [folder.parent for place in places if (folder := _folder(place))]
        folders += [folder for place in found.get("find-links", "").split() if (folder := _folder(place))]
        return cls("\n".join(["[global]", *lines, ""]), authority, sorted(set(folders)))


def _folder(place: str) -> Path | None:
    url = urlsplit(place)
    if url.scheme not in ("", "file"):
        return None
    folder = Path(unquote(url.path))
    return folder if folder.is_dir() else None
