"""What botocore makes of its JSON files and tables, whoever asks."""

import copy
from functools import cache
from typing import Any

import botocore.session
from botocore.hooks import EventAliaser


def read_once() -> None:
    """Read each model once a process, and not once a session: tests open hundreds of sessions, a program one."""
    botocore.session.create_loader = cache(botocore.session.create_loader)


def name_once() -> None:
    """Look each event's name up once a process. botocore goes through its table of names for each client, and copies
    the table for it: a fifth of what a client costs.
    """
    aliaser: Any = EventAliaser
    known: dict[str, str] = {}

    def made(self: Any, event_emitter: Any, event_aliases: Any = None) -> None:
        begin(self, event_emitter, event_aliases)
        if event_aliases is None:
            self._alias_name_cache = known

    def copied(self: Any) -> Any:
        twin: Any = EventAliaser(copy.copy(self._emitter), self._event_aliases)
        twin._alias_name_cache = self._alias_name_cache
        return twin

    begin = aliaser.__init__
    aliaser.__init__ = made
    aliaser.__copy__ = copied
