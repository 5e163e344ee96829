"""How many there are in all, by those that were found in a sample, with what chance may have done to that."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

FEWEST_EVENTS = 10
"""Of fewer nothing is said: the interval is as wide as what it is about."""

_TAIL = 0.025
_STEPS = 70
_EXACT = 1e-15
"""Beyond this a term changes no digit that a double has."""


@dataclass(frozen=True, slots=True)
class WeightedCount:
    """Events that were found where each had a chance to be looked at, and stands for 1/chance of them: `events` of
    them, their weights added up (`total`), the squares of these (`squares`), and the largest (`largest`).

    `low` and `high` bound the number of all with 95 %, after Fay and Feuer (1997): exact where all weights are equal,
    and on the safe side where they are not.
    """

    events: int = 0
    total: float = 0.0
    squares: float = 0.0
    largest: float = 0.0

    @classmethod
    def of(cls, weights: Iterable[float], largest: float = 0.0) -> "WeightedCount":
        """`largest` is the largest weight that one that was not found could have had."""
        found = list(weights)
        return cls(len(found), math.fsum(found), math.fsum(one * one for one in found), max([largest, *found]))

    @property
    def low(self) -> float:
        if not self.events:
            return 0.0
        scale = self.squares / self.total
        return scale * gamma_quantile(self.total / scale, _TAIL)

    @property
    def high(self) -> float:
        # One more that was not found, of the largest weight there is.
        weight = self.largest or 1.0
        total, squares = self.total + weight, self.squares + weight * weight
        scale = squares / total
        return scale * gamma_quantile(total / scale, 1 - _TAIL)

    @property
    def says_something(self) -> bool:
        return self.events >= FEWEST_EVENTS


def gamma_quantile(shape: float, probability: float) -> float:
    """Below which a gamma-distributed number of this shape and scale 1 lies with a probability of 0-1."""
    low, high = 0.0, shape + 20 * math.sqrt(shape) + 40
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if gamma_share(shape, middle) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def gamma_share(shape: float, value: float) -> float:
    """The probability that such a number is at most `value`: the regularised incomplete gamma function P."""
    if value <= 0:
        return 0.0
    start = math.exp(shape * math.log(value) - value - math.lgamma(shape))
    if value < shape + 1:
        return start * _series(shape, value)
    return 1 - start * _fraction(shape, value)


def _series(shape: float, value: float) -> float:
    term = total = 1 / shape
    divisor = shape
    while term > total * _EXACT:
        divisor += 1
        term *= value / divisor
        total += term
    return total


def _fraction(shape: float, value: float) -> float:
    """The continued fraction of the upper part, by Lentz's method."""
    tiny = 1e-300
    b = value + 1 - shape
    c, d = 1 / tiny, 1 / b
    fraction = d
    for n in range(1, 100_000):
        a = -n * (n - shape)
        b += 2
        d = 1 / (a * d + b or tiny)
        c = b + a / c or tiny
        fraction *= c * d
        if abs(c * d - 1) < _EXACT:
            break
    return fraction
