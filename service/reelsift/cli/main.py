"""`reelsift`: data on stdout, everything else on stderr."""

import io
import os
import sys
import traceback
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from reelsift import __version__
from reelsift.cli import aws_environment
from reelsift.cli.aws_environment import Profile, Region, asks_aws
from reelsift.cli.cancel import cancel
from reelsift.cli.console import console
from reelsift.cli.decide import decide
from reelsift.cli.doctor import doctor
from reelsift.cli.events import events
from reelsift.cli.exits import Exit
from reelsift.cli.failures import explain
from reelsift.cli.forget import forget
from reelsift.cli.give_up import give_up
from reelsift.cli.hold import hold, release
from reelsift.cli.import_answers import import_answers
from reelsift.cli.inspect import inspect
from reelsift.cli.local import local
from reelsift.cli.pause import pause
from reelsift.cli.policy import policy
from reelsift.cli.redrive import redrive
from reelsift.cli.reevaluate import reevaluate
from reelsift.cli.report import report
from reelsift.cli.resume import resume
from reelsift.cli.retry import retry
from reelsift.cli.review import review
from reelsift.cli.search import search
from reelsift.cli.show import show
from reelsift.cli.smoke import smoke
from reelsift.cli.status import status
from reelsift.cli.submit import submit
from reelsift.cli.terminal import complain
from reelsift.cli.worker import worker


class Commands(TyperGroup):
    """The commands: what goes wrong in one becomes a sentence and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except KeyboardInterrupt:
            complain("interrupted")
            raise typer.Exit(Exit.INTERRUPTED) from None
        except BrokenPipeError:
            # Whoever read stdout has seen enough. What is still buffered must not fail once more at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(Exit.FAILED) from None
        except Exception as error:
            explained = explain(error)
            if explained is None:
                raise
            sentence, code = explained
            complain(sentence)
            raise typer.Exit(code) from None
        else:
            return result


app = typer.Typer(
    name="reelsift",
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for command in (
    submit,
    status,
    pause,
    resume,
    cancel,
    retry,
    give_up,
    forget,
    hold,
    release,
    decide,
    console,
    show,
    search,
    inspect,
    report,
    reevaluate,
    redrive,
    doctor,
    smoke,
    worker,
):
    app.command()(asks_aws(command))
app.command("import")(asks_aws(import_answers))
app.add_typer(policy, name="policy")
app.add_typer(review, name="review")
app.add_typer(local, name="local")
app.add_typer(events, name="events")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"reelsift {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    profile: Profile = None,
    region: Region = None,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None:
    """Moderate the videos that already lie in S3, at any number, with Amazon Rekognition Video.

    Settings come from the environment (REELSIFT_…) or a .env file. Data goes to stdout, everything else to stderr.
    Exit codes: 0 done, 1 failed, 2 wrong use, 3 done but some lines failed, 4 there was nothing to do.
    """
    aws_environment.use(profile, region)


def _open_closed_streams() -> None:
    """Let every stream that whoever started this has closed (`>&-`) lead nowhere: Python has None in its place, and the
    next file or connection would get its number.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - open to the end


def main() -> None:
    """The entry point. An error that nobody foresaw is said in a line too, with the way to its stack trace."""
    _open_closed_streams()
    # A key may hold what the terminal's encoding does not: better shown as an escape than not at all.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        app()
    except Exception as error:  # noqa: BLE001 - the last resort
        if os.environ.get("REELSIFT_LOG_LEVEL") == "debug":
            traceback.print_exc()
        complain(
            f"this is a fault of reelsift: {type(error).__name__}: {error}\n"
            "please report it with what REELSIFT_LOG_LEVEL=debug prints"
        )
        sys.exit(Exit.FAILED)
