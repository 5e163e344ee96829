"""`reelsift policy log` and `show`: which versions there were, and what they say."""

import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from reelsift.cli.option_kinds import whole
from reelsift.cli.session import on_deployment
from reelsift.cli.terminal import printable, say, screen, write_out
from reelsift.reports import wording

if TYPE_CHECKING:
    from reelsift.aws.deployment import Deployment

VERSIONS_SHOWN = 100
MOST_SHOWN = 100_000

MOST_EPOCH = 999_999_999
"""The log has nine digits for an epoch."""


def log(
    limit: Annotated[
        int, typer.Option(parser=whole(1, MOST_SHOWN, of="versions"), metavar="N", help="At most so many.")
    ] = VERSIONS_SHOWN,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object for each version.")] = False,
) -> None:
    """Show the versions of the policy, the newest first: the first line is the live one."""
    on_deployment(lambda deployment: _log(deployment, limit, as_json=as_json))


def show(
    epoch: Annotated[
        int | None,
        typer.Argument(
            metavar="[EPOCH]",
            parser=whole(1, MOST_EPOCH),
            help="The version of this epoch; the live one unless given.",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the version, with its document, as a JSON object.")
    ] = False,
) -> None:
    """Print the policy of a version as YAML, with the words of its files in it. Comments are not kept.

    Before the first worker has started, it is the one that the settings here hold.
    """
    on_deployment(lambda deployment: _show(deployment, epoch, as_json=as_json))


async def _log(deployment: "Deployment", limit: int, *, as_json: bool) -> None:
    versions = [version async for version in deployment.policy_versions.log(limit)]
    if as_json:
        for version in versions:
            typer.echo(json.dumps(version.members()))
        return
    if not versions:
        say("no policy is live yet: the first worker that starts makes the first version")
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for column in ("epoch", "when", "judging", "handling", "machines reject", "who", "note"):
        table.add_column(column, overflow="fold")
    for version in versions:
        table.add_row(
            str(version.epoch),
            wording.moment(version.at_ms),
            version.judging,
            version.handling,
            "yes" if version.auto_reject else "no",
            printable(version.by),
            Text(printable(version.note)),
        )
    screen().print(table)


async def _show(deployment: "Deployment", epoch: int | None, *, as_json: bool) -> None:
    from reelsift.cli.policy_words import rejecting
    from reelsift.domain.policy_version import Live
    from reelsift.errors import NoSuchEpoch
    from reelsift.policy_versions.current import read_live
    from reelsift.reports.policy_yaml import as_yaml

    if epoch is None:
        live = await read_live(deployment)
    else:
        version = await deployment.policy_versions.of_epoch(epoch)
        if version is None:
            raise NoSuchEpoch(epoch)
        live = Live(await deployment.policy_versions.policy_of(version), version)
    version, document = live.version, json.loads(live.policy.document)
    if as_json:
        typer.echo(json.dumps(version.members() | {"content": document}))
        return
    if version.epoch:
        say(f"epoch {version.epoch}, by {version.by}, {wording.moment(version.at_ms)}")
        if version.note:
            say(f"note: {version.note}")
        say(f"machines reject: {rejecting(version)}")
    else:
        say("no policy is live yet: this one would be the first version")
    if live.policy.digest != version.judging:
        say(f"this release judges it as {live.policy.digest}, and not as {version.judging} as when it was applied")
    write_out(as_yaml(document))
