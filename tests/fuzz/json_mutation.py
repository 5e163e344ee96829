"""Changes a JSON text as a tree, so that what comes out is JSON still, and wrong where it hurts."""

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

_HOSTILE: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    100,
    100.00000001,
    2**31,
    2**53,
    2**53 + 1,
    2**63,
    -(2**63) - 1,
    10**40,
    10**400,
    0.1,
    -0.0,
    5e-324,
    1.7976931348623157e308,
    "",
    " ",
    "\x00",
    "\ud800",
    "\udc00\ud800",
    "\ufeff",
    "\u2028",
    '"',
    "\r\n",
    "../..",
    "#",
    "%00",
    "%ff",
    "a" * 1025,
    "ä" * 513,
    "s3://",
    "arn:aws:s3:::x",
    "null",
    [],
    {},
    [[]],
    [None],
    {"": None},
)

_RAW = ("NaN", "Infinity", "-Infinity", "1e400", "-1e400", "9" * 5000, "[" * 50 + "]" * 50, '{"a":1,"a":2}')
"""What JSON's own writer would never write. One of them stands where this mark stood."""

_MARK = "\x7fraw\x7f"


def mutated(text: str, seed: int) -> str | None:
    """A changed text, the same for the same seed; None where `text` is no JSON, or one that is too deep to walk."""
    chance = random.Random(seed)
    try:
        tree = json.loads(text)
        for _ in range(chance.randint(1, 3)):
            tree = _changed(tree, chance)
        changed = json.dumps(tree, ensure_ascii=chance.random() < 0.5)
    except (ArithmeticError, ValueError, RecursionError):
        return None
    return changed.replace(json.dumps(_MARK), chance.choice(_RAW))


def _changed(tree: Any, chance: random.Random) -> Any:
    places = list(_places(tree))
    if not places:
        return _value(chance, tree)
    holder, name = chance.choice(places)
    match chance.randrange(8):
        case 0:
            del holder[name]
        case 1:
            holder[name] = [holder[name]]
        case 2:
            other, other_name = chance.choice(places)
            holder[name] = json.loads(json.dumps(other[other_name]))
        case 3 if isinstance(holder, dict):
            holder[chance.choice(("", name.upper(), f"{name}\ud800", "key", "bucket", "batch"))] = holder[name]
        case 3 | 4 if isinstance(holder, list):
            holder.insert(chance.randint(0, len(holder)), holder[name])
        case 5 if isinstance(holder[name], str):
            holder[name] = _changed_text(holder[name], chance)
        case _:
            holder[name] = _value(chance, holder[name])
    return tree


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    pending = [tree]
    while pending:
        here = pending.pop()
        names = list(here) if isinstance(here, dict) else range(len(here)) if isinstance(here, list) else ()
        for name in names:
            yield here, name
            pending.append(here[name])


def _value(chance: random.Random, before: Any) -> Any:
    if chance.randrange(8) == 0:
        return _MARK
    if isinstance(before, bool) or not isinstance(before, int | float) or chance.randrange(2):
        # A copy: changed in place, a list could come to hold itself.
        return copy.deepcopy(chance.choice(_HOSTILE))
    return before + chance.choice((-1, 1, 0.5, 1000, -before))


def _changed_text(text: str, chance: random.Random) -> str:
    place = chance.randint(0, len(text))
    piece = chance.choice(("\x00", "\ud800", "%", "+", "/", "\n", '"', ",", "ü", "\U0001f3a5", ":", "#", text))
    return text[:place] + piece + text[place + chance.randrange(2) :]
