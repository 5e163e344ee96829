"""What the README tells its reader to type exists."""

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from reelsift.cli.main import app

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")

_FENCES = re.compile(r"```\w*\n(.*?)```", re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")


def _code() -> list[str]:
    """Lines of code in the README: those of its fences, and what stands between backticks."""
    fenced = [line for block in _FENCES.findall(README) for line in block.splitlines()]
    return fenced + _INLINE.findall(_FENCES.sub("", README))


def _words(program: str) -> set[tuple[str, ...]]:
    """What follows `program` where it is typed: the words before the first that is no plain word."""
    found = set()
    for line in _code():
        for match in re.finditer(rf"(?:^|[\s(]){program} ([^|>)#]+)", line):
            arguments = match[1].split()
            found.add(tuple(arguments))
    return found


@cache
def _targets() -> frozenset[str]:
    listed = subprocess.run(["make", "-C", str(ROOT), "--no-print-directory"], capture_output=True, check=True)
    return frozenset(line.split()[0] for line in listed.stdout.decode().splitlines() if line.strip())


@pytest.mark.parametrize("arguments", sorted(_words("make")), ids=" ".join)
def test_every_make_target_named_exists(arguments: tuple[str, ...]) -> None:
    assert {argument for argument in arguments if "=" not in argument} <= _targets()


@pytest.mark.parametrize("arguments", sorted(_words("reelsift")), ids=" ".join)
def test_every_command_named_exists_with_its_options(arguments: tuple[str, ...]) -> None:
    group = get_command(app)
    names: list[str] = []
    for argument in arguments:
        commands = getattr(group, "commands", {})
        if argument in commands:
            names.append(argument)
            group = commands[argument]
    assert names or arguments[0].startswith("-"), f"there is no command {arguments[0]}"
    help_text = CliRunner().invoke(app, [*names, "--help"]).output
    options = {argument.partition("=")[0] for argument in arguments if argument.startswith("--")}
    assert {option for option in options if option not in help_text} == set()


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README))))
def test_every_file_linked_exists(path: str) -> None:
    assert (ROOT / path).exists()
