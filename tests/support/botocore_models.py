"""What botocore makes of its JSON files and tables, whoever asks."""

import copy
import inspect
from collections.abc import Callable
from functools import cache
from typing import Any

import botocore.client
import botocore.regions
import botocore.session
from botocore import hooks
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


def make_once() -> None:
    """Make the methods of a service's clients, and read the rules by which its endpoints are found, once a process; and
    register and copy handlers without asking each whether it may be called, and how it is copied.
    """
    _make_methods_once(botocore.client.ClientCreator)
    _read_rules_once()
    module: Any = hooks
    accepts = module.accepts_kwargs
    module.accepts_kwargs = lambda handler: _takes_any_name(handler, accepts)
    trie: Any = module._PrefixTrie
    trie._recursive_copy = lambda _, node: _copied(node)


def _make_methods_once(creator: Any) -> None:
    create = creator._create_methods
    known: dict[tuple[type, str, str], dict[str, Any]] = {}

    def methods(self: Any, service_model: Any) -> dict[str, Any]:
        place = type(self), service_model.service_name, service_model.api_version
        if place not in known:
            known[place] = create(self, service_model)
        return dict(known[place])

    creator._create_methods = methods


def _read_rules_once() -> None:
    module: Any = botocore.regions
    provider = module.EndpointProvider
    # The models are kept too: no other gets the place of one that is gone.
    known: dict[tuple[int, ...], tuple[Any, dict[str, Any]]] = {}

    def read(**given: Any) -> Any:
        place = tuple(id(given[name]) for name in sorted(given))
        if place not in known:
            known[place] = provider(**given), given
        return known[place][0]

    module.EndpointProvider = read


def _takes_any_name(handler: Any, otherwise: Callable[[Any], bool]) -> bool:
    code = getattr(handler, "__code__", None)
    return otherwise(handler) if code is None else bool(code.co_flags & inspect.CO_VARKEYWORDS)


def _copied(node: dict[str, Any]) -> dict[str, Any]:
    """A node of the tree of handlers, and all below it."""
    return {
        key: _copied(value)
        if type(value) is dict
        else hooks.NodeList(list(value.first), list(value.middle), list(value.last))
        if type(value) is hooks.NodeList
        else value
        for key, value in node.items()
    }
