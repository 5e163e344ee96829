"""The way of a request through moto to the method that answers it."""

from functools import cache
from typing import Any

from moto import backends
from moto.core import responses
from moto.moto_server.werkzeug_app import DomainDispatcherApplication


def mend_dispatch() -> None:
    mend_module_listing()
    mend_host_lookup()
    mend_method_listing()


def mend_module_listing() -> None:
    """Fault: moto lists its package's directory for every request. The list cannot change: read it once."""
    modules = frozenset(backends.list_of_moto_modules())
    backends.list_of_moto_modules = lambda: modules


def mend_host_lookup() -> None:
    """Fault: for every request moto tries the patterns of its services one by one against the host."""
    lookup = DomainDispatcherApplication.get_backend_for_host
    known: dict[str | None, Any] = {}

    def get_backend_for_host(self: Any, host: str | None) -> Any:
        if host not in known:
            known[host] = lookup(self, host)
        return known[host]

    DomainDispatcherApplication.get_backend_for_host = get_backend_for_host


def mend_method_listing() -> None:
    """Fault: moto inspects the whole class of a service for every request, to see whether it has one method."""
    responses.method_names_from_class = cache(responses.method_names_from_class)
