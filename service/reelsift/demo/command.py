"""The command line, run as its user runs it: in a terminal of 80 columns, whatever the demo's own output is."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path
from typing import BinaryIO

from reelsift.demo import interruption

COLUMNS = 80
_ROWS = 50
_PIECE = 65536


def run(*arguments: str, stdout: Path | None = None) -> tuple[int, str]:
    """The exit code of `reelsift …`, and what its terminal shows, in plain text. `stdout` is a file for the data;
    then the terminal shows what accompanies them.
    """
    terminal, slave = pty.openpty()
    try:
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, COLUMNS, 0, 0))
        process = _started(arguments, slave, stdout)
    except BaseException:
        os.close(terminal)
        raise
    finally:
        os.close(slave)
    try:
        with os.fdopen(terminal, "rb", buffering=0) as screen:
            shown = _read(screen)
        return process.wait(), shown.decode(errors="replace").replace("\r\n", "\n").rstrip()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _started(arguments: tuple[str, ...], terminal: int, stdout: Path | None) -> "subprocess.Popen[bytes]":
    # A dumb terminal gets no colours and no spinners: what it is shown can be printed anywhere.
    env = os.environ | {"TERM": "dumb", "PYTHONUTF8": "1"}
    for variable in ("FORCE_COLOR", "TTY_COMPATIBLE", "COLUMNS"):
        env.pop(variable, None)
    with interruption.held_back():
        if stdout is None:
            return subprocess.Popen(  # noqa: S603 - this interpreter and the project's own module
                _command(arguments), env=env, stdin=subprocess.DEVNULL, stdout=terminal, stderr=terminal
            )
        with stdout.open("wb") as file:
            return subprocess.Popen(  # noqa: S603 - the same
                _command(arguments), env=env, stdin=subprocess.DEVNULL, stdout=file, stderr=terminal
            )


def _command(arguments: tuple[str, ...]) -> list[str]:
    return [sys.executable, "-m", "reelsift.cli", *arguments]


def _read(screen: BinaryIO) -> bytes:
    """All that is shown until the last process has closed the terminal, which Linux reports as an error."""
    shown = b""
    while True:
        try:
            piece = screen.read(_PIECE)
        except OSError:
            return shown
        if not piece:
            return shown
        shown += piece
