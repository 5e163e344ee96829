"""`reelsift local`: the embedded cloud, for trying and testing without an AWS account."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.option_kinds import decimal, whole
from reelsift.cli.terminal import say

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
    deployment: Annotated[str, typer.Option(help="Name of the deployment that is made in it.")] = "reelsift",
) -> None:
    """Run an embedded cloud with a deployment in it until Ctrl-C.

    Prints the `export` lines by which other terminals use it; the bucket for videos is in REELSIFT_DATA_BUCKETS.
    """
    _require_cloud()
    from reelsift.demo.provision import Provisioner
    from rekognition_cloud.cloud import serve
    from rekognition_cloud.knobs import Knobs

    def ready(url: str) -> None:
        settings = Provisioner(url, deployment, _REGION).provision()
        for name, value in {**_aws_variables(url), **settings}.items():
            typer.echo(f"export {name}={shlex.quote(value)}")
        say(f"\nthe embedded cloud runs at {url}; put these lines into another terminal, Ctrl-C here ends it")

    try:
        serve(port, Knobs(quota=quota, job_seconds=job_seconds), ready)
    except OSError as error:
        raise CommandError(f"the embedded cloud cannot listen on port {port}: {error.strerror or error}") from error


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

    if any(find_spec(package) is None for package in ("rekognition_cloud", "av", "moto", "waitress")):
        raise CommandError(
            "the embedded cloud is a package of its own, and is not installed here: in a clone of reelsift run make"
            " setup, or pip install ./service/rekognition_cloud",
            Exit.FAILED,
        )
