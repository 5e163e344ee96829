"""`python -m fuzz.fuzzer NAME …`: one target in a process of its own, its parser instrumented for coverage."""

import importlib
import resource
import sys
import time
from typing import Any

from fuzz.json_mutation import mutated
from fuzz.target import BrokenLaw, Target

MISSING = "atheris is not installed: it has wheels for Linux on x86-64 alone"

MOST_SECONDS = 1.0
"""Processor time of one input at most."""

MOST_GROWTH = 512 * 1024
"""Kilobytes that the process may grow by while it fuzzes."""

_CHECK_EVERY = 1000


def engine() -> Any:
    """atheris, or None where it is not installed."""
    try:
        return importlib.import_module("atheris")
    except ModuleNotFoundError:
        return None


class Watch:
    """Runs the check of a target, and holds it to its time and its memory."""

    def __init__(self, target: Target) -> None:
        self._check = target.check
        self._inputs = 0
        self._before: int | None = None

    def __call__(self, data: bytes) -> None:
        started = time.process_time()
        self._check(data)
        took = time.process_time() - started
        if took > MOST_SECONDS:
            raise BrokenLaw(f"an input takes at most {MOST_SECONDS} s, and this one took {took:.1f}")
        self._inputs += 1
        if self._inputs % _CHECK_EVERY == 0:
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            self._before = self._before or peak
            if peak > self._before + MOST_GROWTH:
                raise BrokenLaw(f"memory grew from {self._before} kB to {peak} kB")


def main(name: str, arguments: list[str]) -> None:
    """Fuzzes until libFuzzer's own limits (`-runs`, `-max_total_time`) end it, and the process with it."""
    atheris = engine()
    if atheris is None:
        sys.exit(MISSING)
    with atheris.instrument_imports(include=["reelsift"], enable_loader_override=False):
        from fuzz.catalogue import target

        found = target(name)

    def mutate(data: bytes, max_size: int, seed: int) -> bytes:
        if found.is_json and seed % 2:
            changed = mutated(data.decode("utf-8", "replace"), seed)
            if changed is not None:
                return changed.encode("utf-8", "surrogatepass")[:max_size]
        out: bytes = atheris.Mutate(data, max_size)
        return out

    options = {"custom_mutator": mutate} if found.is_json else {}
    atheris.Setup([name, *arguments], Watch(found), **options)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
