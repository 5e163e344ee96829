"""What this program fails on is never swallowed without being counted: an alarm listens to the count."""

import ast
import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

import reelsift
from reelsift.aws.errors import AwsUnavailable
from reelsift.runtime.faults import Faults
from reelsift.runtime.tasks import Tasks
from support.memory_stores import MemoryMetrics

PACKAGE = Path(reelsift.__file__).parent

ROOMS = sorted(
    path.name
    for path in PACKAGE.iterdir()
    if (path / "__init__.py").exists() and path.name not in {"cli", "demo", "smoke", "domain", "policies"}
)
"""Where workers find their code; commands say what went wrong themselves."""

REASONED = {
    "aws/gathered.py": "given to every caller that waits for it",
    "batches/send/expander.py:_read_ahead": "whoever sends the chunk meets the same error",
    "console/endpoint.py": "each becomes an answer, by refusal_of, which counts those that nobody foresaw",
    "console/last_resort.py": "the same, outside of endpoints",
    "jobs/sealing.py:_protect": "raised once all else is done",
    "reevaluation/walker.py:_judge": "raised once the others have ended",
    "reevaluation/walker.py:judged": "raised once the others have ended",
    "reviews/deciding_many.py:_decide_all": "raised once all that was begun is answered",
    "reviews/deciding_many.py:decide_in_order": "raised once all that was begun is answered",
}
"""Handlers that swallow without counting, and why."""

ALL = {"Exception", "BaseException"}


async def test_a_task_that_fails_is_counted_and_one_that_met_an_outage_is_not() -> None:
    metrics = MemoryMetrics()
    tasks = Tasks(Faults(metrics))

    async def fail(error: Exception) -> None:
        raise error

    tasks.spawn(fail(RuntimeError("a fault of this program")))
    tasks.spawn(fail(AwsUnavailable("away")))
    await tasks.join()
    await asyncio.sleep(0)
    assert metrics.counted == {("ProgramFailures",): 1}


def _swallowing() -> Iterator[str]:
    """The handlers of every exception that neither raise nor count it."""
    for room in ROOMS:
        for path in sorted((PACKAGE / room).rglob("*.py")):
            name = path.relative_to(PACKAGE).as_posix()
            for function in ast.walk(ast.parse(path.read_text())):
                if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield from (f"{name}:{function.name}" for _ in _uncounted(function))


def _uncounted(function: ast.AST) -> Iterator[ast.ExceptHandler]:
    for node in ast.walk(function):
        if isinstance(node, ast.ExceptHandler) and (
            node.type is None or (isinstance(node.type, ast.Name) and node.type.id in ALL)
        ):
            inner = [part for statement in node.body for part in ast.walk(statement)]
            calls = {
                part.func.attr for part in inner if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute)
            }
            if not calls & {"swallow", "pass_over"} and not any(isinstance(part, ast.Raise) for part in inner):
                yield node


def test_every_handler_of_all_exceptions_counts_what_it_swallows() -> None:
    uncounted = [place for place in _swallowing() if place not in REASONED and place.split(":")[0] not in REASONED]
    assert uncounted == []


@pytest.mark.parametrize("forbidden", ["_log.exception(", "exc_info="])
def test_no_other_place_logs_a_traceback(forbidden: str) -> None:
    places = [
        path.relative_to(PACKAGE).as_posix()
        for room in ROOMS
        for path in (PACKAGE / room).rglob("*.py")
        if forbidden in path.read_text()
    ]
    assert places in ([], ["runtime/faults.py"])
