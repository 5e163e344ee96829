"""`reelsift policy check`: whether a policy can be used, and what in it is hardly meant."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reelsift.cli.exits import Exit
from reelsift.cli.terminal import printable, screen

if TYPE_CHECKING:
    from reelsift.domain.doubt import Doubt
    from reelsift.domain.policy import Policy


def policy_check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The policy, as YAML.")],
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 where anything is doubted.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Read a policy and say what in it has no effect, or hardly the one that is meant. Asks AWS for nothing.

    What cannot be used is an error, with a sentence for each key. The rest is doubted: labels that nobody knows,
    thresholds that a label above overrules or that lie below what is seen (by REELSIFT_MIN_CONFIDENCE and its like),
    patterns that find nearly every text, combinations and queues without effect.
    """
    from reelsift.domain.policy_doubts import doubts_of
    from reelsift.policies import read_policy
    from reelsift.settings import load_options

    policy = read_policy(file)
    doubts = doubts_of(policy, load_options())
    if as_json:
        typer.echo(json.dumps(_members(policy, doubts)))
    else:
        _print(file, policy, doubts)
    if doubts and strict:
        raise typer.Exit(Exit.FAILED)


def _members(policy: "Policy", doubts: "list[Doubt]") -> dict[str, object]:
    return {
        "digest": policy.digest,
        "handling_digest": policy.handling.digest,
        "needs": sorted(policy.needs),
        "ignores": sorted(policy.rules.ignored),
        "doubts": [{"place": doubt.place, "state": doubt.state, "mend": doubt.mend} for doubt in doubts],
    }


def _print(file: Path, policy: "Policy", doubts: "list[Doubt]") -> None:
    from rich.text import Text

    from reelsift.reports.wording import count

    console = screen()
    can_be_used = "can be used" + (f", with {count(len(doubts), 'doubt')}" if doubts else "")
    console.print(Text(printable(f"{file.name} {can_be_used}"), style="yellow" if doubts else "green"))
    needs = ", ".join(sorted(policy.needs)) or "no analysis: it alerts, and gives no verdict"
    console.print(f"needs {needs}")
    if policy.rules.ignored:
        console.print("leaves out what is seen only in parts that segments finds, where that is asked for")
    console.print(Text(f"verdicts by {policy.digest}, what people are asked by {policy.handling.digest}", style="dim"))
    for doubt in doubts:
        console.print(Text(printable(f"\n{doubt.sentence}")))
        console.print(Text(printable(f"  {doubt.mend}"), style="dim"))
