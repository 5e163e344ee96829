"""What becomes of a video once it is judged, as far as people are asked: which of them see it, by when, and who first.

It stands in the policy, and changes no verdict: what a policy says here makes no verdict old.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from reelsift.domain.failure import Reason
from reelsift.domain.folding import fold_accents

DEFAULT_QUEUE = "default"
"""Where a review item waits unless the policy, or its cause, says otherwise."""

DEFAULT_DUE_HOURS = 24.0

SECOND_OPINIONS_QUEUE = "second_opinions"

SECOND_OPINION_HOURS = 168.0
"""After so long nobody is asked for a second opinion any more, unless the policy says otherwise."""

ON_FAILED = frozenset({Reason.UNSUPPORTED_CODEC, Reason.TOO_LARGE, Reason.REKOGNITION_FAILED})
"""Failures that people look at unless the policy says otherwise: who uploads what cannot be analysed must not slip
through.
"""

MAY_FAIL_FOR = ON_FAILED | {
    Reason.ACCESS_DENIED,
    Reason.ANSWER_REFUSED,
    Reason.ARCHIVED,
    Reason.CUSTOMER_KEY,
    Reason.EMPTY_OBJECT,
    Reason.GAVE_UP,
    Reason.INTERNAL_ERROR,
    Reason.INVALID_OBJECT,
    Reason.INVALID_REQUEST,
    Reason.RESULT_EXPIRED,
    Reason.START_UNKNOWN,
}
"""Reasons of a video, not of its line: for these its status may be `failed`."""


@dataclass(frozen=True, slots=True)
class QueueRule:
    """Where videos of a category wait, None where that is inherited, and how much their confidence weighs."""

    queue: str | None = None
    weight: float | None = None


@dataclass(frozen=True, slots=True)
class Handling:
    """The part of a policy that says what people are asked.

    `audit_approvals` is the share (0-1) of what the policy approves that people look at all the same, `second_opinions`
    that of what people decide on which another person is asked. `queues` are rules by folded name of a label, a rule on
    what is written, or a person. `due_hours` are hours by queue, and under DEFAULT_QUEUE those of all others but second
    opinions.
    """

    on_failed: frozenset[Reason] = ON_FAILED
    audit_approvals: float = 0.0
    second_opinions: float = 0.0
    queues: Mapping[str, QueueRule] = field(default_factory=dict)
    due_hours: Mapping[str, float] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """16 hexadecimal digits that change with what is said here, and with nothing else of the policy."""
        content: list[Any] = [
            sorted(self.on_failed),
            self.audit_approvals,
            {name: [rule.queue, rule.weight] for name, rule in self.queues.items()},
            dict(self.due_hours),
        ]
        if self.second_opinions:
            # Policies that do not say so keep the digest that they had before there was such a thing.
            content.append(self.second_opinions)
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]

    def queue_of(self, path: Iterable[str]) -> tuple[str, float]:
        """The queue and the weight of a label by its whole path, top level first. Each is looked up by itself: at the
        label, then at its parents from the nearest up.
        """
        names = [fold_accents(label) for label in reversed(tuple(path))]
        rules = [self.queues[name] for name in names if name in self.queues]
        queue = next((rule.queue for rule in rules if rule.queue is not None), DEFAULT_QUEUE)
        weight = next((rule.weight for rule in rules if rule.weight is not None), 1.0)
        return queue, weight

    def due_ms(self, queue: str) -> int:
        """Milliseconds within which an item of a queue should be decided; a second opinion can be given for so long."""
        others = self.due_hours.get(DEFAULT_QUEUE, DEFAULT_DUE_HOURS)
        hours = self.due_hours.get(queue, SECOND_OPINION_HOURS if queue == SECOND_OPINIONS_QUEUE else others)
        return round(hours * 3_600_000)
