"""Which account and region a process speaks with: `--profile`, `--region`, and else what the environment says.

Both flags become environment variables, since that is where botocore and the settings read them.
"""

import functools
import inspect
import os
from collections.abc import Callable, Iterable
from typing import Annotated, Any

import typer

from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.terminal import is_utf8

_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")

Profile = Annotated[
    str | None, typer.Option("--profile", metavar="NAME", help="AWS profile to take credentials and region from.")
]
Region = Annotated[str | None, typer.Option("--region", metavar="REGION", help="AWS region of the deployment.")]


def use(profile: str | None, region: str | None) -> None:
    """Let the flags that were given count for everything this process asks of AWS."""
    if profile is not None:
        os.environ["AWS_PROFILE"] = profile
        # Keys in the environment would win over the profile; a profile that was asked for must win over them.
        for name in _KEYS:
            os.environ.pop(name, None)
    if region is not None:
        os.environ["REELSIFT_REGION"] = region
    # ECS and the other SDKs say AWS_REGION, which botocore does not read.
    region = region or os.environ.get("AWS_REGION")
    if region:
        os.environ["AWS_REGION"] = os.environ["AWS_DEFAULT_REGION"] = region


def _check_texts(arguments: Iterable[object]) -> None:
    """Raises CommandError for a text that is not UTF-8, which nothing in AWS can hold or be called. A file may be."""
    for value in arguments:
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and not is_utf8(text) and not os.path.exists(text):  # noqa: PTH110 - no path
                raise CommandError(
                    f"{text!r} is not UTF-8, and everything in AWS is: look at the encoding of the terminal, or of"
                    " what the command was written by",
                    Exit.WRONG_USE,
                )


def asks_aws(command: Callable[..., None]) -> Callable[..., None]:
    """A command that takes `--profile` and `--region` after its name too."""

    @functools.wraps(command)
    def with_flags(*, profile: str | None, region: str | None, **arguments: Any) -> None:
        _check_texts(arguments.values())
        use(profile, region)
        command(**arguments)

    flags = {"profile": Profile, "region": Region}
    own = inspect.signature(command)
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=flag)
        for name, flag in flags.items()
    ]
    with_flags.__signature__ = own.replace(parameters=[*own.parameters.values(), *added])  # type: ignore[attr-defined]
    with_flags.__annotations__ = {**command.__annotations__, **flags}
    return with_flags
