"""Logs: structlog, JSON lines in a container and coloured text on a terminal, always on stderr."""

import logging
import os
import sys
from typing import Literal, TextIO

import structlog
import structlog.tracebacks

# Local variables of a frame are message bodies, receipts and, in botocore's, credentials.
_TRACEBACKS = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))


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
    as_text = log_format == "console" or (log_format == "auto" and sys.stderr.isatty())
    rendering: list[structlog.typing.Processor] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.RichTracebackFormatter(show_locals=False))]
        if as_text
        else [_TRACEBACKS, structlog.processors.JSONRenderer()]
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
