"""Bytecode of the project and of its tests, made once for all processes that are about to need it.

On a fresh checkout each process of pytest-xdist would compile everything, all of them the same module at the same time:
a minute of processor time in all.
"""

import compileall
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from _pytest.assertion import rewrite

_ROOT = Path(__file__).parents[2]
_FEW = 20
"""Which are left to the processes: somebody has changed some files."""


def make_once(config: pytest.Config) -> None:
    """Before the processes start, if there are to be any. What cannot be compiled is left to who imports it."""
    if sys.dont_write_bytecode or hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        return
    modules = [*(_ROOT / "service").rglob("*.py"), *(_ROOT / "tests").rglob("*.py")]
    lacking = [module for module in modules if not _bytecode(module).exists()]
    if len(lacking) > _FEW:
        _share_out(lacking, config)


def _share_out(modules: Sequence[Path], config: pytest.Config) -> None:
    processors = os.cpu_count() or 1
    children = []
    for number in range(processors):
        child = os.fork()
        if child == 0:
            try:
                for module in modules[number::processors]:
                    _compile(module, config)
            finally:
                os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)


def _compile(module: Path, config: pytest.Config) -> None:
    if not _is_rewritten(module):
        compileall.compile_file(module, quiet=2)
        return
    source_hash, code = rewrite._rewrite_test(module, config)
    _bytecode(module).parent.mkdir(exist_ok=True)
    rewrite._write_pyc(config.stash[rewrite.assertstate_key], code, source_hash, _bytecode(module))


def _is_rewritten(module: Path) -> bool:
    """Whether pytest compiles it, in a form that says what was compared where an assertion fails."""
    return module.name.startswith("test_") or module.name == "conftest.py"


def _bytecode(module: Path) -> Path:
    tail = rewrite.PYC_TAIL if _is_rewritten(module) else f".{sys.implementation.cache_tag}.pyc"
    return module.parent / "__pycache__" / f"{module.stem}{tail}"
