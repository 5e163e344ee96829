"""Options and arguments that say themselves what they take."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from reelsift.cli.main import app
from support.cases import every_case

Named = tuple[tuple[str, ...], str]

LIBRARY = ("Input should", "parse", "Value error", "formats '%", "valid integer", "valid number")


def _commands(command: Any, names: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, below in getattr(command, "commands", {}).items():
        yield from _commands(below, (*names, name))
    if not hasattr(command, "commands"):
        yield names, command


def _options() -> list[Named]:
    """Every option of every command that takes a value."""
    return [
        (names, parameter.opts[0])
        for names, command in _commands(get_command(app))
        for parameter in command.params
        if parameter.opts[0].startswith("--") and not getattr(parameter, "is_flag", False)
    ]


def test_no_word_of_a_library_reaches_a_user() -> None:
    commands = dict(_commands(get_command(app)))
    with every_case() as case:
        for (names, option), value in product(_options(), ["☃", "-1", "1e999", "9" * 400, "nan", ""]):
            with case(names, option, value):
                assert not [words for words in LIBRARY if words in _said(commands[names], names[-1], option, value)]


def _said(command: Any, name: str, option: str, value: str) -> str:
    """What a user is told who gives an option this value."""
    required = ["x"] * sum(parameter.param_type_name == "argument" for parameter in command.params)
    try:
        command.make_context(name, [*required, f"{option}={value}"])
    except Exception as error:  # noqa: BLE001 - whatever it is
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["search", "--min-confidence", "200"], "'--min-confidence': it takes a number from 0 to 100, not '200'."),
        (["search", "--limit", "0"], "'--limit': it takes a whole number of videos of at least 1, not '0'."),
        (["search", "--since", "yesterday"], "'--since': it takes a day or a time (UTC), such as 2026-07-31 or"),
        (["submit", "l.csv", "--priority", "ten"], "'--priority': it takes a whole number from 0 to 2,147,483,647,"),
        (["smoke", "--timeout", "soon"], "'--timeout': it takes a number of seconds of at least 1, not 'soon'."),
        (["local", "up", "--port", "70000"], "'--port': it takes a whole number from 0 to 65,535, not '70000'."),
        (["report"], "Missing argument 'BATCH'"),
    ],
)
def test_an_option_says_what_it_takes(arguments: list[str], words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert words in " ".join(result.stderr.replace("│", " ").split())
