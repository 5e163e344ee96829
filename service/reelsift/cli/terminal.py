"""What a person reads and answers: sentences on stderr, tables on stdout."""

import signal
import sys

import typer
from rich.console import Console

LONGEST_ROW = 1200
"""Room for the longest key S3 knows."""


def screen(*, unbroken: bool = False) -> Console:
    """Standard output, for tables; plain where it is no terminal. Names are never read as rich's markup.

    With `unbroken` a row is one line however long: a name broken in two can be neither pasted nor searched for.
    """
    width = LONGEST_ROW if unbroken else None
    return Console(file=sys.stdout, highlight=False, markup=False, emoji=False, width=width)


def margin() -> Console:
    """Standard error, as `screen` is stdout: for what accompanies the data."""
    return Console(file=sys.stderr, highlight=False, markup=False, emoji=False)


def say(sentence: str) -> None:
    """Tell the user something that is not data."""
    typer.echo(printable(sentence), err=True)


def write_out(text: str) -> None:
    """Write data to stdout. A program gets it as it is; on a terminal nothing in it steers that."""
    sys.stdout.write(printable(text) if sys.stdout.isatty() else text)


def warn(sentence: str) -> None:
    say(f"warning: {sentence}")


def complain(sentence: str) -> None:
    """Say why a command ends without having done what it should. Further lines are indented."""
    say("error: " + "\n  ".join(sentence.splitlines()))


def can_ask() -> bool:
    """Whether there is a person to answer a question."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str) -> bool:
    """A question that must be answered with yes to go on; Ctrl-C and Ctrl-D mean no."""
    # asyncio's own handler would only note a Ctrl-C, while the prompt goes on waiting.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return typer.confirm(question, err=True)
    except typer.Abort:
        return False
    finally:
        signal.signal(signal.SIGINT, before)


def is_utf8(text: str) -> bool:
    """Whether a text of the command line or the system was UTF-8: Python keeps other bytes as halves of surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def printable(text: str) -> str:
    """`text` with everything escaped by which a name could steer the terminal; line breaks stay."""
    return "".join(
        char if char.isprintable() or char == "\n" else char.encode("unicode_escape", "surrogatepass").decode()
        for char in text
    )
