"""Seeds that are played with every run of the tests: whatever has once found a fault is played for ever."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Regression:
    """A seed in its short form, and what it has found."""

    seed: int
    videos: int
    found: str


REGRESSIONS = (
    Regression(2, 30, "a dead letter that a sweep, stopped by a fault, had left hidden was counted as missing"),
)
