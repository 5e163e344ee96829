"""What botocore makes of its JSON files and tables, whoever asks; and what it does for each request, though nobody here
looks at it.
"""

import copy
import inspect
from collections.abc import Callable
from functools import cache
from itertools import count
from types import SimpleNamespace
from typing import Any

import botocore.client
import botocore.endpoint
import botocore.regions
import botocore.session
from aiobotocore.regions import AioEndpointRulesetResolver
from botocore import auth, hooks, useragent
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
    register handlers without asking each whether it may be called, and copy none.
    """
    _make_methods_once(botocore.client.ClientCreator)
    _understand_models_once(botocore.client.ClientCreator)
    _read_rules_once()
    _share_handlers(hooks)
    module: Any = hooks
    accepts = module.accepts_kwargs
    module.accepts_kwargs = lambda handler: _takes_any_name(handler, accepts)


def ask_cheaply() -> None:
    """Send requests to embedded clouds with as little ado as these need: a quarter of what a request costs its client.

    Nobody there reads signatures of headers (those of links are checked, and made), the rules of endpoints all say the
    one address of the cloud, and the number of a request need not differ from those of other programs. Programs that
    tests start without the fork server do all of it as ever.
    """
    _name_signers_only()
    _find_endpoints_once(botocore.regions.EndpointRulesetResolver)
    _find_endpoints_once(AioEndpointRulesetResolver)
    _introduce_once()
    numbers = count()
    vars(botocore.endpoint)["uuid"] = SimpleNamespace(uuid4=lambda: f"{next(numbers):032x}")


def _name_signers_only() -> None:
    module: Any = auth
    sign = module.SigV4Auth.add_auth

    def name(self: Any, request: Any) -> None:
        # Links are signed by classes of their own.
        if type(self) not in {auth.SigV4Auth, auth.S3SigV4Auth} or self.credentials is None:
            sign(self, request)
            return
        request.context["timestamp"] = module.get_current_datetime().strftime(auth.SIGV4_TIMESTAMP)
        self._modify_request_before_signing(request)
        request.headers["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.scope(request)}, SignedHeaders=host, Signature=none"
        )

    module.SigV4Auth.add_auth = name


def _find_endpoints_once(resolver: Any) -> None:
    find = resolver.construct_endpoint

    def known(self: Any) -> dict[tuple[str, str | None], Any] | None:
        """What was found; None where the rules decide, and not the address of a cloud."""
        return self.__dict__.setdefault("_found", {}) if self._builtins.get("SDK::Endpoint") else None

    def place(operation: Any, given: Any) -> tuple[str, str | None]:
        # Addresses of S3 name the bucket.
        return operation.name, (given or {}).get("Bucket")

    def found(self: Any, operation_model: Any, call_args: Any, request_context: Any) -> Any:
        kept, where = known(self), place(operation_model, call_args)
        if kept is None:
            return find(self, operation_model, call_args, request_context)
        if where not in kept:
            kept[where] = find(self, operation_model, call_args, request_context)
        return kept[where]

    async def found_later(self: Any, operation_model: Any, call_args: Any, request_context: Any) -> Any:
        kept, where = known(self), place(operation_model, call_args)
        if kept is None:
            return await find(self, operation_model, call_args, request_context)
        if where not in kept:
            kept[where] = await find(self, operation_model, call_args, request_context)
        return kept[where]

    resolver.construct_endpoint = found_later if inspect.iscoroutinefunction(find) else found


def _introduce_once() -> None:
    """The words by which a client introduces itself are the same in all of its requests."""
    agent: Any = useragent.UserAgentString
    say = agent.to_string

    def said(self: Any) -> str:
        # Copied, it may be another client's.
        if self.__dict__.get("_said", (None,))[0] is not self:
            self._said = (self, say(self))
        text: str = self._said[1]
        return text

    agent.to_string = said


def _make_methods_once(creator: Any) -> None:
    create = creator._create_methods
    known: dict[tuple[type, str, str], dict[str, Any]] = {}

    def methods(self: Any, service_model: Any) -> dict[str, Any]:
        place = type(self), service_model.service_name, service_model.api_version
        if place not in known:
            known[place] = create(self, service_model)
        return dict(known[place])

    creator._create_methods = methods


def _understand_models_once(creator: Any) -> None:
    """What botocore finds out of a service's model, its operations and their shapes, it keeps in an object a client."""
    load = creator._load_service_model
    known: dict[tuple[str, str | None], Any] = {}

    def model(self: Any, service_name: str, api_version: str | None = None) -> Any:
        place = service_name, api_version
        if place not in known:
            known[place] = load(self, service_name, api_version)
        return known[place]

    creator._load_service_model = model


def _share_handlers(module: Any) -> None:
    """Each client has the handlers of its session, hundreds in a tree, and a few of its own. Copies have the nodes in
    common, and where a handler comes or goes, the nodes on the way to it are copied first.
    """
    trie = module._PrefixTrie
    append, remove = trie.append_item, trie.remove_item

    def copied(self: Any) -> Any:
        twin = trie()
        twin._root = self._root
        twin.shares = self.shares = True
        return twin

    def own_way(self: Any, key: str) -> None:
        if not self.shares:
            return
        node = self._root = _twin(self._root)
        for part in key.split("."):
            if part not in node["children"]:
                return
            child = node["children"][part] = _twin(node["children"][part])
            node = child

    def appended(self: Any, key: str, *handler: Any, **section: Any) -> None:
        own_way(self, key)
        append(self, key, *handler, **section)

    def removed(self: Any, key: str, handler: Any) -> None:
        own_way(self, key)
        remove(self, key, handler)

    trie.shares = False
    trie.__copy__, trie.append_item, trie.remove_item = copied, appended, removed


def _twin(node: dict[str, Any]) -> dict[str, Any]:
    """A node of the tree of handlers, with the same nodes below it."""
    values = node["values"]
    return {
        "chunk": node["chunk"],
        "children": dict(node["children"]),
        "values": values and hooks.NodeList(list(values.first), list(values.middle), list(values.last)),
    }


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
