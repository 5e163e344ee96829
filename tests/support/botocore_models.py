"""botocore's models of the services, from their JSON files."""

from functools import cache

from botocore.loaders import JSONFileLoader


def read_once() -> None:
    """Read each file once a process, and not once a session: the tests open hundreds, a program one."""
    JSONFileLoader.load_file = cache(JSONFileLoader.load_file)  # type: ignore[method-assign]
