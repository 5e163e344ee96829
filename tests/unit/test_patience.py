"""No test fails because its machine is slow: none gives up early, and none holds a time that passed against a limit."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.cases import every_case
from support.patience import PATIENCE_S

TESTS = Path(__file__).parents[1]

MEASURES = {"bench", "chaos", "fuzz"}
"""What is run by hand, and tells how long things take."""

CLOCKS = {"monotonic", "perf_counter", "time"}

WAITS = {"communicate", "eventually", "join", "stop", "timeout", "until", "wait", "wait_for"}


def _modules() -> list[str]:
    files = [file.relative_to(TESTS) for file in sorted(TESTS.rglob("*.py"))]
    return [file.as_posix() for file in files if file.parts[0] not in MEASURES]


def _expected_to_end_early(tree: ast.AST) -> set[int]:
    """The nodes below `with pytest.raises(…)`."""
    return {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.With) and "pytest.raises" in ast.unparse(block.items[0].context_expr)
        for node in ast.walk(block)
    }


def hasty_waits(tree: ast.AST) -> Iterator[str]:
    """Waits that end after a number of seconds that stands in the code, and that a slow machine may need."""
    expected = _expected_to_end_early(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or id(node) in expected:
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        limits = [keyword.value for keyword in node.keywords if keyword.arg in {"timeout", "seconds"}]
        if name in WAITS:
            limits += node.args
        timed = any(keyword.arg == "timeout" for keyword in node.keywords)
        # asyncio.wait fails nothing when its time is over.
        hasty = (timed or name in WAITS) and any(map(_is_short, limits))
        if hasty and ast.unparse(node.func) != "asyncio.wait":
            yield ast.unparse(node)


def _is_short(limit: ast.expr) -> bool:
    return isinstance(limit, ast.Constant) and isinstance(limit.value, int | float) and 0 < limit.value < PATIENCE_S


def timed_assertions(tree: ast.AST) -> Iterator[str]:
    """Assertions that something took at most so long."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assert):
            continue
        for compared in ast.walk(node.test):
            if isinstance(compared, ast.Compare) and isinstance(compared.ops[0], ast.Lt | ast.LtE):
                names = {each.attr for each in ast.walk(compared.left) if isinstance(each, ast.Attribute)}
                if names & CLOCKS:
                    yield ast.unparse(node.test)


def test_they_wait_long_and_hold_no_time_against_a_limit() -> None:
    with every_case() as case:
        for module in _modules():
            with case(module):
                tree = ast.parse((TESTS / module).read_text(encoding="utf-8"))
                assert [*hasty_waits(tree), *timed_assertions(tree)] == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("process.wait(30)", 1),
        ("worker.stop(60)", 1),
        ("process.communicate(timeout=10)", 1),
        ("subprocess.run(command, timeout=60)", 1),
        ("eventually(probe, 'what', 20)", 1),
        ("await asyncio.wait_for(loop.run(), 10)", 1),
        ("async with asyncio.timeout(10):\n    pass", 1),
        ("assert time.monotonic() - began < 5", 1),
        ("process.wait(PATIENCE_S)", 0),
        ("await asyncio.wait([sending], timeout=0.05)", 0),
        ("process.wait(0)", 0),
        ("assert time.monotonic() - began >= 0.3", 0),
        ("with pytest.raises(TimeoutError):\n    process.wait(0.01)", 0),
    ],
)
def test_what_would_fail_on_a_slow_machine_is_known(code: str, found: int) -> None:
    tree = ast.parse(code)
    assert len([*hasty_waits(tree), *timed_assertions(tree)]) == found
