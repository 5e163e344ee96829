"""`reelsift policy archive`: what policies are tested against."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.session import on_deployment
from reelsift.cli.terminal import ask, can_ask, margin, say, warn
from reelsift.reports import wording

if TYPE_CHECKING:
    from reelsift.aws.deployment import Deployment
    from reelsift.policy_tests.rebuild import CopyState, Rebuilt


def archive(
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Read what the copy lacks from the stored results, and write it.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Say how complete the columnar copy of all answers is, against which policies are tested.

    Workers keep it by themselves; what was analysed before they did it lacks. --rebuild reads these results, a request
    each, and pays for no analysis. It may be interrupted and run again at any time: what was written by then stays.
    """
    state, rebuilt = on_deployment(lambda deployment: _archive(deployment, rebuild=rebuild, yes=yes))
    if as_json:
        done = None if rebuilt is None else {"copied": rebuilt.copied, "gone": rebuilt.gone}
        typer.echo(
            json.dumps(
                {
                    "videos": state.videos,
                    "answers": state.answers,
                    "lacking": state.lacking,
                    "lacking_videos": state.lacking_videos,
                    "parts": state.parts,
                    "bytes": state.size,
                    "unreadable": state.unreadable,
                    "rebuilt": done,
                }
            )
        )
    else:
        typer.echo(_state_words(state))
    if rebuilt is not None:
        gone = f"; of {rebuilt.gone:,} the result is gone" if rebuilt.gone else ""
        say(f"{wording.count(rebuilt.copied, 'answer')} copied{gone}")
    elif rebuild:
        say("the copy lacks nothing")


async def _archive(deployment: "Deployment", *, rebuild: bool, yes: bool) -> "tuple[CopyState, Rebuilt | None]":
    from reelsift.policy_tests.rebuild import CopyRebuild, copy_folder

    with copy_folder() as folder, margin().status("reading what is stored") as spinner:
        copy = CopyRebuild(
            deployment, Path(folder), lambda what, count: spinner.update(f"{count:,} {_COUNTED.get(what, what)}")
        )
        state = await copy.state()
        for key in state.unreadable:
            warn(f"{key} cannot be read: its answers count as lacking")
        if not rebuild or not (state.lacking or state.unreadable):
            return state, None
        spinner.stop()
        if not yes:
            if not can_ask():
                raise CommandError("nothing was read: there is no terminal to ask, add --yes", Exit.WRONG_USE)
            if not ask(f"Read {wording.count(state.lacking, 'result')} from the work bucket, a request each?"):
                raise CommandError("nothing was read")
        spinner.start()
        return state, await copy.rebuild()


_COUNTED = {"videos": "videos read", "parts": "parts of the copy looked through", "copied": "answers copied"}


def _state_words(state: "CopyState") -> str:
    there = f"{state.answers - state.lacking:,} of {wording.count(state.answers, 'answer')}"
    lacking = (
        f", and lacks those of {wording.count(state.lacking_videos, 'video')} out of {state.videos:,}"
        if state.lacking
        else f" of {wording.count(state.videos, 'video')}"
    )
    parts = f"{wording.count(state.parts, 'part')} of {wording.size(state.size)} in all"
    return f"the copy has {there}{lacking}; {parts}"
