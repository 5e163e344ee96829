"""Tests that run under a deployment's policies need not run without them in the same session."""

import os
from collections.abc import Iterable

import pytest

from e2e.deployment.second_run import MODULES, TESTS
from support import needs

_ONLY_THERE = "TESTS_UNDER_POLICIES_ONLY"
"""Set by the process that hands tests out, so that all of its workers find the same tests."""

_RUNS_THEM = "tests/e2e/deployment/test_permissions.py::"


def decide(config: pytest.Config) -> None:
    """At the beginning: where every test is asked for, and Terraform can make the policies, these run once."""
    if hasattr(config, "workerinput"):
        return
    os.environ.pop(_ONLY_THERE, None)
    if not config.option.file_or_dir and needs.providers.are_there():
        os.environ[_ONLY_THERE] = "1"


def repeated(items: Iterable[pytest.Item]) -> set[pytest.Item]:
    """Those that run under the policies as well."""
    listed = {*TESTS, *MODULES}
    return {item for item in items if not listed.isdisjoint(_names(item.nodeid))}


def _names(node: str) -> set[str]:
    """What a test may be listed by: its own name, that without parameters, and its module's."""
    return {node, node.partition("[")[0], node.partition("::")[0]}


def leave_out(config: pytest.Config, items: list[pytest.Item], repeated: set[pytest.Item]) -> None:
    """Leave the repeated ones to the test of permissions, where that is among the tests; it fails where one of them
    does.
    """
    if _ONLY_THERE in os.environ and any(item.nodeid.startswith(_RUNS_THEM) for item in items):
        config.hook.pytest_deselected(items=[item for item in items if item in repeated])
        items[:] = [item for item in items if item not in repeated]
