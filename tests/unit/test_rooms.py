"""What the rooms below the command line do not know: a terminal, an exit code, an option, a command."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import reelsift
from support.call_sites import REQUEST, call_sites
from support.cases import every_case

SOURCE = Path(reelsift.__file__).parent

OF_A_TERMINAL = frozenset({"cli", "demo"})

TEXTS_FOR_PEOPLE = frozenset(
    {"reports", "domain/alert.py", "domain/mail_digest.py", "smoke/recipients.py", "settings.py"}
)
"""Pages and mails that people read later, and the reference of the settings: they may say with which command one goes
on.
"""

COMMAND = re.compile(
    r"`?\breelsift (?:submit|status|pause|resume|cancel|retry|show|search|report|redrive|doctor|smoke)\b"
)
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")


def _modules() -> list[str]:
    files = [file.relative_to(SOURCE).as_posix() for file in sorted(SOURCE.rglob("*.py"))]
    return [file for file in files if file.partition("/")[0] not in OF_A_TERMINAL]


def _texts(tree: ast.Module) -> Iterator[str]:
    """The strings of a module that it can show somebody: all but its docstrings."""
    bare = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in bare:
            yield node.value


def test_nothing_below_the_command_line_prints_exits_or_names_a_command_or_an_option() -> None:
    with every_case() as case:
        for module in _modules():
            with case(module):
                tree = ast.parse((SOURCE / module).read_text(encoding="utf-8"))
                called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
                assert called.isdisjoint({"print", "input", "exit", "sys.exit", "sys.stdout.write", "sys.stderr.write"})
                if not any(module == part or module.startswith(f"{part}/") for part in TEXTS_FOR_PEOPLE):
                    assert [text for text in _texts(tree) if COMMAND.search(text) or OPTION.search(text)] == []


def test_only_the_room_of_aws_sends_requests() -> None:
    assert {
        site.module for site in call_sites() if site.called == REQUEST and not site.module.startswith("aws/")
    } == set()


def test_no_other_room_makes_a_client() -> None:
    def imported(module: str) -> Iterator[str]:
        for node in ast.walk(ast.parse((SOURCE / module).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield node.module or ""

    libraries = {"aiobotocore", "boto3"}
    assert {
        module
        for module in _modules()
        for name in imported(module)
        if name.partition(".")[0] in libraries and not module.startswith("aws/")
    } == set()


def test_the_modules_are_found() -> None:
    assert {"errors.py", "batches/control.py", "queries/batch_status.py", "smoke/journey.py"} <= set(_modules())
