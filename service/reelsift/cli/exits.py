"""How a command ends: the exit codes that scripts rely on."""

from enum import IntEnum


class Exit(IntEnum):
    """The exit codes of every command."""

    DONE = 0
    FAILED = 1
    WRONG_USE = 2
    LINES_FAILED = 3
    """The command did all it was asked to, and some lines of the batch ended as FAILED."""
    NOTHING_TO_DO = 4
    """Nothing was done, for there was nothing: no line to submit or to retry, no dead letter to send back, no
    event to send again."""
    INTERRUPTED = 130
    """Ctrl-C, as shells number it."""


class CommandError(Exception):
    """What a command ends with when it cannot go on: a sentence for its user, and the exit code."""

    def __init__(self, message: str, code: Exit = Exit.FAILED) -> None:
        super().__init__(message)
        self.code = code
