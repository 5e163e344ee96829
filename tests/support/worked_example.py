"""The worked example of docs/add-an-analysis.md, applied to a copy of the project."""

import filecmp
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]

_PAGE = "docs/add-an-analysis.md"
_PARTS = ("docs", "service", "terraform", "tests", "pyproject.toml", "README.md")
_MADE = (".*cache", ".terraform*", "*.tfstate*")
_TABLE_ROW = re.compile(r"^\| `([^`]+)` \| ", re.MULTILINE)
_FENCE = re.compile(r'^```(python|diff) title="([^"]+)"\n(.*?)^```', re.MULTILINE | re.DOTALL)


class WorkedExample:
    """A copy of the project below `folder`, changed as the page says and in no other way."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "project"
        for part in _PARTS:
            if (ROOT / part).is_dir():
                shutil.copytree(ROOT / part, self.root / part, ignore=shutil.ignore_patterns(*_MADE))
            else:
                shutil.copy(ROOT / part, self.root / part)
        page = (self.root / _PAGE).read_text(encoding="utf-8")
        self.files: list[str] = _TABLE_ROW.findall(page)
        """What the page's table names; `<…>` stands for a name."""
        for kind, file, text in _FENCE.findall(page):
            self._write(self.root / file, kind, text)
        written = self.run("-m", "reelsift.cli.configuration")
        (self.root / "docs" / "configuration.md").write_text(written, encoding="utf-8")
        self.changed = self._changed()
        """Every file that is not as it is in the project."""

    def _write(self, file: Path, kind: str, text: str) -> None:
        if kind == "python":
            assert not file.exists(), f"{file} is there already"
            file.write_text(text, encoding="utf-8")
            return
        before, after = ("".join(_side(text, leave)) for leave in ("+", "-"))
        found = file.read_text(encoding="utf-8")
        assert found.count(before) == 1, f"{_PAGE} changes lines that do not stand once in {file.name}:\n{before}"
        file.write_text(found.replace(before, after), encoding="utf-8")

    def _changed(self) -> list[str]:
        return sorted(
            path.relative_to(self.root).as_posix()
            for path in self.root.rglob("*")
            if path.is_file()
            and "__pycache__" not in path.parts
            and not _same(path, ROOT / path.relative_to(self.root))
        )

    @property
    def service(self) -> Path:
        """Where the copy's modules are."""
        return self.root / "service"

    def run(self, *arguments: str) -> str:
        """What Python prints with the copy's modules, run in the copy."""
        ended = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.root,
            env=os.environ | {"PYTHONPATH": str(self.service)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, f"{arguments}: {ended.stdout[-6000:]}"
        return ended.stdout


def _side(text: str, leave: str) -> Iterator[str]:
    """The lines before or after a change: all but those marked with `leave`."""
    for line in text.splitlines(keepends=True):
        if not line.startswith(leave):
            yield line[1:]


def _same(here: Path, there: Path) -> bool:
    return there.exists() and filecmp.cmp(here, there, shallow=False)
