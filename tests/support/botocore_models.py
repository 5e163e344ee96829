"""botocore's models of the services, from their JSON files."""

from functools import cache

import botocore.session


def read_once() -> None:
    """Read each file once a process, and not once a session: tests open hundreds of sessions, a program one."""
    botocore.session.create_loader = cache(botocore.session.create_loader)
