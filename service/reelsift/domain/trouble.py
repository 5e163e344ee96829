"""Trouble: AWS fails over one job, or one line, for long, while it answers about everything else."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Trouble:
    """How long AWS has failed over one thing alone. It stands in the row or message of that thing, so it outlives every
    worker.
    """

    ms: int = 0
    """For so long AWS has failed over it while it answered a probe."""
    seen_ms: int | None = None
    """When it was met last (epoch milliseconds); None where AWS did not answer the probe then."""
    cause: str | None = None
    """What AWS said last; None where there is no trouble."""

    def met(self, cause: str, *, now_ms: int, up: bool, longest_ms: int) -> "Trouble":
        """The trouble after one more request that failed. `up` is whether AWS answered a probe just then.

        The time since the last such request counts only where AWS answered the probe then and now, and no more than
        `longest_ms` of it: what was between two requests that are further apart, nobody has seen.
        """
        if not up:
            return replace(self, seen_ms=None, cause=cause)
        since_ms = now_ms if self.seen_ms is None else self.seen_ms
        return Trouble(self.ms + min(longest_ms, max(0, now_ms - since_ms)), now_ms, cause)


NO_TROUBLE = Trouble()
