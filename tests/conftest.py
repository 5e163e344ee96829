"""Every test starts without AWS settings of whoever runs it, and without the project's own."""

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from e2e.deployment import under_policies
from support import ancestor, botocore_models, bytecode, command_line, enforcement, garbage, groups, thoroughness
from support.forks import Forks
from support.world import World

# A shell has what it starts in the background ignore Ctrl-C, and everything that tests start would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Terraform's provider reads its schema for each command; a lazier garbage collector saves a third of that time.
os.environ.setdefault("GOGC", "800")

thoroughness.register_profiles()
botocore_models.read_once()
botocore_models.name_once()
botocore_models.make_once()
botocore_models.ask_cheaply()
command_line.build_once()


def pytest_configure(config: pytest.Config) -> None:
    under_policies.decide(config)
    bytecode.make_once(config)
    ancestor.begin(config)
    # Late: what is forked for other programs acts as nobody.
    enforcement.begin_test_process()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    with garbage.none_so_far():
        return (yield)


def pytest_unconfigure(config: pytest.Config) -> None:
    # Processes of pytest-xdist are forked, and end before libraries look.
    if not hasattr(config, "workerinput"):
        garbage.look_again()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    repeated = under_policies.repeated(items)
    groups.gather(items)
    items.sort(key=groups.haste)
    yield
    under_policies.leave_out(config, items, repeated)
    groups.announce(items)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was skipped for want of what: a line for each reason, however many tests there are."""
    reasons = Counter(
        report.longrepr[2].removeprefix("Skipped: ") for report in terminalreporter.stats.get("skipped", [])
    )
    if reasons:
        terminalreporter.section("not run")
    for reason, tests in reasons.most_common():
        terminalreporter.line(f"{reason}: {tests} {'test' if tests == 1 else 'tests'} not run")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("AWS_", "REELSIFT_")):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _logs_end_with_the_test(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A command that a test runs in this process sets the logs up for good, on a standard error that ends with it."""
    configure = structlog.configure

    def configure_for_now(**options: Any) -> None:
        configure(**options | {"cache_logger_on_first_use": False})

    monkeypatch.setattr(structlog, "configure", configure_for_now)
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    with Forks() as forks:
        yield forks


@pytest.fixture
def worlds(forks: Forks, tmp_path: Path) -> Iterator[Callable[..., World]]:
    """Makes worlds with knobs of the test's choice, and ends them with it."""
    made: list[World] = []

    def make(**knobs: Any) -> World:
        made.append(World(tmp_path, forks.popen, deployed=forks.deployed(), **knobs))
        return made[-1]

    yield make
    for world in made:
        world.close()
