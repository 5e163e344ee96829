"""What goes wrong in one seed, and when: all of it follows from the seed, the videos and nothing else.

Do not change what is drawn here, nor in which order, without running the seeds of `regressions.py` again: a seed that
has found something must stay the same seed.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

SECONDS_A_VIDEO = 0.16
"""Of chaos: about what the embedded cloud takes for a video on two cores."""

LEAST_SECONDS = 9.0

PAUSES_S = 7.0, 13.0
"""Longer than any lease of `chaos.stage.WAITS` and of `support.world.QUICK`."""

_SERVICES = ("dynamodb", "s3", "sqs", "sns", "rekognition")
_SHAPES = ("error", "cut before", "cut after", "throttle", "delay")


@dataclass(frozen=True, order=True)
class Event:
    """Something that goes wrong `at` so many seconds after the start."""

    at: float
    action: str
    details: dict[str, Any] = field(default_factory=dict, compare=False)

    def __str__(self) -> str:
        details = ", ".join(f"{name} {value}" for name, value in self.details.items())
        return f"{self.at:7.2f} s  {self.action:<20} {details}"


@dataclass(frozen=True)
class Schedule:
    """A fleet, its quota, and what happens to it.

    `holding` says who keeps the fleet below its quota: `slots` where the cloud would take 20 jobs more, `cloud` where
    its limit is what the fleet was told, `auto` where the fleet asks Service Quotas for it.
    """

    seed: int
    videos: int
    workers: int
    quota: int
    holding: str
    seconds: float
    knobs: dict[str, float]
    events: tuple[Event, ...]

    @classmethod
    def of(cls, seed: int, videos: int, workers: int | None = None) -> "Schedule":
        """Follows from its arguments; `workers` instead of what the seed says changes who is hit, and nothing else."""
        chance = random.Random(f"{seed}/schedule")
        drawn = chance.randint(2, 6)
        quota = chance.randint(8, 20)
        holding = chance.choice(("slots", "cloud", "auto"))
        seconds = max(LEAST_SECONDS, videos * SECONDS_A_VIDEO)
        knobs = {
            "notifications_lost": chance.choice((0.0, 0.02, 0.1)),
            "notifications_doubled": chance.choice((0.0, 0.1, 0.3)),
            "notifications_late": chance.choice((0.05, 0.2)),
            "notifications_late_seconds": chance.choice((0.5, 2.0, 6.0)),
            "notifications_early": chance.choice((0.0, 0.05)),
            "notifications_before_answer": chance.choice((0.0, 0.05)),
            "deliveries_doubled": chance.choice((0.0, 0.05, 0.2)),
            "deliveries_lost": chance.choice((0.01, 0.05)),
            "deliveries_late": chance.choice((0.05, 0.2)),
            "deliveries_late_seconds": chance.choice((0.5, 3.0)),
            "deliveries_shuffled": chance.choice((0.2, 1.0)),
            "jobs_failed": chance.choice((0.02, 0.1)),
        }
        events = sorted([*_events(chance, workers or drawn, quota, holding, seconds), _outage(seed, seconds)])
        return cls(seed, videos, workers or drawn, quota, holding, seconds, knobs, tuple(events))

    @property
    def longest_skew_s(self) -> float:
        return max((abs(event.details["seconds"]) for event in self.events if event.action == "skew"), default=0.0)

    @property
    def spread_s(self) -> float:
        """By how much the clocks of two workers may disagree."""
        wrong_by = [event.details["seconds"] for event in self.events if event.action == "skew"]
        return float(max(0.0, *wrong_by) - min(0.0, *wrong_by)) if wrong_by else 0.0

    def __str__(self) -> str:
        told = "what Service Quotas says" if self.holding == "auto" else str(self.quota)
        head = (
            f"seed {self.seed}: {self.videos} videos, {self.workers} workers, quota {told} (held by {self.holding}),"
            f" {self.seconds:.0f} s of chaos"
        )
        knobs = ", ".join(f"{name}={value:g}" for name, value in self.knobs.items() if value)
        return "\n".join([head, f"  {knobs}", *(f"  {event}" for event in self.events)])


def _events(chance: random.Random, workers: int, quota: int, holding: str, seconds: float) -> Iterator[Event]:
    every_s = {
        "kill": 5,
        "terminate": 12,
        "pause": 15,
        "skew": 20,
        "storm": 6,
        "restart_rekognition": 40,
        "take_quota": 25,
        "lower_quota" if holding == "auto" else "throttle": 30,
    }
    for action, pause_s in every_s.items():
        for _ in range(max(1, round(seconds / pause_s))):
            at = round(chance.uniform(0.05, 0.95) * seconds, 2)
            yield Event(at, action, _details(action, chance, workers, quota))


def _outage(seed: int, seconds: float) -> Event:
    """The bus takes nothing for a while. Drawn apart from all else, so that a seed stays what it was."""
    chance = random.Random(f"{seed}/bus")
    details = {"service": "events", "shape": "error", "probability": 1.0, "for_s": round(chance.uniform(2, 8), 1)}
    return Event(round(chance.uniform(0.05, 0.9) * seconds, 2), "storm", details)


def _details(action: str, chance: random.Random, workers: int, quota: int) -> dict[str, Any]:
    def lasting(least_s: float, most_s: float) -> float:
        return round(chance.uniform(least_s, most_s), 1)

    draw: dict[str, Callable[[], dict[str, Any]]] = {
        "kill": lambda: {"worker": chance.randrange(workers)},
        "terminate": lambda: {"worker": chance.randrange(workers)},
        "pause": lambda: {"worker": chance.randrange(workers), "for_s": lasting(*PAUSES_S)},
        "skew": lambda: {"worker": chance.randrange(workers), "seconds": _skew(chance)},
        "storm": lambda: _storm(chance),
        "restart_rekognition": lambda: {"for_s": lasting(1, 6)},
        "take_quota": lambda: {"jobs": chance.randint(quota // 2, quota), "for_s": lasting(2, 10)},
        "lower_quota": lambda: {"quota": chance.randint(2, quota), "for_s": lasting(3, 10)},
        "throttle": lambda: {"rate": chance.choice((1, 3, 6)), "for_s": lasting(2, 8)},
    }
    return draw[action]()


def _skew(chance: random.Random) -> float:
    size = chance.choice((2, 10, 30, 30, 120))
    return round(chance.choice((-1, 1)) * chance.uniform(size / 2, size), 1)


def _storm(chance: random.Random) -> dict[str, Any]:
    return {
        "service": chance.choice((*_SERVICES, "all")),
        "shape": chance.choice(_SHAPES),
        "probability": chance.choice((0.02, 0.1, 0.3, 1.0)),
        "for_s": round(chance.uniform(1, 6), 1),
    }
