"""A fleet of workers, minute by minute, scaled by the policies and alarms that Terraform plans."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from support.metric_math import Alarm, MetricMath, Series

START_MINUTES = 2
"""From the wish for a task to one that works: pulling the image, starting it."""

SLOTS = 20
"""Lines a minute, however many workers there are: Rekognition's quota, with analyses of one minute."""

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": lambda threshold, value: value >= threshold,
    "LessThanThreshold": lambda threshold, value: value < threshold,
}


@dataclass(slots=True)
class Lateness:
    """Minutes by which metrics arrive after the minute they are about."""

    queues: int = 0
    tasks: int = 0
    workers: int = 0


@dataclass(slots=True)
class ScaledFleet:
    """Resources by their addresses in the plan. `reports` false: workers hang. Queues report nothing in the first
    `silent_minutes`, as those that were just made.
    """

    resources: Mapping[str, Mapping[str, Any]]
    late: Lateness
    reports: bool = True
    silent_minutes: int = 0
    minute: int = 0
    backlog: int = 0
    desired: int = 0
    history: list[int] = field(default_factory=list)
    _working: list[int] = field(default_factory=list)
    _published: dict[str, Series] = field(default_factory=dict)
    _alarms: dict[str, Alarm] = field(default_factory=dict)
    _quiet_until: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("wake", "idle"):
            alarm = self.resources[f"aws_cloudwatch_metric_alarm.{name}"]
            self._alarms[name] = Alarm(
                partial(_COMPARISONS[alarm["comparison_operator"]], alarm["threshold"]),
                alarm["evaluation_periods"],
                alarm["datapoints_to_alarm"],
                alarm["treat_missing_data"],
            )
        # What Application Auto Scaling makes by itself for a target, by its documentation and as seen in accounts.
        target = self._follow["target_value"]
        self._alarms["high"] = Alarm(lambda value: value > target, 3, 3, "missing")
        self._alarms["low"] = Alarm(lambda value: value < 0.9 * target, 15, 15, "missing")

    @property
    def working(self) -> int:
        """Tasks that have come up."""
        return sum(born + START_MINUTES <= self.minute for born in self._working)

    def run(self, minutes: int) -> None:
        for _ in range(minutes):
            self._work()
            self._measure()
            self._scale()
            self.history.append(self.desired)
            self.minute += 1

    def until(self, condition: Callable[[], bool], within: int) -> int:
        """The minutes it took. Raises AssertionError where it takes longer."""
        for taken in range(within):
            if condition():
                return taken
            self.run(1)
        raise AssertionError(f"not within {within} minutes: desired {self.history[-within:]}, backlog {self.backlog}")

    def _work(self) -> None:
        self._working = self._working[: self.desired]
        self._working += [self.minute] * (self.desired - len(self._working))
        if self.working and self.reports:
            self.backlog = max(0, self.backlog - SLOTS)

    def _measure(self) -> None:
        at = self.minute
        # A queue reports also when it is empty; a service without tasks and workers that are gone report nothing.
        if at >= self.silent_minutes:
            waiting = max(0, self.backlog - (SLOTS if self.working else 0))
            self._publish("ApproximateNumberOfMessagesVisible", at, waiting)
        if self.working:
            self._publish("CPUUtilization", at, self.working)
        if self.working and self.reports:
            self._publish("Backlog SampleCount", at, self.working)
            self._publish("Backlog Average", at, self.backlog)
            self._publish("Backlog Maximum", at, self.backlog)

    def _publish(self, name: str, minute: int, value: float) -> None:
        self._published.setdefault(name, {})[minute] = value

    def _seen(self, name: str, late: int) -> Series:
        return {
            minute: value for minute, value in self._published.get(name, {}).items() if minute + late <= self.minute
        }

    def _read(self, query: Mapping[str, Any]) -> Series:
        """One metric of an alarm or of a policy, as far as it has arrived."""
        metric = (query.get("metric") or query["metric_stat"][0]["metric"])[0]
        match metric["metric_name"]:
            case "ApproximateNumberOfMessagesVisible":
                # All messages lie on the intake queue; the other two have never been used and report nothing.
                intake = metric["dimensions"]["QueueName"].endswith("-intake")
                return self._seen("ApproximateNumberOfMessagesVisible", self.late.queues) if intake else {}
            case "CPUUtilization":
                return self._seen("CPUUtilization", self.late.tasks)
            case "Backlog":
                stat = metric["stat"] if "stat" in metric else query["metric_stat"][0]["stat"]
                return self._seen(f"Backlog {stat}", self.late.workers)
        raise ValueError(f"nobody sends this metric here: {metric['metric_name']}")

    def _scale(self) -> None:
        for name, series in {
            "wake": self._math(self.resources["aws_cloudwatch_metric_alarm.wake"]["metric_query"], "wake"),
            "idle": self._seen("Backlog Maximum", self.late.workers),
            "high": self._math(self._follow["customized_metric_specification"][0]["metrics"], "high"),
            "low": self._math(self._follow["customized_metric_specification"][0]["metrics"], "low"),
        }.items():
            self._alarms[name].evaluate(series, self.minute)
            if self._alarms[name].on:
                self._act(name, series)

    def _math(self, queries: list[Mapping[str, Any]], alarm: str) -> Series:
        minutes = range(max(0, self.minute - self._alarms[alarm].range_minutes + 1), self.minute + 1)
        return MetricMath(queries, self._read, minutes).result()

    def _act(self, alarm: str, series: Series) -> None:
        """An alarm that is on acts every minute; a cooldown keeps the same kind of change from being made again."""
        out = alarm in ("wake", "high")
        if self._quiet_until.get("out" if out else "in", -1) > self.minute:
            return
        policy = {"wake": "wake", "idle": "sleep"}.get(alarm)
        if policy is not None:
            step = self.resources[f"aws_appautoscaling_policy.{policy}"]["step_scaling_policy_configuration"][0]
            amount, cooldown = step["step_adjustment"][0]["scaling_adjustment"], step["cooldown"]
            wanted = amount if step["adjustment_type"] == "ExactCapacity" else self.desired + amount
        else:
            value = series[max(series)]
            wanted = math.ceil(self.desired * value / self._follow["target_value"])
            cooldown = self._follow["scale_out_cooldown" if out else "scale_in_cooldown"]
        bounds = self.resources["aws_appautoscaling_target.worker"]
        wanted = min(max(wanted, bounds["min_capacity"]), bounds["max_capacity"])
        if wanted > self.desired:
            # Adding ends the pause after taking away.
            self._quiet_until = {"out": self.minute + cooldown // 60}
        elif wanted < self.desired:
            self._quiet_until["in"] = self.minute + cooldown // 60
        self.desired = wanted

    @property
    def _follow(self) -> Mapping[str, Any]:
        policy = self.resources["aws_appautoscaling_policy.follow"]
        found: Mapping[str, Any] = policy["target_tracking_scaling_policy_configuration"][0]
        return found
