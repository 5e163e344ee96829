"""The catalogue of reasons, as it is printed."""

import json

import typer
from rich.table import Table
from rich.text import Text

from reelsift.cli.terminal import printable, screen


def print_catalogue(*, as_json: bool) -> None:
    """The reasons that can be given. As JSON it is a catalogue again: JSON is YAML, too."""
    from reelsift.reason_catalogues import configured_catalogue
    from reelsift.settings import load_settings

    catalogue = configured_catalogue(load_settings())
    if as_json:
        reasons = {code: reason.members() for code, reason in catalogue.by_code.items()}
        for members in reasons.values():
            members.pop("code")
        typer.echo(json.dumps({"reasons": reasons}, indent=2))
        return
    table = Table("code", "for reviewers", "rests on", box=None)
    for code, reason in catalogue.by_code.items():
        words = Text(printable(reason.words), style="bold")
        for example in reason.examples:
            words.append(Text(f"\n{printable(example)}", style="not bold"))
        where = f"\nin {', '.join(reason.territories)}" if reason.territories else ""
        table.add_row(code, words, Text(f"{reason.ground}: {printable(reason.reference)}{where}"))
    screen().print(table)
