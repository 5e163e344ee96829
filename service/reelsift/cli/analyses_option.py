"""The option `--analyses`, of all commands that have it."""

from typing import Annotated

import typer

from reelsift.cli.exits import CommandError, Exit
from reelsift.domain.analysis import Analysis

AnalysesOption = Annotated[
    str | None, typer.Option("--analyses", metavar="A,B", help=f"Any of {', '.join(Analysis)}; all unless given.")
]


def parse_analyses(text: str | None) -> list[Analysis]:
    """The analyses of `a,b`, each once; none where the option is not given. Raises CommandError."""
    if text is None:
        return []
    try:
        return list(dict.fromkeys(Analysis(part.strip()) for part in text.split(",")))
    except ValueError:
        raise CommandError(
            f"--analyses takes {', '.join(Analysis)}, separated by commas, not {text!r}", Exit.WRONG_USE
        ) from None
