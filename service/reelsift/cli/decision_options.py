"""What is said of a video: the options of every command that says it."""

from typing import Annotated

import typer

from reelsift.cli.option_kinds import whole
from reelsift.domain.decision_request import OLDEST, YOUNGEST

ReasonOption = Annotated[
    list[str] | None, typer.Option("--reason", metavar="CODE", help="A reason of the catalogue; may be repeated.")
]
NoteOption = Annotated[str | None, typer.Option(metavar="TEXT", help="For colleagues; nobody else is told.")]
AgeOption = Annotated[
    int | None,
    typer.Option(
        parser=whole(YOUNGEST, OLDEST, of="years"), metavar="YEARS", help="restrict: the youngest age that may see it."
    ),
]
TerritoryOption = Annotated[
    list[str] | None,
    typer.Option(
        "--territory",
        metavar="CODE",
        help="restrict: where it applies, such as DE; may be repeated. Everywhere unless given.",
    ),
]
WarningLabelOption = Annotated[
    str | None, typer.Option(metavar="TEXT", help="restrict: a label to be shown before the video.")
]
DemoteOption = Annotated[bool, typer.Option("--demote", help="restrict: it is not to be recommended.")]
DemonetiseOption = Annotated[bool, typer.Option("--demonetise", help="restrict: it is not to earn money.")]
EtagOption = Annotated[str | None, typer.Option(help="Only if the object has this ETag.")]
