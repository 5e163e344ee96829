"""How moto finds the method that answers a request."""

from functools import cache
from typing import Any

from moto import backends
from moto.core import responses
from moto.moto_server.werkzeug_app import DomainDispatcherApplication


def patch_dispatch() -> None:
    patch_module_listing()
    patch_host_lookup()
    patch_method_listing()


def patch_module_listing() -> None:
    """Fault: moto lists the directory of its package for every request. The list never changes."""
    modules = frozenset(backends.list_of_moto_modules())
    backends.list_of_moto_modules = lambda: modules


def patch_host_lookup() -> None:
    """Fault: for every request moto matches the host against the patterns of its services, one by one."""
    lookup = DomainDispatcherApplication.get_backend_for_host
    known: dict[str | None, Any] = {}

    def get_backend_for_host(self: Any, host: str | None) -> Any:
        if host not in known:
            known[host] = lookup(self, host)
        return known[host]

    DomainDispatcherApplication.get_backend_for_host = get_backend_for_host


def patch_method_listing() -> None:
    """Fault: moto inspects the whole class of a service for every request, to see whether it has one method."""
    responses.method_names_from_class = cache(responses.method_names_from_class)
