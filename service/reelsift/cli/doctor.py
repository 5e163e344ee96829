"""`reelsift doctor`: whether the deployment can work, and what to mend."""

import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from reelsift.cli.exits import Exit
from reelsift.cli.presence_words import how_one_comes
from reelsift.cli.terminal import printable, say, screen

if TYPE_CHECKING:
    from reelsift.aws.checkup import Finding
    from reelsift.settings import Settings

_MARKS = {"ok": ("ok     ", "green"), "warning": ("warning", "yellow"), "broken": ("broken ", "bold red")}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object for each thing looked at.")] = False,
) -> None:
    """Check credentials, region, queues, tables, buckets, topics, role, quota, policy and workers, and what to mend.

    Changes nothing. Exit 1 if something is broken.
    """
    from reelsift.runtime.signals import run
    from reelsift.settings import load_settings

    raise typer.Exit(Exit.DONE if run(examined(load_settings(), as_json=as_json)) else Exit.FAILED)


async def examined(settings: "Settings", *, as_json: bool) -> bool:
    """Print what is found, one thing a line; whether nothing is broken."""
    from reelsift.aws.checkup import Grade, examine

    grades = dict.fromkeys(Grade, 0)
    async for finding in examine(settings):
        grades[finding.grade] += 1
        _print(finding, as_json=as_json)
    say(f"{grades[Grade.OK]} ok, {grades[Grade.WARNING]} to look at, {grades[Grade.BROKEN]} broken")
    return not grades[Grade.BROKEN]


def _mend(finding: "Finding") -> str:
    from reelsift.aws.checkup import Remedy

    match finding.mend:
        case Remedy.OTHER_CREDENTIALS:
            return "sign in anew, or name a profile with --profile"
        case Remedy.START_A_WORKER:
            return how_one_comes()
        case Remedy.WAIT_OR_GIVE_UP:
            return "it ends by itself after REELSIFT_TROUBLE_LIMIT_S of this; `reelsift give-up VIDEO` ends it now"
        case Remedy.READ_DEAD_LETTERS:
            return "`reelsift redrive` says why they died"
        case Remedy.RELEASE_WHAT_IS_HELD:
            return "`reelsift release` goes on with it, once the reason for it is gone"
        case words:
            return words


def _print(finding: "Finding", *, as_json: bool) -> None:
    mend = _mend(finding)
    if as_json:
        members = {"subject": finding.subject, "grade": finding.grade, "state": finding.state, "mend": mend}
        typer.echo(json.dumps(members))
        return
    word, style = _MARKS[finding.grade]
    line = Text.assemble((word, style), f"  {printable(finding.subject)}: {printable(finding.state)}")
    if mend:
        line.append(f"\n         {printable(mend)}", style="bold")
    screen().print(line, soft_wrap=True)
