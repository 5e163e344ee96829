"""`reelsift local`: the embedded cloud, for trying and testing without an AWS account."""

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.option_kinds import decimal, deployment_name, whole
from reelsift.cli.terminal import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reelsift.demo.playground import Playground

local = typer.Typer(no_args_is_help=True, help="The embedded cloud: AWS with Rekognition Video, on this machine.")

_REGION = "us-east-1"


@local.command()
def up(
    port: Annotated[
        int, typer.Option(parser=whole(0, 65535), metavar="PORT", help="Port of 127.0.0.1; 0 takes a free one.")
    ] = 0,
    quota: Annotated[
        int, typer.Option(parser=whole(0, of="jobs"), metavar="N", help="Stored-video jobs that may be open at once.")
    ] = 20,
    job_seconds: Annotated[
        float | None,
        typer.Option(
            parser=decimal(0, of="seconds"),
            metavar="S",
            help="Seconds every job takes; half the video's length unless given.",
        ),
    ] = None,
    deployment: Annotated[
        str,
        typer.Option(parser=deployment_name, metavar="NAME", help="Name of the deployment that is made in it."),
    ] = "reelsift",
    worker: Annotated[
        bool,
        typer.Option(
            "--worker", help="Start a worker too, put a few videos there, and open a shell that has the settings."
        ),
    ] = False,
) -> None:
    """Run an embedded cloud with a deployment in it until Ctrl-C.

    Prints the `export` lines by which other terminals use it; the bucket for videos is in REELSIFT_DATA_BUCKETS. With
    --worker one terminal is enough: there, at a terminal, a shell is opened that needs no such lines; `exit` ends all.
    """
    _require_cloud()
    if worker:
        given = {"port": port, "quota": quota, "job_seconds": job_seconds}
        _play(deployment, {name: value for name, value in given.items() if value is not None})
        return
    from reelsift.demo.provision import Provisioner
    from rekognition_cloud.cloud import serve
    from rekognition_cloud.knobs import Knobs

    def ready(url: str) -> None:
        settings = Provisioner(url, deployment, _REGION).provision()
        _print_exports({**_aws_variables(url), **settings})
        say(f"\nthe embedded cloud runs at {url}; put these lines into another terminal, Ctrl-C here ends it")

    try:
        serve(port, Knobs(quota=quota, job_seconds=job_seconds), ready)
    except OSError as error:
        raise CommandError(f"the embedded cloud cannot listen on port {port}: {error.strerror or error}") from error


def _play(deployment: str, knobs: "Mapping[str, float]") -> None:
    """The cloud with a worker and videos in it, and a shell where there is a person to use it."""
    import threading

    from reelsift.demo import interruption
    from reelsift.demo.playground import playground
    from rekognition_cloud.process import CloudError

    try:
        with interruption.interruptible(), playground(deployment, knobs) as place:
            say(
                f"the embedded cloud runs at {place.url}, with {place.videos} videos in s3://{place.bucket}/ and a"
                f" worker (its log: {place.log})"
            )
            if sys.stdin.isatty() and sys.stdout.isatty():
                _open_shell(place)
            else:
                _print_exports(place.variables)
                say("put these lines into another terminal, Ctrl-C here ends it")
                threading.Event().wait()
    except CloudError as error:
        raise CommandError(str(error)) from None
    except KeyboardInterrupt:
        say("ended")


def _open_shell(place: "Playground") -> None:
    from reelsift.demo.playground import shell_environment

    say(
        f"this shell finds it:\n  reelsift submit s3://{place.bucket}/ --yes --wait\n"
        "  reelsift search --verdict reject\n  reelsift status\n`exit` ends shell, worker and cloud"
    )
    environment = shell_environment(place.variables, Path(sys.executable).parent)
    subprocess.run([os.environ.get("SHELL", "/bin/sh")], env=environment, check=False)  # noqa: S603 - the user's own


def _print_exports(variables: "Mapping[str, str]") -> None:
    for name, value in variables.items():
        typer.echo(f"export {name}={shlex.quote(value)}")


@local.command()
def console(
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open it in the browser.")] = True,
    deployment: Annotated[
        str, typer.Option(parser=deployment_name, metavar="NAME", help="Name of the deployment that is made.")
    ] = "reelsift",
) -> None:
    """Try the review console: the embedded cloud, with videos in it that wait for you, until Ctrl-C.

    What Rekognition says about the videos was written; all else is as on AWS. Nothing of it is kept.
    """
    _require_cloud()
    from reelsift.demo import interruption
    from reelsift.demo.playground import playground, serve_console
    from rekognition_cloud.process import CloudError

    try:
        with interruption.interruptible(), playground(deployment, {"job_seconds": 0.5}) as place:
            say(f"{place.videos} videos are analysed by the embedded cloud; then the console opens")
            serve_console(place, browser=browser)
    except CloudError as error:
        raise CommandError(str(error)) from None
    except KeyboardInterrupt:
        say("ended")


@local.command()
def demo(
    page: Annotated[Path | None, typer.Option(help="Leave the report's page, for a browser, in this file.")] = None,
) -> None:
    """Run the main job on the embedded cloud, from a list of videos to verdicts, and show the result."""
    _require_cloud()
    from reelsift.demo import main

    main(page)


def _aws_variables(url: str) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": _REGION,
        "AWS_DEFAULT_REGION": _REGION,
    }


def _require_cloud() -> None:
    """Raises CommandError where the embedded cloud, or a library that it needs, is not installed."""
    from importlib.util import find_spec

    if any(find_spec(package) is None for package in ("rekognition_cloud", "av", "moto")):
        raise CommandError(
            "the embedded cloud is a package of its own, and is not installed here: in a clone of reelsift run make"
            " setup, or pip install ./service/rekognition_cloud",
            Exit.FAILED,
        )
