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
    from collections.abc import Callable

    from reelsift.aws.deployment import Deployment
    from reelsift.console.access.gate import Gate


def console(
    port: Annotated[
        int, typer.Option(parser=whole(0, 65535), metavar="PORT", help="Port to listen on; 0 takes a free one.")
    ] = 0,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open it in the browser.")] = True,
    named: Annotated[
        str | None,
        typer.Option(
            "--as", metavar="NAME", help="Who reviews, where somebody else's credentials are used; kept as a pseudonym."
        ),
    ] = None,
    serve: Annotated[
        bool,
        typer.Option(
            "--serve",
            help="In a container behind a load balancer: whoever that logs in may use it, and nobody else.",
        ),
    ] = False,
) -> None:
    """Decide videos in a browser, on this machine, with your own AWS credentials, until Ctrl-C.

    The address that it prints has a token in it: whoever has that address decides in your name while this runs. Nobody
    on another machine reaches it, but with `--serve`, where nobody has a token.
    """
    from reelsift.console.serving import EVERYWHERE, LOOPBACK, listen
    from reelsift.reviews.reviewer import UnusableName, check_name

    if named is not None:
        try:
            check_name(named)
        except UnusableName as error:
            raise CommandError(f"--as: {error}", Exit.WRONG_USE) from None
        if serve:
            raise CommandError("--as: with --serve, people are who they are logged in as", Exit.WRONG_USE)
    try:
        listening = listen(EVERYWHERE if serve else LOOPBACK, port)
    except OSError as error:
        raise CommandError(f"the console cannot listen on port {port}: {error.strerror or error}") from error
    with listening:
        if serve:
            on_deployment(lambda deployment: _behind_a_balancer(deployment, listening))
        else:
            on_deployment(lambda deployment: _here(deployment, listening, named, browser=browser))


async def _behind_a_balancer(deployment: "Deployment", listening: "socket.socket") -> None:
    from reelsift.console.access.balancer import balancer_gate

    gate = balancer_gate(deployment.people, deployment.settings)
    await _serve(deployment, gate, listening, lambda: say("the console serves whom its load balancer logs in"))


async def _here(deployment: "Deployment", listening: "socket.socket", named: str | None, *, browser: bool) -> None:
    from reelsift.console.access.loopback import LoopbackGate
    from reelsift.console.access.origin import Origin
    from reelsift.console.serving import LOOPBACK

    port = listening.getsockname()[1]
    gate = LoopbackGate(deployment, Origin("http", f"{LOOPBACK}:{port}"), named)

    def ready() -> None:
        typer.echo(gate.address)
        say("the console runs at this address, for whoever has it; Ctrl-C here ends it")
        if browser:
            typer.launch(gate.address)

    await _serve(deployment, gate, listening, ready)


async def _serve(
    deployment: "Deployment", gate: "Gate", listening: "socket.socket", ready: "Callable[[], None]"
) -> None:
    from reelsift.console.serving import make_console, serve
    from reelsift.runtime.signals import stop_on_signals

    app = await make_console(deployment, gate, https=gate.kind == "balancer")
    stop = asyncio.Event()
    with stop_on_signals(stop):
        await serve(app, listening, stop, ready=ready)
