"""What changes between two policies, place by place."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reelsift.domain.policy import Policy

ABSENT = object()


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """One place of a policy's document that says something else: `path` are the keys that lead to it.

    `before` and `after` are what stands there, None where nothing does. Of a list only what is `removed` and `added`
    is said, in the order of the lists.
    """

    path: tuple[str, ...]
    before: Any = None
    after: Any = None
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()

    def members(self) -> dict[str, Any]:
        """As JSON."""
        if self.removed or self.added:
            return {"path": list(self.path), "removed": list(self.removed), "added": list(self.added)}
        return {"path": list(self.path), "before": self.before, "after": self.after}


def policy_changes(before: Policy, after: Policy) -> list[PolicyChange]:
    """All places in which the documents of two policies differ, in the order of their keys."""
    return list(_changes((), json.loads(before.document), json.loads(after.document)))


def _changes(path: tuple[str, ...], before: Any, after: Any) -> Iterator[PolicyChange]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}):
            yield from _changes((*path, key), before.get(key, ABSENT), after.get(key, ABSENT))
    elif isinstance(before, Mapping) and after is ABSENT:
        yield from _changes(path, before, {})
    elif before is ABSENT and isinstance(after, Mapping) and after:
        yield from _changes(path, {}, after)
    elif _is_list(before) and _is_list(after):
        yield from _list_changes(path, before, after)
    elif before != after:
        yield PolicyChange(path, _said(before), _said(after))


def _is_list(value: Any) -> bool:
    return isinstance(value, list) or value is ABSENT


def _list_changes(path: tuple[str, ...], before: Any, after: Any) -> Iterator[PolicyChange]:
    """Lists are sets to a policy: neither order nor repetition says anything."""
    old: list[Any] = [] if before is ABSENT else before
    new: list[Any] = [] if after is ABSENT else after
    had, has = set(map(str, old)), set(map(str, new))
    removed = tuple(dict.fromkeys(str(entry) for entry in old if str(entry) not in has))
    added = tuple(dict.fromkeys(str(entry) for entry in new if str(entry) not in had))
    if removed or added:
        yield PolicyChange(path, removed=removed, added=added)


def _said(value: Any) -> Any:
    return None if value is ABSENT else value
