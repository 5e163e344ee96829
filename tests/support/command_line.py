"""typer's commands, made of the functions of the command line."""

from functools import cache
from typing import Any

import typer.main
import typer.testing


def build_once() -> None:
    """Build each command once a process, and not for each time that it is run: tests run hundreds, a user one."""
    testing: Any = typer.testing
    typer.main.get_command = testing._get_command = cache(typer.main.get_command)
