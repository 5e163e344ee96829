"""CloudWatch's metric math and alarms, as far as the Terraform module uses them, by what AWS documents of them.

Sources: the CloudWatch user guide, "Using math expressions with CloudWatch metrics" and "Configuring how CloudWatch
alarms treat missing data".
"""

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Series = dict[int, float]
"""Values by minute. A minute without a value is missing."""

_ARITHMETIC: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARISON: dict[type[ast.cmpop], Callable[[float, float], float]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}

EXTRA_PERIODS = 2
"""An alarm looks at more periods than it evaluates. By how many AWS does not say; its tables show two."""


@dataclass(slots=True)
class MetricMath:
    """The queries of an alarm or a policy, over the minutes that it looks at. Expressions are Python's syntax too."""

    queries: Sequence[Mapping[str, Any]]
    read: Callable[[Mapping[str, Any]], Series]
    minutes: range

    def result(self) -> Series:
        """The series that the alarm watches."""
        (watched,) = [query["id"] for query in self.queries if query["return_data"]]
        return self._series(watched)

    def _named(self, name: str) -> Series | str:
        """What a name in an expression stands for: another query, or the way to fill gaps."""
        return name if name == "REPEAT" else self._series(name)

    def _series(self, name: str) -> Series:
        (query,) = [query for query in self.queries if query["id"] == name]
        if query["expression"]:
            found = self._value(ast.parse(query["expression"], mode="eval").body)
            if not isinstance(found, dict):
                raise TypeError(f"{query['expression']} is no time series")
            return found
        return {minute: value for minute, value in self.read(query).items() if minute in self.minutes}

    def _value(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=constant):
                return constant
            case ast.Name(id=name):
                return self._named(name)
            case ast.List(elts=elements):
                return [self._value(element) for element in elements]
            case ast.BinOp(left=left, op=sign, right=right):
                return _pairwise(_ARITHMETIC[type(sign)], self._value(left), self._value(right))
            case ast.Compare(left=left, ops=[sign], comparators=[right]):
                return _pairwise(_COMPARISON[type(sign)], self._value(left), self._value(right))
            case ast.Call(func=ast.Name(id=function), args=arguments):
                return self._call(function, [self._value(argument) for argument in arguments])
        raise ValueError(f"metric math unknown here: {ast.dump(node)}")

    def _call(self, function: str, arguments: list[Any]) -> Series:
        match function, arguments:
            case "SUM", [[*series]]:
                return {
                    minute: sum(one.get(minute, 0) for one in series)
                    for minute in self.minutes
                    if any(minute in one for one in series)
                }
            case "FILL", [series, "REPEAT"]:
                return self._repeated(series)
            case "IF", [condition, yes, no]:
                chosen = {
                    minute: (_at(yes, minute, 0) if truth else _at(no, minute)) for minute, truth in condition.items()
                }
                return {minute: value for minute, value in chosen.items() if value is not None}
        raise ValueError(f"function of metric math unknown here: {function}")

    def _repeated(self, series: Series) -> Series:
        """A missing value becomes the one before; before the first there is none, so an empty series stays empty."""
        filled: Series = {}
        for minute in self.minutes:
            if minute in series:
                filled[minute] = series[minute]
            elif minute - 1 in filled:
                filled[minute] = filled[minute - 1]
        return filled


def _at(value: Series | float, minute: int, otherwise: float | None = None) -> float | None:
    return value.get(minute, otherwise) if isinstance(value, dict) else value


def _pairwise(sign: Callable[[float, float], float], left: Series | float, right: Series | float) -> Series:
    """Between two series a missing value counts as 0; what would divide by 0 is dropped."""
    minutes = {minute for side in (left, right) if isinstance(side, dict) for minute in side}
    result: Series = {}
    for minute in sorted(minutes):
        pair = _at(left, minute, 0) or 0, _at(right, minute, 0) or 0
        if sign is not operator.truediv or pair[1]:
            result[minute] = float(sign(*pair))
    return result


@dataclass(slots=True)
class Alarm:
    """An alarm of one-minute periods and its state."""

    breaching: Callable[[float], bool]
    periods: int
    datapoints: int
    missing: str
    on: bool = field(default=False)

    @property
    def range_minutes(self) -> int:
        return self.periods + EXTRA_PERIODS

    def evaluate(self, series: Series, now: int) -> None:
        """Set the state by the newest values; missing ones are used only where there are too few."""
        minutes = range(now, now - self.range_minutes, -1)
        known = [self.breaching(series[minute]) for minute in minutes if minute in series][: self.periods]
        lacking = self.periods - len(known)
        if lacking and self.missing == "ignore" and sum(known) < self.datapoints:
            return
        self.on = sum(known) + (lacking if self.missing == "breaching" else 0) >= self.datapoints
