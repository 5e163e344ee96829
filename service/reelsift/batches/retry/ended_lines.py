"""The ended lines of a batch, added up by how they ended."""

from dataclasses import dataclass, field

from reelsift.batches.retry.choice import RetryChoice
from reelsift.domain.failure import Reason
from reelsift.domain.line import OutcomeStatus
from reelsift.domain.outcome import Outcome


@dataclass(frozen=True, slots=True)
class End:
    """How lines ended. `known` is whether their object is."""

    status: OutcomeStatus
    reason: Reason | None
    known: bool


@dataclass(slots=True)
class Tally:
    """Lines that ended alike; `size` is the bytes of the `sized` among them, and `to_analyse` what is left of these
    bytes where each counts in proportion to how many of its analyses have failed.
    """

    lines: int = 0
    sized: int = 0
    size: int = 0
    to_analyse: float = 0


@dataclass(slots=True)
class EndedLines:
    """Lines by how they ended. `unsent` are those that an interrupted retry has opened and perhaps not sent."""

    ends: dict[End, Tally] = field(default_factory=dict)
    unsent: int = 0

    @property
    def seen(self) -> int:
        return sum(tally.lines for tally in self.ends.values())

    def add(self, outcome: Outcome) -> None:
        tally = self.ends.setdefault(End(outcome.status, outcome.reason, bool(outcome.ref.key)), Tally())
        tally.lines += 1
        if outcome.ref.size is not None:
            tally.sized += 1
            tally.size += outcome.ref.size
            tally.to_analyse += outcome.ref.size * _share(outcome)

    def add_range(self, reason: Reason, lines: int, size: int) -> None:
        """Add `lines` that were ended at once, and so have no outcomes of their own, with their size in bytes (0 where
        it is not known).
        """
        tally = self.ends.setdefault(End(OutcomeStatus.SKIPPED, reason, known=True), Tally())
        tally.lines += lines
        if size > 0:
            tally.sized += lines
            tally.size += size
            tally.to_analyse += size

    def chosen(self, choice: RetryChoice) -> dict[OutcomeStatus, Tally]:
        """Of each status, the lines that a choice takes up again."""
        sums: dict[OutcomeStatus, Tally] = {status: Tally() for status in OutcomeStatus}
        for end, tally in self.ends.items():
            if end.known and end.status in choice.statuses and choice.takes_reason(end.reason):
                one = sums[end.status]
                one.lines += tally.lines
                one.sized += tally.sized
                one.size += tally.size
                one.to_analyse += tally.to_analyse
        return sums


def _share(outcome: Outcome) -> float:
    """How much of its analyses another try of a line starts: those that succeeded are not paid again."""
    if not outcome.failed_analyses:
        return 1
    return len(outcome.failed_analyses) / len(outcome.analyses)
