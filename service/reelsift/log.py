"""Logs: structlog, JSON lines in a container and coloured text on a terminal, always on stderr."""

import logging
import os
import sys
from collections.abc import Sequence
from typing import Any, Literal, TextIO

import structlog
import structlog.tracebacks

_LEFT_OUT = "(its text is logged at level debug alone: it may say what was worked on)"

# Local variables of a frame are message bodies, receipts and, in botocore's, credentials.
_WHOLE = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)


def _without_texts(exc_info: Any) -> list[dict[str, Any]]:
    """A traceback that says where, and by which error. The texts of errors that nobody foresaw are left out: what could
    not be read stands in them, such as a label, a note or a key.
    """
    stacks = _WHOLE(exc_info)
    _leave_out(stacks, exc_info[1])
    return stacks


def _leave_out(stacks: Sequence[dict[str, Any]], error: BaseException | None) -> None:
    for stack in stacks:
        stack["exc_value"] = _words(error)
        stack["exc_notes"] = []
        stack["syntax_error"] = None
        for inner, one in zip(stack["exceptions"], getattr(error, "exceptions", ()), strict=False):
            _leave_out(inner, one)
        error = None if error is None else _behind(error)


def _behind(error: BaseException) -> BaseException | None:
    """The next of a traceback, as structlog goes on: only what was raised is in one."""
    if error.__cause__ is not None and error.__cause__.__traceback__ is not None:
        return error.__cause__
    context = None if error.__suppress_context__ else error.__context__
    return context if context is not None and context.__traceback__ is not None else None


def _words(error: BaseException | None) -> str:
    """What an error may say in a log: what this program says itself, and what AWS and the system call it."""
    if error is None:
        return _LEFT_OUT
    if type(error).__module__.partition(".")[0] == __package__:
        return structlog.tracebacks.safe_str(error)
    # Of botocore's ClientError: its message repeats what was asked for. It is not imported for that.
    operation, response = getattr(error, "operation_name", None), getattr(error, "response", None)
    if isinstance(operation, str) and isinstance(response, dict):
        return f"{response.get('Error', {}).get('Code')} of {operation}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return _LEFT_OUT


class _Stderr:
    """stderr, of which nothing fails: a line that nobody takes any more (a closed pipe, a full disk) is dropped.

    A worker whose log raised would not hear the signal that it was about to log.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            self._stream.write(text)
        except BrokenPipeError:
            self._give_up()
        except OSError:
            return 0
        return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except BrokenPipeError:
            self._give_up()
        except OSError:
            return

    def _give_up(self) -> None:
        """No reader comes back. Python flushes what is left at its end too, and exits with 120 where that fails."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)


def configure_logs(log_format: Literal["auto", "json", "console"], level: str) -> None:
    """Set structlog up for this process. stdout stays free for data."""
    tracebacks = _WHOLE if level == "debug" else _without_texts
    as_text = log_format == "console" or (log_format == "auto" and sys.stderr.isatty())
    rendering: list[structlog.typing.Processor] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.RichTracebackFormatter(show_locals=False))]
        if as_text
        else [structlog.processors.ExceptionRenderer(tracebacks), structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            *rendering,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(_Stderr(sys.stderr)),  # type: ignore[arg-type]  # print needs no more of it
        cache_logger_on_first_use=True,
    )
