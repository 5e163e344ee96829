"""Whether any worker runs: by when one last reported."""

from dataclasses import dataclass

SILENT_AFTER_MS = 60_000
"""Three reports that did not come: no worker runs, or none gets anything done."""


@dataclass(frozen=True, slots=True)
class Presence:
    """When a worker last reported, as read at `now_ms`; `seen_ms` is None where none ever has. Both are epoch
    milliseconds.
    """

    seen_ms: int | None
    now_ms: int

    @property
    def silent_ms(self) -> int | None:
        """How long no worker has reported; None where none ever has. Clocks that disagree make no time negative."""
        return None if self.seen_ms is None else max(0, self.now_ms - self.seen_ms)

    @property
    def silent(self) -> bool:
        """Whether nobody is there to do what waits."""
        return self.silent_ms is None or self.silent_ms > SILENT_AFTER_MS
