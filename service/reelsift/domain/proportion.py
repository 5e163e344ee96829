"""A share of a number of trials, and what it says of the share of all there could be."""

import math
from dataclasses import dataclass

Z95 = 1.959963984540054
"""The standard normal distribution leaves 2.5 % above this."""


@dataclass(frozen=True, slots=True)
class Proportion:
    """`hits` of `n` trials; `low` and `high` bound the share behind them by Wilson's 95 % interval, which keeps to 0-1
    and says something with few trials too.
    """

    hits: int
    n: int

    @property
    def share(self) -> float | None:
        """None without a trial."""
        return self.hits / self.n if self.n else None

    @property
    def low(self) -> float:
        return max(0.0, self._centre - self._half) if self.hits else 0.0

    @property
    def high(self) -> float:
        return min(1.0, self._centre + self._half) if self.hits < self.n else 1.0

    def members(self) -> dict[str, float | int | None]:
        """As JSON: shares are 0-1."""
        interval = {"low": self.low, "high": self.high} if self.n else {"low": None, "high": None}
        return {"hits": self.hits, "n": self.n, "share": self.share, **interval}

    @property
    def _centre(self) -> float:
        return (self.hits + Z95**2 / 2) / (self.n + Z95**2)

    @property
    def _half(self) -> float:
        share = self.hits / self.n if self.n else 0.0
        return Z95 / (self.n + Z95**2) * math.sqrt(self.n * share * (1 - share) + Z95**2 / 4)
