"""Which of a batch's lines a retry takes up again."""

from dataclasses import dataclass
from enum import Enum, auto

from reelsift.domain.failure import Reason
from reelsift.domain.line import OutcomeStatus
from reelsift.domain.outcome import Outcome
from reelsift.errors import ReasonNotRetryable

SKIPPED_REASONS = frozenset({Reason.CANCELLED, Reason.MAX_COST})
"""Why a line was SKIPPED that can still be done: nobody had started it."""

_STATUSES = {
    Reason.PARTLY_FAILED: OutcomeStatus.SUCCEEDED,
    **dict.fromkeys(SKIPPED_REASONS, OutcomeStatus.SKIPPED),
}
"""How lines ended that ended for these reasons; all others FAILED."""

NEVER = frozenset(
    {
        *(Reason.BAD_LINE, Reason.BAD_MESSAGE, Reason.ALREADY_ANALYSED, Reason.FILTERED, Reason.SHARED),
        *(Reason.IMPORTED, Reason.RESULT_GONE, Reason.POLICY_CHANGED, Reason.SEALED),
    }
)
"""Reasons that no retry can change."""

NAMED_ONLY = frozenset({Reason.START_UNKNOWN, Reason.PARTLY_FAILED, *SKIPPED_REASONS})
"""Reasons that are taken up only where they are named: what is to be done may have been paid, or nobody needs it."""


class RetryEffect(Enum):
    """What a retry makes of lines that ended alike."""

    AGAIN = auto()
    """They are done again."""
    NEVER = auto()
    """No retry can change why they ended."""
    NO_OBJECT = auto()
    """Nobody knows their objects."""
    NAMED_ONLY = auto()
    """They are taken up only where their reason is named."""
    NOT_CHOSEN = auto()
    """Other reasons were named."""


@dataclass(frozen=True, slots=True)
class RetryChoice:
    """The reasons that are named; without any, every failure that a retry can change and that cost nothing.

    Raises ReasonNotRetryable for a reason of `NEVER`.
    """

    reasons: frozenset[Reason] = frozenset()

    def __post_init__(self) -> None:
        for reason in sorted(self.reasons & NEVER):
            raise ReasonNotRetryable(reason)

    @property
    def statuses(self) -> frozenset[OutcomeStatus]:
        """The statuses among which there may be a line of the choice."""
        if not self.reasons:
            return frozenset({OutcomeStatus.FAILED})
        return frozenset(_STATUSES.get(reason, OutcomeStatus.FAILED) for reason in self.reasons)

    def takes(self, outcome: Outcome) -> bool:
        """Whether a line that ended so is taken up again."""
        return outcome.status in self.statuses and bool(outcome.ref.key) and self.takes_reason(outcome.reason)

    def takes_reason(self, reason: Reason | None) -> bool:
        """Whether lines that ended for this reason are, where their object is known."""
        if self.reasons:
            return reason in self.reasons
        return reason not in NEVER and reason not in NAMED_ONLY

    def effect(self, reason: Reason | None, *, known: bool) -> RetryEffect:
        """What becomes of the lines that ended for this reason; `known` says whether their objects are."""
        if reason in NEVER:
            return RetryEffect.NEVER
        if not known:
            return RetryEffect.NO_OBJECT
        if self.takes_reason(reason):
            return RetryEffect.AGAIN
        return RetryEffect.NAMED_ONLY if reason in NAMED_ONLY else RetryEffect.NOT_CHOSEN
