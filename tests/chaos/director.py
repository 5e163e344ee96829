"""Does to a deployment what its schedule says, and ends it again when its time is over."""

import heapq
import time
from collections import Counter
from collections.abc import Callable
from itertools import count
from typing import Any

from chaos.fleet import Fleet
from chaos.neighbour import Neighbour
from chaos.schedule import Event, Schedule
from rekognition_cloud.process import CloudProcess

PRODUCT = "reelsift"
"""Faults hit the workers' requests, and not those of whoever looks on."""

_LOOK_S = 0.2


class Director:
    """Runs events, and whatever else is `due`, by the clock."""

    def __init__(self, cloud: CloudProcess, fleet: Fleet, neighbour: Neighbour, schedule: Schedule) -> None:
        self._cloud = cloud
        self._fleet = fleet
        self._neighbour = neighbour
        self._schedule = schedule
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._serial = count()
        self._began = time.monotonic()
        self.faults_hit: Counter[str] = Counter()
        for event in schedule.events:
            self.at(event.at, lambda event=event: self._do(event))  # type: ignore[misc]  # the loop's own value

    def at(self, seconds: float, action: Callable[[], None]) -> None:
        """Have something done so many seconds after the start."""
        heapq.heappush(self._due, (seconds, next(self._serial), action))

    def run(self) -> None:
        """From the first event to the last, and to the end of each; then everything is as it should be."""
        self._began = time.monotonic()
        while self._due:
            wait = self._due[0][0] - self._passed()
            if wait <= 0:
                heapq.heappop(self._due)[2]()
                continue
            self._fleet.look()
            time.sleep(min(wait, _LOOK_S))
        for rule in self._cloud.faults():
            self._end_rule(rule["id"])
        quiet = dict.fromkeys((name for name in self._schedule.knobs if not name.endswith("_seconds")), 0.0)
        self._cloud.knobs(**quiet)
        self._fleet.calm()

    def _do(self, event: Event) -> None:
        getattr(self, f"_{event.action}")(**event.details)

    def _later(self, for_s: float, action: Callable[[], None]) -> None:
        self.at(self._passed() + for_s, action)

    def _passed(self) -> float:
        return time.monotonic() - self._began

    # The events

    def _kill(self, worker: int) -> None:
        self._fleet.kill(worker)

    def _terminate(self, worker: int) -> None:
        self._fleet.terminate(worker)

    def _pause(self, worker: int, for_s: float) -> None:
        paused = self._fleet.pause(worker)
        if paused is not None:
            self._later(for_s, lambda: self._fleet.resume(paused))

    def _skew(self, worker: int, seconds: float) -> None:
        self._fleet.skew(worker, seconds)

    def _storm(self, service: str, shape: str, probability: float, for_s: float) -> None:
        action, _, when = shape.partition(" ")
        rule: dict[str, Any] = {"agent_contains": PRODUCT, "probability": probability}
        if service != "all":
            rule["service"] = service
        if when:
            rule["when"] = when
        if action == "delay":
            rule["seconds"] = 1.0
        number = self._cloud.add_fault(action, **rule)
        self._later(for_s, lambda: self._end_rule(number))

    def _restart_rekognition(self, for_s: float) -> None:
        self._cloud.restart_rekognition(for_s)

    def _take_quota(self, jobs: int, for_s: float) -> None:
        taken = self._neighbour.take(jobs)
        self._later(for_s, lambda: self._neighbour.give_back(taken))

    def _lower_quota(self, quota: int, for_s: float) -> None:
        self._cloud.knobs(quota=quota)
        self._later(for_s, lambda: self._turn(quota=self._schedule.quota))

    def _throttle(self, rate: float, for_s: float) -> None:
        before = self._cloud.knobs()
        self._cloud.knobs(start_rate=rate, get_rate=2 * rate)
        calm = {name: before[name] for name in ("start_rate", "get_rate")}
        self._later(for_s, lambda: self._turn(**calm))

    def _turn(self, **knobs: float) -> None:
        self._cloud.knobs(**knobs)

    def _end_rule(self, number: int) -> None:
        rule = self._cloud.fault(number)
        self.faults_hit[f"{rule['service'] or 'all'} {rule['action']}"] += rule["hits"]
        self._cloud.release(number)
