"""Writes down from where the code under test calls AWS, while it runs.

A call of a store's method counts where it is made, for another task may send its request. So does an item of a
transaction, which needs a permission of its own.
"""

import functools
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from aiobotocore.client import AioBaseClient

from support.acting import actor
from support.call_sites import REQUEST, SOURCE, CallSite, store_methods

_FILES = "calls-*"
_SOURCE = f"{SOURCE}{os.sep}"


@dataclass(frozen=True, slots=True)
class Call:
    """Who calls what, a store's method such as `Jobs.get` or REQUEST, in which module (its path below the package) and
    line.
    """

    who: str
    called: str
    module: str
    line: int

    def is_at(self, site: CallSite) -> bool:
        """Whether it was made there; of a method that is handed on there, whether the runtime has made it."""
        if self.called.rpartition(".")[2] != site.called:
            return False
        if site.handed_on and self.module.startswith(("runtime/", "aws/")):
            return True
        return self.module == site.module and site.first <= self.line <= site.last


def recorded_calls(folder: Path) -> set[Call]:
    """Those of all processes that recorded into a folder."""
    lines = {line for file in folder.glob(_FILES) for line in file.read_text().splitlines()}
    calls = [line.split("\t") for line in lines]
    return {Call(who, called, module, int(line)) for who, called, module, line in calls}


def record_calls(folder: Path) -> None:
    """From now on, write each place from which somebody calls AWS in this process into a file of the folder.

    Once in a process: the classes stay changed.
    """
    recorder = _Recorder(folder / _FILES.replace("*", str(os.getpid())))
    for store, name, function in store_methods():
        setattr(store, name, recorder.method(function))
    client: Any = AioBaseClient
    client._make_api_call = recorder.request(client._make_api_call)


class _Recorder:
    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: set[Call] = set()

    def method(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same method of a store, noted where it is called."""

        @functools.wraps(function)
        def noted(*arguments: Any, **named: Any) -> Any:
            self._note(function.__qualname__, sys._getframe(1))
            return function(*arguments, **named)

        return noted

    def request(self, make: Callable[..., Any]) -> Callable[..., Any]:
        """The same method of a client, noted where the program calls it, with botocore in between."""

        @functools.wraps(make)
        def noted(*arguments: Any, **named: Any) -> Any:
            frame: FrameType | None = sys._getframe(1)
            while frame is not None and not _is_the_programs(frame):
                frame = frame.f_back
            if frame is not None:
                self._note(REQUEST, frame)
            return make(*arguments, **named)

        return noted

    def _note(self, called: str, frame: FrameType) -> None:
        who = actor()
        if who is None or not _is_the_programs(frame):
            return
        call = Call(who, called, frame.f_code.co_filename.removeprefix(_SOURCE), frame.f_lineno)
        if call not in self._known:
            self._known.add(call)
            # Workers are killed: what is noted has to be written at once.
            with self._file.open("a") as file:
                file.write(f"{call.who}\t{call.called}\t{call.module}\t{call.line}\n")


def _is_the_programs(frame: FrameType) -> bool:
    return frame.f_code.co_filename.startswith(_SOURCE)
