"""Which of a batch's lines a retry takes up again."""

from collections.abc import Iterable
from dataclasses import dataclass

from reelsift.domain.failure import Reason
from reelsift.domain.line import OutcomeStatus
from reelsift.domain.outcome import Outcome
from reelsift.errors import CommandError, Exit

SKIPPED_REASONS = frozenset({Reason.CANCELLED, Reason.MAX_COST})
"""Why a line was SKIPPED that can still be done: nobody had started it."""

_NO_RETRY = {
    Reason.BAD_LINE: "no object is known of such a line; mend the row and submit it",
    Reason.BAD_MESSAGE: "no object is known of such a message; mend it and send it again",
    Reason.ALREADY_ANALYSED: "such a video has its result already; `reelsift submit … --again` analyses it anew",
    Reason.FILTERED: "the batch's own filters left such a line out; submit it without them",
    Reason.SHARED: "such a line has succeeded",
}
"""Reasons that no retry can change, and what can be done instead."""

_NAMED_ONLY = {
    Reason.START_UNKNOWN: "perhaps paid already: --reason start_unknown starts it again and may pay twice",
    Reason.CANCELLED: "--reason cancelled",
    Reason.MAX_COST: "--reason max_cost with a new --max-cost",
}
"""Reasons that are taken up only where they are named, and how."""


@dataclass(frozen=True, slots=True)
class RetryChoice:
    """`reasons` as the user named them; without any, every failure that a retry can change and that cost nothing."""

    reasons: frozenset[Reason] = frozenset()

    @property
    def statuses(self) -> frozenset[OutcomeStatus]:
        """The statuses among which there may be a line of the choice."""
        if not self.reasons:
            return frozenset({OutcomeStatus.FAILED})
        return frozenset(
            OutcomeStatus.SKIPPED if reason in SKIPPED_REASONS else OutcomeStatus.FAILED for reason in self.reasons
        )

    def takes(self, outcome: Outcome) -> bool:
        """Whether a line that ended so is taken up again."""
        return outcome.status in self.statuses and bool(outcome.ref.key) and self.takes_reason(outcome.reason)

    def takes_reason(self, reason: Reason | None) -> bool:
        """Whether lines that ended for this reason are, where their object is known."""
        if self.reasons:
            return reason in self.reasons
        return reason not in _NO_RETRY and reason not in _NAMED_ONLY

    def then(self, reason: Reason | None, *, known: bool) -> str:
        """What becomes of the lines that ended for this reason, in a few words; `known` where their objects are."""
        if reason in _NO_RETRY:
            return f"stays: {_NO_RETRY[reason]}"
        if not known:
            return "stays: no object is known of it"
        if self.takes_reason(reason):
            return "again, and may be paid twice" if reason is Reason.START_UNKNOWN else "again"
        return f"stays: {_NAMED_ONLY[reason]}" if reason in _NAMED_ONLY else "stays: not chosen"


def parse_reasons(texts: Iterable[str]) -> RetryChoice:
    """The choice that a user's reasons make. Raises CommandError for a reason that does not exist, or cannot be
    retried.
    """
    reasons: set[Reason] = set()
    for text in texts:
        try:
            reason = Reason(text.strip())
        except ValueError:
            known = ", ".join(reason for reason in Reason if reason not in _NO_RETRY)
            raise CommandError(f"--reason takes one of {known}; not {text!r}", Exit.WRONG_USE) from None
        if reason in _NO_RETRY:
            raise CommandError(f"{reason} cannot be retried: {_NO_RETRY[reason]}", Exit.WRONG_USE)
        reasons.add(reason)
    return RetryChoice(frozenset(reasons))
