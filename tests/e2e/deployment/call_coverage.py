"""Which calls of AWS a run has made, of those that worker and command line can make by their imports."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

import grimp

from support.acting import OF_RECORDS, REVIEWERS, Actor
from support.call_recorder import Call
from support.call_sites import CallSite, call_sites

_WORKER = ("reelsift.worker", "reelsift.cli.worker")
_OF_REVIEWERS = tuple(f"reelsift.cli.{command}" for command in REVIEWERS)
"""The modules of their commands, and what begins like these."""
_OF_RECORDS = tuple(f"reelsift.cli.{command}" for command in OF_RECORDS)
_OF_SPECIALISTS = (
    "reelsift.queries.evidence",
    "reelsift.queries.evidence_packet",
    "reelsift.queries.sealed_video",
    "reelsift.reviews.sealed_access",
    "reelsift.reviews.specialists",
)
"""What is done on sealed videos, whatever the command."""
_CONSOLE = ("reelsift.console", "reelsift.cli.console")
_LOCAL = ("reelsift.demo", "reelsift.cli.local")
"""The embedded cloud's own: nobody runs it on AWS."""


@dataclass(frozen=True, slots=True, order=True)
class Unreached:
    """A call that somebody can make, and has not made."""

    who: Actor | Literal["anybody"]
    site: str
    """Its module, function, and what it calls."""


def unreached(calls: Collection[Call]) -> set[Unreached]:
    """All of them, but for those that need no other permission than a call which they have made: of the same method of
    the same store, from elsewhere. Of a store, somebody can make the calls of those methods that they have called.
    """
    return {
        Unreached(who, str(site))
        for site in call_sites()
        for who in _who_can_make(site, calls)
        if not any(call.who == who and (call.is_at(site) or call.called == site.method) for call in calls)
    }


def unlisted(calls: Collection[Call]) -> set[Call]:
    """Calls that were made from where the source seems to make none: then its reading overlooks something."""
    return {call for call in calls if not any(call.is_at(site) for site in call_sites())}


def _who_can_make(site: CallSite, calls: Collection[Call]) -> Iterator[Actor | Literal["anybody"]]:
    if not site.module.startswith("aws/"):
        yield from (who for who, modules in _imported().items() if site.module in modules)
        return
    callers = {call.who for call in calls if call.called == site.function}
    yield from (who for who in _imported() if who in callers)
    if not callers and not any(call.is_at(site) for call in calls):
        # A method that nobody has called, or one that only its own module calls.
        yield "anybody"


@cache
def _imported() -> dict[Actor, frozenset[str]]:
    """The modules that worker and command line import, directly or not."""
    graph = grimp.build_graph("reelsift", exclude_type_checking_imports=True)

    def with_imports(*names: str) -> frozenset[str]:
        roots = {module for module in graph.modules if _is_of(module, names)}
        found = roots.union(*(graph.find_upstream_modules(module) for module in roots))
        return frozenset(module.removeprefix("reelsift.").replace(".", "/") + ".py" for module in found)

    task, console = with_imports("reelsift.worker"), with_imports("reelsift.console")
    for module in [module for module in graph.modules if _is_of(module, (*_WORKER, *_CONSOLE, *_LOCAL))]:
        graph.remove_module(module)
    for module in _OF_SPECIALISTS:
        graph.remove_module(module)
    records = with_imports(*_OF_RECORDS)
    for module in [module for module in graph.modules if _is_of(module, _OF_RECORDS)]:
        graph.remove_module(module)
    reviewer = with_imports(*_OF_REVIEWERS)
    # The command line knows all commands; an operator uses others than a reviewer.
    for module in [module for module in graph.modules if _is_of(module, _OF_REVIEWERS)]:
        graph.remove_module(module)
    return {
        "task": task,
        "console": console,
        "operator": with_imports("reelsift.cli"),
        "reviewer": reviewer,
        "records": records,
        "specialist": frozenset(
            module.removeprefix("reelsift.").replace(".", "/") + ".py" for module in _OF_SPECIALISTS
        ),
    }


def _is_of(module: str, names: Collection[str]) -> bool:
    return any(module == name or module.startswith((f"{name}.", f"{name}_")) for name in names)
