"""The part of a policy's text that says what people are asked: YAML's values in, what they mean out.

Each function raises ValueError with words for whoever wrote it.
"""

import re
from collections.abc import Mapping
from typing import Any

from reelsift.domain.failure import Reason
from reelsift.domain.handling import DEFAULT_QUEUE, MAY_FAIL_FOR, QueueRule

MOST_QUEUES = 20
"""Queues of one policy. Each costs some requests wherever all of them are looked through."""

MOST_WEIGHT = 10
MOST_DUE_HOURS = 8760

OWN_QUEUES = ("failures", "samples", "escalated", "appeals", "second_opinions")
"""Queues that items of one cause have to themselves: a policy sends nothing there."""

QUEUE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")

_SHARE = re.compile(r"(?a:\s*(\d{1,9}(?:\.\d{1,9})?)\s*%\s*)")
_SHOWN = 100


def parse_on_failed(value: Any) -> frozenset[Reason]:
    """Reasons for which a video may have failed; `off` is none."""
    if _is_off(value):
        return frozenset()
    entries = [value] if isinstance(value, str) else value
    if not isinstance(entries, list):
        raise ValueError("must be a list of reasons, or off")  # noqa: TRY004 -- pydantic collects no TypeError
    known = {str(reason): reason for reason in MAY_FAIL_FOR}
    for entry in entries:
        if not isinstance(entry, str) or entry not in known:
            shown = entry[:_SHOWN] if isinstance(entry, str) else "an entry"
            raise ValueError(f"{shown} is no reason for which a video fails; there are {', '.join(sorted(known))}")
    return frozenset(known[entry] for entry in entries)


def parse_share(value: Any) -> float:
    """A share as 0-1: `0.5 %`, or 0.005; `off` is none."""
    if _is_off(value):
        return 0.0
    if isinstance(value, str) and (percent := _SHARE.fullmatch(value)):
        share = float(percent[1]) / 100
    elif isinstance(value, int | float) and not isinstance(value, bool):
        share = value
    else:
        raise ValueError("must be a share such as 0.5 % or 0.005, or off")
    # Not a number is neither below nor above.
    if not 0 <= share <= 1:
        raise ValueError("must lie between 0 and 1, or between 0 % and 100 %: 5 % is 0.05")
    return float(share)


def parse_queue_rules(value: Any) -> Any:
    """Names with rules, which are read one by one; `off` is none."""
    if _is_off(value):
        return {}
    if not isinstance(value, dict):
        raise ValueError("must be names of labels, each with a queue")  # noqa: TRY004 -- pydantic collects no TypeError
    return value


def parse_queue_rule(value: Any) -> QueueRule:
    """`queue`, or `{queue: queue, weight: 2}`."""
    if isinstance(value, str):
        return QueueRule(_queue_name(value))
    if not isinstance(value, dict) or not value:
        raise ValueError("must be the name of a queue, or {queue: name, weight: number}")
    for key in value:
        if key not in {"queue", "weight"}:
            raise ValueError(f"there is no such key as {key[:_SHOWN]}; there are queue, weight")
    queue, weight = value.get("queue"), value.get("weight")
    return QueueRule(
        None if queue is None else _queue_name(queue),
        None if weight is None else _number(weight, "weight", 0, MOST_WEIGHT),
    )


def require_few_queues(rules: Mapping[str, QueueRule]) -> Mapping[str, QueueRule]:
    """The same rules, unless they name more than MOST_QUEUES queues."""
    queues = {rule.queue for rule in rules.values() if rule.queue is not None}
    if len(queues) > MOST_QUEUES:
        raise ValueError(f"names {len(queues)} queues; there may be {MOST_QUEUES}")
    return rules


def parse_due_hours(value: Any) -> dict[str, float]:
    """Hours by queue; one number is that of all."""
    if not isinstance(value, dict):
        return {DEFAULT_QUEUE: _number(value, "", 0, MOST_DUE_HOURS)}
    if len(value) > MOST_QUEUES + len(OWN_QUEUES) + 1:
        raise ValueError(f"names {len(value)} queues; there may be {MOST_QUEUES}")
    hours = {}
    for queue, number in value.items():
        if queue not in OWN_QUEUES:
            _queue_name(queue)
        hours[queue] = _number(number, queue, 0, MOST_DUE_HOURS)
    return hours


def _is_off(value: Any) -> bool:
    # YAML 1.1 reads a bare `off` as false.
    return value is None or value is False or value == "off"


def _queue_name(value: Any) -> str:
    if not isinstance(value, str) or not QUEUE_NAME.fullmatch(value):
        shown = value[:_SHOWN] if isinstance(value, str) else "a queue"
        raise ValueError(f"{shown} is no name of a queue: up to 40 of a-z, 0-9, _ and -, the first no _ or -")
    if value in OWN_QUEUES:
        raise ValueError(f"the queue {value} is for items of one cause only")
    return value


def _number(value: Any, what: str, above: float, most: float) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not above < value <= most:
        raise ValueError(f"{what} must be a number above {above} and at most {most}".strip())
    return float(value)
