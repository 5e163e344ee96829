"""What README and docs tell their reader to type, and where they lead, exists."""

import re
import shlex
import subprocess
from functools import cache
from pathlib import Path

from typer.main import get_command

from reelsift.cli.main import app
from support import needs
from support.cases import every_case

ROOT = Path(__file__).parents[2]
PAGES = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))

_FENCES = re.compile(r"```[^\n]*\n(.*?)```", re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")


def _typed(page: Path) -> list[str]:
    """What the page shows behind a prompt, and what stands between backticks."""
    text = page.read_text(encoding="utf-8")
    lines = [line for block in _FENCES.findall(text) for line in block.splitlines()]
    return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")] + _INLINE.findall(_FENCES.sub("", text))


def _arguments_of(program: str) -> list[tuple[str, ...]]:
    """What follows `program` wherever it is typed, up to a redirection or a comment."""
    found = {
        tuple(shlex.split(match[1]))
        for page in PAGES
        for line in _typed(page)
        for match in re.finditer(rf"(?:^|[\s(]){program} ([^|>)#&]+)", line)
    }
    return sorted(found)


def _links() -> list[tuple[Path, str]]:
    return [
        (page, link)
        for page in PAGES
        for link in sorted(set(re.findall(r"\]\(([^):]+)\)", page.read_text(encoding="utf-8"))))
    ]


def _targets() -> frozenset[str]:
    listed = subprocess.run([needs.make(), "-C", str(ROOT), "--no-print-directory"], capture_output=True, check=True)
    return frozenset(line.split()[0] for line in listed.stdout.decode().splitlines() if line.strip())


def test_every_make_target_named_exists() -> None:
    targets = _targets()
    with every_case() as case:
        for arguments in _arguments_of("make"):
            with case(*arguments):
                assert {argument for argument in arguments if "=" not in argument} <= targets


def test_every_command_named_exists_with_its_options() -> None:
    with every_case() as case:
        for arguments in _arguments_of("reelsift"):
            with case(*arguments):
                _assert_it_exists(arguments)


def _assert_it_exists(arguments: tuple[str, ...]) -> None:
    command = get_command(app)
    names = list(arguments)
    while names and names[0] in getattr(command, "commands", {}):
        command = command.commands[names.pop(0)]  # type: ignore[attr-defined]
    assert len(names) < len(arguments) or arguments[0].startswith("-"), f"there is no command {arguments[0]}"
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    assert {name.partition("=")[0] for name in names if name.startswith("--")} <= known | {"--help", "--version"}


def test_every_file_and_heading_linked_exists() -> None:
    with every_case() as case:
        for page, link in _links():
            with case(page.name, link):
                name, _, anchor = link.partition("#")
                target = page.parent / name if name else page
                assert target.exists()
                assert not anchor or anchor in _anchors(target)


@cache
def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
