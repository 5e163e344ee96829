"""`reelsift console`: the review console, in a browser."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.option_kinds import whole
from reelsift.cli.session import on_deployment
from reelsift.cli.terminal import say

if TYPE_CHECKING:
    import socket

    from reelsift.aws.deployment import Deployment


def console(
    port: Annotated[
        int, typer.Option(parser=whole(0, 65535), metavar="PORT", help="Port of 127.0.0.1; 0 takes a free one.")
    ] = 0,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open it in the browser.")] = True,
    named: Annotated[
        str | None,
        typer.Option(
            "--as", metavar="NAME", help="Who reviews, where somebody else's credentials are used; kept as a pseudonym."
        ),
    ] = None,
) -> None:
    """Decide videos in a browser, on this machine, with your own AWS credentials, until Ctrl-C.

    The address that it prints has a token in it: whoever has that address decides in your name while this runs. Nobody
    on another machine reaches it.
    """
    from reelsift.console.serving import LOOPBACK, listen
    from reelsift.reviews.reviewer import UnusableName, check_name

    if named is not None:
        try:
            check_name(named)
        except UnusableName as error:
            raise CommandError(f"--as: {error}", Exit.WRONG_USE) from None
    try:
        listening = listen(LOOPBACK, port)
    except OSError as error:
        raise CommandError(f"the console cannot listen on port {port}: {error.strerror or error}") from error
    with listening:
        on_deployment(lambda deployment: _serve(deployment, listening, named, browser=browser))


async def _serve(deployment: "Deployment", listening: "socket.socket", named: str | None, *, browser: bool) -> None:
    from reelsift.console.access.loopback import LoopbackGate
    from reelsift.console.access.origin import Origin
    from reelsift.console.serving import LOOPBACK, make_console, serve
    from reelsift.runtime.signals import stop_on_signals

    port = listening.getsockname()[1]
    gate = LoopbackGate(deployment, Origin("http", f"{LOOPBACK}:{port}"), named)

    def ready() -> None:
        typer.echo(gate.address)
        say("the console runs at this address, for whoever has it; Ctrl-C here ends it")
        if browser:
            typer.launch(gate.address)

    app = await make_console(deployment, gate, https=False)
    stop = asyncio.Event()
    with stop_on_signals(stop):
        await serve(app, listening, stop, ready=ready)
