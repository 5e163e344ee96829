"""`reelsift worker`: the service, as the container runs it."""

from typing import TYPE_CHECKING, Annotated

import typer

from reelsift.cli.exits import Exit
from reelsift.cli.terminal import say

if TYPE_CHECKING:
    from reelsift.settings import Settings


def worker(
    check: Annotated[
        bool, typer.Option("--check", help="Only say whether the worker of this host is alive: exit 0, else 1.")
    ] = False,
) -> None:
    """Run the service: take lines from the queues, keep as many analyses running as the quota allows.

    Runs until SIGTERM or Ctrl-C, then finishes what it began. Any number of workers may run side by side.
    """
    from reelsift.settings import load_settings

    settings = load_settings()
    if check:
        _check(settings)
    else:
        _run(settings)


def _check(settings: "Settings") -> None:
    from reelsift.runtime.liveness import is_alive

    if not is_alive(settings.liveness_file):
        say(f"no worker has touched {settings.liveness_file} lately")
        raise typer.Exit(Exit.FAILED)


def _run(settings: "Settings") -> None:
    import os

    import structlog

    from reelsift.log import configure_logs
    from reelsift.policies import configured_policy
    from reelsift.runtime.signals import run
    from reelsift.settings import unknown_names
    from reelsift.worker.lifecycle import run_worker

    policy = configured_policy(settings)
    configure_logs(settings.log_format, settings.log_level)
    for name in unknown_names(os.environ):
        structlog.get_logger(__name__).warning("setting_unknown", name=name, then="it has no effect")
    run(run_worker(settings, policy))
